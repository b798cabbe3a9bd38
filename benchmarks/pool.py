"""A few PostgreSQL connections for the floors: every statement prepared, every answer binary."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg

CONNECTIONS = 8


class Pool:
    """Connections that are opened when they are first needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: asyncio.Queue[psycopg.AsyncConnection] = asyncio.Queue()
        self._made = 0

    async def fetch(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Every row of a statement; `%b` marks a value."""
        connection = await self._take()
        try:
            cursor = connection.cursor(binary=True)
            await cursor.execute(sql.encode(), values, prepare=True)
            return await cursor.fetchall()
        finally:
            self._free.put_nowait(connection)

    async def _take(self) -> psycopg.AsyncConnection:
        if self._free.empty() and self._made < CONNECTIONS:
            self._made += 1
            return await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        return await self._free.get()
