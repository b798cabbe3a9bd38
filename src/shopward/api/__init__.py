"""The data plane's door: HTTP in front of the vault, on a private port and Unix sockets.

`server` runs it, `app` dispatches by the table in `routes`, `auth` knows callers, `wire` is what
travels. It decides nothing and keeps nothing.
"""

from __future__ import annotations
