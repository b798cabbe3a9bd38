"""Backup and restore: the whole vault in one sealed file that fits every engine.

`stream` seals chunk by chunk · `header` what stands in clear before them · `create` writes a file,
`read` reads it · `folder` names and keeps files · `restore` makes a store of one · `drill` shows
that it can be done. The format is in docs/spec/backup.md.
"""

from __future__ import annotations
