"""The verbs of the room: each is one change, entered in the ledger by the same transaction."""

from __future__ import annotations
