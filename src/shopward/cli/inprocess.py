"""The data plane inside this process, for when none is running.

`InProcess` carries a client's requests into the ASGI application itself instead of over a socket,
so a verb behaves the same both ways: same credentials, same policy, same ledger. It decides
nothing.

- The store's exclusive lock is held from the first moment to `close`.
- One task opens and closes the application; requests run one at a time on its loop.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from shopward.api.server import offline
from shopward.settings import Settings


class InProcess(httpx2.BaseTransport):
    """A transport into an application that lives as long as the transport.

    Args:
        house: The operator's settings.
        admin: Whether to knock at the operator's door instead of the callers'.

    Raises:
        UnavailableError: Another process has the store open.
        ConfigError: Store, keystore or policy refuse to open.
    """

    def __init__(self, house: Settings, *, admin: bool) -> None:
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._door: asyncio.Future[httpx2.ASGITransport] = self._loop.create_future()
        self._life = self._loop.create_task(self._live(house, admin=admin))
        self._loop.run_until_complete(self._opened())
        if self._life.done():
            self.close()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Let the application answer one request."""
        return self._loop.run_until_complete(self._answer(request))

    def close(self) -> None:
        """Close the application and the store.

        Raises:
            ShopwardError: What went wrong while it opened or closed.
        """
        if self._loop.is_closed():
            return
        self._closing.set()
        try:
            self._loop.run_until_complete(self._life)
        finally:
            self._loop.close()

    async def _opened(self) -> None:
        """Until the door is open or the application has failed to open."""
        either: set[asyncio.Future[Any]] = {self._life, self._door}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)

    async def _live(self, house: Settings, *, admin: bool) -> None:
        async with offline(house) as doors:
            self._door.set_result(httpx2.ASGITransport(doors.admin if admin else doors.app))
            await self._closing.wait()

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._door.result().handle_async_request(request)
        content = await response.aread()
        return httpx2.Response(response.status_code, headers=response.headers, content=content)
