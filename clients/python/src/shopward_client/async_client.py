"""The client for asyncio. It carries calls; what they mean is in `calls`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx2

from shopward_client import endpoint
from shopward_client.answers import EntryRow
from shopward_client.call import Answer, Call, Failure, finish
from shopward_client.calls import (
    admin,
    event,
    fact,
    hooks,
    ledger,
    reads,
    stops,
    terms,
    versions,
    work,
    writes,
)
from shopward_client.message import Collected, Credential, Messages, failure
from shopward_client.method import described
from shopward_client.retry import PATIENT, Retry

P = ParamSpec("P")
T = TypeVar("T")


def _sends(
    build: Callable[P, Call[T]],
) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]:
    async def method(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.send(build(*args, **kwargs))

    return described(method, build)


class AsyncClient:
    """A vault, as seen by asyncio code. Belongs to the loop that uses it first.

    Args:
        url: `https://host`, `http://127.0.0.1:8731`, or `unix:/path/shopward.sock`.
        credential: `swc_…`, or a function that gives it. Secret; never shown.
        ca_file: PEM certificates to trust instead of the system's.
        timeout_s: Seconds for each wait on the network.
        retry: How patient to be; `Retry(attempts=1)` never repeats.
        sleep: What waits between attempts.
        transport: What carries requests instead of a connection to `url`; `aclose` closes it.

    Raises:
        ConfigError: The address would send values in the clear, or a setting is malformed.
    """

    def __init__(
        self,
        url: str = endpoint.DEFAULT_URL,
        *,
        credential: Credential = None,
        ca_file: str | None = None,
        timeout_s: float = 30.0,
        retry: Retry = PATIENT,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        where = endpoint.parse(url)
        tls = endpoint.tls_context(where, ca_file)
        self._messages = Messages(where, credential, timeout_s)
        self._retry, self._sleep = retry, sleep
        self._transport = transport or httpx2.AsyncHTTPTransport(
            verify=tls, trust_env=False, uds=where.socket
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._messages)!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def send(self, call: Call[T]) -> T:
        """Send a call, again where that is safe, and give its result.

        Raises:
            ShopwardError: The class tells what the vault said, or that it said nothing.
        """
        tries, got = 1, await self._exchange(call)
        while (wait_s := self._retry.wait_s(call, got, tries)) is not None:
            await self._sleep(wait_s)
            tries, got = tries + 1, await self._exchange(call)
        return finish(call, got)

    async def _exchange(self, call: Call[T]) -> Answer | Failure:
        request, collected = self._messages.request(call), Collected()
        try:
            response = await self._transport.handle_async_request(request)
            try:
                async for chunk in response.aiter_bytes():
                    collected.add(chunk)
            finally:
                await response.aclose()
        except httpx2.RequestError as error:
            return failure(error)
        return collected.answer(response)

    async def follow(self, start: int = 0, *, poll_s: float = 1.0) -> AsyncIterator[EntryRow]:
        """Give every ledger entry from `start` on, then each new one, without end.

        Args:
            start: The index to begin with.
            poll_s: Seconds to wait when there is nothing new.

        Raises:
            UnexpectedAnswerError: An entry is missing, out of order, or the ledger went back.
        """
        while True:
            rows = ledger.continued(await self.send(ledger.entries(start)), start)
            for row in rows:
                yield row
            start += len(rows)
            if not rows:
                await self._sleep(poll_s)

    store = _sends(writes.store)
    store_many = _sends(writes.store_many)
    update = _sends(writes.update)
    update_many = _sends(writes.update_many)
    erase = _sends(writes.erase)
    erase_many = _sends(writes.erase_many)

    reveal = _sends(reads.reveal)
    reveal_many = _sends(reads.reveal_many)
    search = _sends(reads.search)
    search_many = _sends(reads.search_many)
    find = _sends(reads.find)
    explain = _sends(reads.explain)
    explain_many = _sends(reads.explain_many)

    put_fact = _sends(fact.put_fact)
    put_facts = _sends(fact.put_facts)
    facts = _sends(fact.facts)

    freeze = _sends(stops.freeze)
    thaw = _sends(stops.thaw)
    freezes = _sends(stops.freezes)

    add_webhook = _sends(hooks.add_webhook)
    webhooks = _sends(hooks.webhooks)
    rotate_webhook = _sends(hooks.rotate_webhook)
    revoke_webhook = _sends(hooks.revoke_webhook)
    requests = _sends(hooks.requests)
    close_request = _sends(hooks.close_request)

    record = _sends(event.record)
    record_many = _sends(event.record_many)
    retention_preview = _sends(terms.retention_preview)

    receipt = _sends(ledger.receipt)
    checkpoint = _sends(ledger.checkpoint)
    log_key = _sends(ledger.log_key)
    tile = _sends(ledger.tile)
    inclusion = _sends(ledger.inclusion)
    consistency = _sends(ledger.consistency)
    entries = _sends(ledger.entries)
    own_entries = _sends(ledger.own_entries)
    past_logs = _sends(ledger.past_logs)

    policy = _sends(admin.policy)
    reload_policy = _sends(admin.reload_policy)
    add_caller = _sends(admin.add_caller)
    callers = _sends(admin.callers)
    revoke_caller = _sends(admin.revoke_caller)
    jobs = _sends(work.jobs)
    start_job = _sends(work.start_job)
    cancel_job = _sends(work.cancel_job)
    key_versions = _sends(versions.key_versions)
    change_passphrase = _sends(versions.change_passphrase)
    log_keys = _sends(versions.log_keys)
    certificate = _sends(versions.certificate)
    healthz = _sends(admin.healthz)
    readyz = _sends(admin.readyz)
    metrics = _sends(admin.metrics)
