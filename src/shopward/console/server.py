"""Runs the control plane: sets Django up, migrates its database, takes its ports, serves, drains.

SIGTERM and SIGINT drain: what is under way is answered within `limits.drain_s`, then it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Final

import uvicorn

from shopward import clock
from shopward.console import asgi, key_file, listeners, logs
from shopward.console.database import make_ready
from shopward.console.settings import configure
from shopward.errors import ConfigError
from shopward.events import Kind
from shopward.identity import secret_file
from shopward.settings import Settings
from shopward.tls.files import ensure
from shopward.tls.serving import ServingContext

LOOK_S: Final = 1.0
KEEP_ALIVE_S: Final = 75


def serve(house: Settings, *, ready: Callable[[str | None], None]) -> None:
    """Serves until SIGTERM or SIGINT; `ready` is called once the ports are open.

    It is given the link by which the first administrator comes in, while there is none. Secret.

    Raises:
        ConfigError: A port is taken, or the database, a key or a certificate refuses.
    """
    prepare(house)
    doors = listeners.take(house.console)
    try:
        _run(house, doors, ready)
    finally:
        for door in doors:
            door.socket.close()


def _run(
    house: Settings, doors: list[listeners.Listener], ready: Callable[[str | None], None]
) -> None:
    """Serves, with the threads beside it; start and stop are events like any other."""
    from shopward.console import (  # noqa: PLC0415 - needs Django set up
        background,
        first_run,
        outbox,
        vouch,
    )

    outbox.record(Kind.CONSOLE_STARTED, actor=vouch.NAME, about=f"version={version('shopward')}")
    link = first_run.link()
    server = Server(house, doors, _tls(house), lambda: ready(link))
    workers = background.start()
    try:
        server.run()
    finally:
        outbox.record(Kind.CONSOLE_STOPPED, actor=vouch.NAME)
        for one in workers:
            one.stop()


def prepare(house: Settings) -> None:
    """Set Django up, and bring its database to the present shape.

    Raises:
        ConfigError: The key cannot be read or made, or the database cannot hold what is written.
        UnavailableError: The database does not answer.
    """
    configure(house, key_file.secret_key(house.console.secret_key))
    secret_file.ensure(house.identity.secret)
    logs.set_up()
    make_ready(house.console)


class Server(uvicorn.Server):
    """uvicorn with one application per listener, and TLS that takes a new certificate."""

    def __init__(
        self,
        house: Settings,
        doors: list[listeners.Listener],
        tls: ServingContext,
        ready: Callable[[], None],
    ) -> None:
        from django.core.asgi import get_asgi_application  # noqa: PLC0415 - needs Django set up

        handler = get_asgi_application()
        self._configs = {name: _config(app, house) for name, app in asgi.apps(handler).items()}
        super().__init__(self._configs["public"])
        self._doors = doors
        self._tls = tls
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT begin the drain; a second one ends it."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop)
        try:
            yield
        finally:
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)

    def _stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: object = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Opens every port at once."""
        await self.lifespan.startup()
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(
                self._protocol(self._configs[door.name], loop),
                sock=door.socket,
                ssl=None if door.name == "http" else self._tls.context,
            )
            for door in self._doors
        ]
        self.started = True
        self._watch = loop.create_task(self._keep_house())
        self._ready()

    def _protocol(
        self, config: uvicorn.Config, loop: asyncio.AbstractEventLoop
    ) -> Callable[[], asyncio.Protocol]:
        if not config.loaded:
            config.load()

        def protocol() -> asyncio.Protocol:
            made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
                config=config, server_state=self.server_state, app_state={}, _loop=loop
            )
            return made

        return protocol

    async def _keep_house(self) -> None:
        """A new certificate is served from the next second on."""
        while not self.should_exit:
            await asyncio.sleep(LOOK_S)
            with contextlib.suppress(ConfigError, OSError):
                self._tls.look()

    async def shutdown(self, sockets: object = None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Answers what is under way, then closes."""
        self._watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watch
        await super().shutdown()


def _config(app: asgi.Asgi, house: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=house.limits.connections,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=house.limits.drain_s,
    )


def _tls(house: Settings) -> ServingContext:
    console = house.console
    if console.tls_certificate is not None:
        return ServingContext(
            console.tls_certificate, console.tls_key, field="console.tls_certificate"
        )
    names = (console.public_host, console.staff_host)
    return ServingContext(ensure(house.tls.folder, names, clock.now()), field="tls.folder")
