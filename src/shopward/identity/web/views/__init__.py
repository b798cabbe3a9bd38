"""Pages: parse, call a flow, render. What may be seen by whom is in `middleware`."""

from __future__ import annotations
