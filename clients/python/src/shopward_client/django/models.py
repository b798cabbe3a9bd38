"""Which tables were moved into the vault, so that a text in them is known to be a token."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models


def new_origin() -> str:
    """Letters that no other database has: 64 random bits."""
    return secrets.token_hex(8)


class Attachment(models.Model):
    """A table whose values are being moved, or were."""

    objects: ClassVar[models.Manager[Attachment]] = models.Manager()

    table = models.CharField(max_length=128, primary_key=True)
    origin = models.CharField(max_length=32, default=new_origin)
    """What its rows' external names begin with, so that no other database has the same."""
    is_complete = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.table
