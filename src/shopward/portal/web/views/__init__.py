"""The room's pages: parse, call a flow, render."""

from __future__ import annotations
