"""What the shop's database holds, past its models."""

from __future__ import annotations

from typing import Any

from django.db import connection


def columns(table: str, *names: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY id")  # noqa: S608
        return [tuple(row) for row in cursor.fetchall()]
