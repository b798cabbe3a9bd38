"""One connection to PostgreSQL, made when it is needed and again when it was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import psycopg

from shopward.store.postgres_line import Address, is_lost, unavailable
from shopward.store.postgres_writer import Connection

Result = TypeVar("Result")


class Line:
    """One connection, used by one task at a time, made again when it was lost."""

    def __init__(self, address: Address, plans: Mapping[str, str] | None = None) -> None:
        self._address = address
        self._plans = plans
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()

    async def use(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Does work that may be repeated; once more where the connection was lost.

        Raises:
            UnavailableError: The server refuses, or does not answer.
        """
        async with self._turn:
            try:
                return await self._attempt(work)
            except psycopg.Error as error:
                if self._connection is not None:
                    raise unavailable(error) from None
            try:
                return await self._attempt(work)
            except psycopg.Error as error:
                raise unavailable(error) from None

    async def _attempt(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Does work; leaves no open transaction and no dead connection behind a failure."""
        try:
            return await work(await self.open())
        except BaseException as error:
            await self._recover(error)
            raise

    async def open(self) -> Connection:
        """The connection, made when there is none.

        Raises:
            psycopg.Error: There is none to be had.
        """
        if self._connection is None or self._connection.closed:
            self._connection = await self._address.connect_async(self._plans)
        return self._connection

    async def drop(self) -> None:
        """Ends the connection; the next use makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                await connection.close()

    async def _recover(self, error: BaseException) -> None:
        connection = self._connection
        if connection is None or is_lost(error, connection):
            await self.drop()
            return
        try:
            await connection.rollback()
        except psycopg.Error:
            await self.drop()
