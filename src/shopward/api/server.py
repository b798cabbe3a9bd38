"""Runs the data plane: opens the vault, takes its doors, serves, drains, closes.

Two Unix sockets (API and admin, mode 0600) and a TCP port. Beyond loopback TCP needs TLS, which
the settings refuse to start without. SIGTERM and SIGINT drain: what is under way is answered, what
comes later gets 503, then the store closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import uvicorn

from shopward import clock
from shopward.api.app import App, Asgi, Receive, Scope, Send
from shopward.api.assertions import Assertions
from shopward.api.auth import Callers
from shopward.api.health import BEHIND_S, samples
from shopward.api.http_protocol import HttpProtocol, Hub
from shopward.api.plane import Plane
from shopward.api.policy_file import PolicyFile
from shopward.api.schedule import Schedule
from shopward.api.sockets import Door, take_doors
from shopward.api.store_watch import StoreWatch
from shopward.api.worker import Worker
from shopward.api.workers import Workers
from shopward.api.works import works
from shopward.errors import ConfigError, ShopwardError
from shopward.events import Kind
from shopward.settings import Settings, read_passphrase
from shopward.store.opening import is_there, open_source
from shopward.tls.serving import ServingContext
from shopward.vault import keystore
from shopward.vault.backup.thread import Threads
from shopward.vault.backup.work import Places
from shopward.vault.book import Book
from shopward.vault.hook_keys import FILE_NAME, HookKeys
from shopward.vault.jobs import Jobs
from shopward.vault.journal import journal_of
from shopward.vault.keeper import Keeper
from shopward.vault.keydates import KeyDates
from shopward.vault.keyfile import make_private_folder
from shopward.vault.opening import Opening, open_vault
from shopward.vault.retention import Retention, is_due
from shopward.vault.settle import Settler

LOOK_S = 1.0
KEYS_KEPT_S = 900.0
"""Unwrapped data keys leave memory after this long, used or not."""
SWEEP_S = 3600.0
"""How often it is looked whether anything is past its date."""
OFFLINE_ADMIN = "offline"
GC_THRESHOLDS = (50_000, 20, 50)
"""Requests make no cycles; looking for them every 700 objects took a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The same data plane as a caller and as the operator meets it, without a socket."""

    app: App
    admin: Asgi


def initialise(settings: Settings) -> None:
    """Makes keystore and store when there are none; does nothing when there are.

    Raises:
        ConfigError: A setting, the policy or the keystore refuses.
    """
    keystore_path = settings.custodian.keystore
    if settings.store.url is None:
        make_private_folder(settings.store.path.parent)
    for folder in (keystore_path.parent, settings.journal.parent):
        make_private_folder(folder)
    if not keystore_path.exists():
        if is_there(settings.store):
            raise ConfigError(
                "There is a store but no keystore.",
                hint="Put the keystore of this store back; a new one could open nothing in it.",
                field="custodian.keystore",
                reason="keystore-missing",
            )
        passphrase = read_passphrase(settings.custodian).reveal().encode()
        keystore.create(keystore_path, passphrase)
    asyncio.run(_open_once(settings))


async def _open_once(settings: Settings) -> None:
    async with running(settings):
        pass


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Plane]:
    """An open data plane.

    Raises:
        ShopwardError: Whatever refuses to open.
    """
    policy_file = PolicyFile(settings.policy)
    policy = policy_file.first()
    passphrase = read_passphrase(settings.custodian).reveal().encode()
    custodian = keystore.open_keystore(settings.custodian.keystore, passphrase)
    keep = timedelta(hours=settings.limits.idempotency_hours)
    window = timedelta(days=settings.custodian.backup_window_days)
    region = settings.region
    vault = open_vault(
        Opening(settings.store, custodian, policy, settings.log, region, keep, window)
    )
    settler = Settler(vault)
    keeper = Keeper(vault, journal_of(settings.journal, custodian, vault.installation))
    settler.keep = keeper.keep
    threads = Threads()
    places = Places(
        settings.backup.folder,
        settings.backup.keep,
        custodian,
        lambda: open_source(settings.store),
        keeper.standing,
        lambda installation: journal_of(settings.journal, custodian, installation),
        settings.console.copy,
    )
    jobs = Jobs(settler, works(places, threads))
    schedule = Schedule(vault, jobs, settings.backup)
    try:
        await keeper.reconcile()
        await policy_file.enter(settler, is_first=True)
        callers = Callers(vault.register, policy)
        assertions = Assertions(vault, callers, settings.log, clock.now)
        yield Plane(
            vault,
            settler,
            Book(vault),
            callers,
            assertions,
            policy_file,
            settings.limits,
            jobs,
            keeper,
            schedule,
            HookKeys(settings.custodian.keystore.with_name(FILE_NAME)),
        )
        await jobs.close()
        await settler.close()
        await keeper.close()
    finally:
        await jobs.close()
        threads.stop()
        await settler.close()
        await vault.store.close()


@contextlib.asynccontextmanager
async def offline(settings: Settings) -> AsyncIterator[Doors]:
    """The data plane in this process, for a command while none is serving.

    Raises:
        UnavailableError: One is serving, and has the store open.
    """
    async with running(settings) as plane:
        app = App(plane, OFFLINE_ADMIN)

        async def admin(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "server": (OFFLINE_ADMIN, None)}, receive, send)

        yield Doors(app, admin)


def serve(
    settings: Settings,
    *,
    ready: Callable[[], None] | None = None,
    failed: Callable[[Exception], int] | None = None,
) -> int:
    """Serves until SIGTERM or SIGINT; the exit status.

    Args:
        settings: With `listen.workers` above 1 that many processes serve.
        ready: Called once the doors are open.
        failed: Says what went wrong in a worker; its exit status.

    Raises:
        ConfigError: A port or socket is taken, or something refuses to open.
    """
    doors = take_doors(settings.listen)
    try:
        if settings.listen.workers == 1:
            _run(settings, doors, Worker(), ready)
            return 0

        def work(worker: Worker, say: Callable[[], None]) -> int:
            try:
                _run(settings, doors, worker, say)
            except Exception as error:  # noqa: BLE001 - told like any command's failure
                return 1 if failed is None else failed(error)
            return 0

        return Workers(settings.listen.workers, work, ready).run()
    finally:
        for door in doors:
            door.close()


def _run(
    settings: Settings, doors: list[Door], worker: Worker, ready: Callable[[], None] | None
) -> None:
    with asyncio.Runner(
        loop_factory=uvicorn.Config(_nothing, log_config=None).get_loop_factory()
    ) as runner:
        runner.run(_serve(settings, doors, worker, ready))


async def _nothing(scope: object, receive: object, send: object) -> None:
    """Stands in where only uvicorn's choice of event loop is asked for."""


