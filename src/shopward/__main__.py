"""`python -m shopward`: the same as the `shopward` command."""

from __future__ import annotations

from shopward.cli.main import main

main()
