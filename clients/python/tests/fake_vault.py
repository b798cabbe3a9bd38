"""A vault in memory: it gives scripted answers in turn and keeps what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2

from shopward_client import AsyncClient, Client

CREDENTIAL = "swc_7f3a_topsecretcredential"
RECEIPT = {"index": 7, "leaf_hash": "bGVhZg==", "checkpoint": "note"}


class FakeVault:
    """Answers with `script`, one entry per request; an exception in it is raised instead."""

    def __init__(self) -> None:
        self.script: list[httpx2.Response | Exception] = []
        self.asked: list[httpx2.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def says(self, document: object, status: int = 200, **headers: str) -> None:
        self.script.append(httpx2.Response(status, json=document, headers=headers))

    def refuses(self, code: str, status: int, *, wait: str | None = None, **more: object) -> None:
        headers = {"content-type": "application/problem+json; charset=utf-8"}
        if wait is not None:
            headers["retry-after"] = wait
        document = problem(code, status, **more)
        self.script.append(httpx2.Response(status, json=document, headers=headers))

    @property
    def body(self) -> Any:
        return json.loads(self.asked[-1].content)


def problem(code: str, status: int, **more: object) -> dict[str, object]:
    words = {"type": f"/errors/{code}", "title": "Title", "detail": "Detail.", "hint": "Hint."}
    return {"code": code, "status": status, **words, **more}


class Driver:
    """Runs one verb on a fresh client, sync or async, against the fake vault."""

    def __init__(self, vault: FakeVault, *, is_async: bool) -> None:
        self.vault = vault
        self.is_async = is_async

    def open(self, **options: Any) -> Any:
        chosen: dict[str, Any] = {"credential": CREDENTIAL} | options
        transport = httpx2.MockTransport(self.vault)
        if self.is_async:
            return AsyncClient(transport=transport, sleep=self._sleep, **chosen)
        return Client(transport=transport, sleep=self.vault.slept.append, **chosen)

    async def _sleep(self, seconds: float) -> None:
        self.vault.slept.append(seconds)

    def run(self, use: Callable[[Any], Any], **options: Any) -> Any:
        if not self.is_async:
            with self.open(**options) as client:
                return use(client)

        async def go() -> object:
            async with self.open(**options) as client:
                return await use(client)

        return asyncio.run(go())

    def do(self, verb: str, *args: object, **kwargs: object) -> Any:
        return self.run(lambda client: getattr(client, verb)(*args, **kwargs))
