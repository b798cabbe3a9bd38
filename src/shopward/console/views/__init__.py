"""Pages: parse, ask, render. Whatever changes something is a verb of `flows`."""

from __future__ import annotations