async def _serve(
    settings: Settings, doors: list[Door], worker: Worker, ready: Callable[[], None] | None
) -> None:
    async with running(settings) as plane:
        plane.worker = worker
        app = App(plane, str(settings.listen.admin_socket))
        server = Server(app, plane, settings, doors, ready)
        if worker.is_restarted:
            await server.watch.enter(Kind.WORKER_RESTARTED)
        elif worker.number == 0:
            await server.watch.enter(Kind.SERVER_STARTED)
        plane.jobs.run()
        await server.serve()
        await plane.jobs.close()
        if worker.number == 0:
            await server.watch.enter(Kind.SERVER_STOPPED)


class Server(uvicorn.Server):
    """uvicorn with several doors, TLS on the TCP door alone, and a drain of our own."""

    def __init__(
        self,
        app: App,
        plane: Plane,
        settings: Settings,
        doors: list[Door],
        ready: Callable[[], None] | None,
    ) -> None:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=settings.limits.drain_s,
        )
        super().__init__(config)
        self.watch = StoreWatch(plane)
        self._plane = plane
        self._doors = doors
        self._ready = ready
        self._tls = _tls(settings)
        most, spared = settings.limits.connections, str(settings.listen.admin_socket)
        self._hub = Hub(app, self.server_state, most, spared)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT begin the drain; a second one ends it."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop)
        lifeline = self._plane.worker.lifeline
        if lifeline >= 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            loop.add_reader(lifeline, self._orphaned, lifeline)
        try:
            yield
        finally:
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)

    def _stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        self._plane.draining = True

    def _orphaned(self, lifeline: int) -> None:
        """The parent is gone, and the doors with it."""
        asyncio.get_running_loop().remove_reader(lifeline)
        self._stop()

    async def startup(self, sockets: object = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Opens every door at once."""
        await self.lifespan.startup()
        loop, hub = asyncio.get_running_loop(), self._hub
        tls = self._tls.context if self._tls else None
        self.servers = [
            await loop.create_server(
                lambda: HttpProtocol(hub), sock=door.socket, ssl=tls if door.is_tcp else None
            )
            for door in self._doors
        ]
        self.started = True
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        work = (self._keep_house(), self._watch_store())
        self._tasks = [loop.create_task(one) for one in work]
        self._plane.worker.tell(samples(self._plane))
        if self._ready is not None:
            self._ready()

    async def _keep_house(self) -> None:
        """What is looked after every second, and now and then."""
        plane, loop = self._plane, asyncio.get_running_loop()
        was_behind, cleared_s, swept_s = False, loop.time(), loop.time() - SWEEP_S
        dates = KeyDates(plane.vault, plane.jobs)
        while not self.should_exit:
            await asyncio.sleep(LOOK_S)
            for connection in list(self.server_state.connections):
                if isinstance(connection, HttpProtocol):
                    connection.close_if_stalled(loop.time())
            if loop.time() - cleared_s > KEYS_KEPT_S:
                plane.vault.keyring.clear()
                cleared_s = loop.time()
            if loop.time() - swept_s >= SWEEP_S:
                swept_s = loop.time()
                with contextlib.suppress(ShopwardError):
                    if await is_due(plane.vault):
                        await plane.jobs.start(Retention.name)
            if self._tls is not None:
                with contextlib.suppress(ConfigError, OSError):
                    self._tls.look()
            plane.worker.tell(samples(plane))
            with contextlib.suppress(ShopwardError):
                await plane.follow()
                await plane.keeper.retry()
                await plane.schedule.look()
                if await plane.policy_file.look(plane.settler):
                    plane.callers.adopt(plane.vault.policy)
                is_behind = plane.vault.behind_s() > BEHIND_S
                if is_behind and not was_behind:
                    await self.watch.enter(Kind.CLOCK_STEPPED_BACK)
                was_behind = is_behind
                await dates.look(plane.vault.moment())

    async def _watch_store(self) -> None:
        """On its own, since it may have to wait for the disk."""
        while not self.should_exit:
            await asyncio.sleep(LOOK_S)
            with contextlib.suppress(ShopwardError):
                await self.watch.look()

    async def shutdown(self, sockets: object = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Answers what is under way, then closes."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await super().shutdown()


def _tls(settings: Settings) -> ServingContext | None:
    certificate, key = settings.listen.tls_certificate, settings.listen.tls_key
    if certificate is None or key is None:
        return None
    return ServingContext(certificate, key, field="listen.tls_certificate")
