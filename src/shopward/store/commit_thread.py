"""Waits for the disk on a thread of its own, so that the event loop never does.

One call at a time: the store's transactions follow each other.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]", Callable[[], object]]


class CommitThread:
    """Runs one blocking call after the other; `asyncio.to_thread` without its pool and context."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="shopward-commit", daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], object]) -> None:
        """Waits until the call is done; raises what it raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._jobs.put((loop, future, function))
        await asyncio.shield(future)

    def close(self) -> None:
        """Ends the thread after the call under way."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            loop, future, function = job
            error: BaseException | None = None
            try:
                function()
            except BaseException as raised:  # noqa: BLE001 - it is handed to whoever waits
                error = raised
            loop.call_soon_threadsafe(_resolve, future, error)


def _resolve(future: asyncio.Future[None], error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
