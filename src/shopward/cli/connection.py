"""How a verb reaches the data plane: over its Unix socket, or in this process when none runs.

`as_caller` knocks at the callers' door with a credential, `as_operator` at the operator's, where
being the user who owns the socket is the credential. It judges nothing and prints nothing.

- A credential is read from a file or the environment, never from the command line.
- The store is opened here only under its exclusive lock, never beside a running data plane.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shopward import settings
from shopward.cli import credentials
from shopward.cli.replay import RemoteLog
from shopward.errors import ConfigError, UnavailableError
from shopward.settings import Settings
from shopward.store.opening import is_there

if TYPE_CHECKING:
    from shopward.vault.inspect import StoredLedger
    from shopward_client import Client

PLACES = (Path("shopward.toml"), Path("var/shopward.toml"))
PROBE_S = 2.0
AUDITOR = "auditor"


def config_path(given: Path | None) -> Path:
    """The settings file: as given, SHOPWARD_CONFIG, ./shopward.toml or ./var/shopward.toml.

    Raises:
        ConfigError: There is none.
    """
    variable = settings.variable("SHOPWARD_CONFIG")
    if given or variable:
        return given or Path(variable or "")
    for place in PLACES:
        if place.is_file():
            return place
    raise ConfigError(
        "There is no shopward.toml here.",
        hint="Go to the project's folder, or name the file with `shopward --config FILE …`; "
        "`shopward run` makes a new installation.",
    )


def settings_of(given: Path | None) -> Settings:
    """The operator's settings.

    Raises:
        ConfigError: There are none, or they refuse.
    """
    return settings.load(config_path(given))


def is_running(path: Path) -> bool:
    """Whether something listens on this Unix socket.

    Raises:
        ConfigError: This user may not know.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError as error:
            raise ConfigError(
                f"The socket {path} cannot be used: {error.strerror or 'no answer'}.",
                hint="Run the command as the user that runs the data plane.",
                field="listen.socket",
            ) from None
        return True


def refuse_absent(house: Settings) -> None:
    """Refuse to open a store that is not there, so that a mistyped path does not make a new one.

    Raises:
        ConfigError: There is none.
    """
    if is_there(house.store):
        return
    key = "store.path" if house.store.url is None else "store.url"
    where = f" at {house.store.path}" if house.store.url is None else " in the database"
    raise ConfigError(
        f"There is no store{where}.",
        hint=f"Correct `{key}`, or make a new store with `shopward serve --create`.",
        field=key,
    )


def refuse_stopped(config: Path | None) -> None:
    """Refuse what only makes sense while a data plane runs.

    Raises:
        UnavailableError: None runs.
    """
    if not is_running(settings_of(config).listen.socket):
        raise UnavailableError("No data plane is running.", hint="Start it with `shopward serve`.")


@contextmanager
def as_caller(config: Path | None, name: str | None, usual: str) -> Iterator[Client]:
    """A client that asks as a caller.

    Args:
        config: `--config`.
        name: `--caller`.
        usual: The local caller that usually does this.

    Raises:
        ConfigError: No settings or no credential.
        UnavailableError: Another process has the store open.
    """
    house = settings_of(config)
    credential = credentials.choose(house, name, usual)
    with _client(house, credential.secret.reveal(), admin=False) as client:
        yield client


@contextmanager
def as_operator(config: Path | None) -> Iterator[Client]:
    """A client that asks as the operator: administers and audits, never sees a customer's data.

    Raises:
        ConfigError: No settings.
        UnavailableError: Another process has the store open.
    """
    with _client(settings_of(config), None, admin=True) as client:
        yield client


@contextmanager
def as_auditor(config: Path | None, name: str | None) -> Iterator[Client]:
    """A client that may audit: as `name`, the local caller `auditor`, else as the operator.

    Raises:
        ConfigError: No settings, or no credential under that name.
        UnavailableError: Another process has the store open.
    """
    house = settings_of(config)
    if name or credentials.is_there(house, AUDITOR):
        with as_caller(config, name, AUDITOR) as client:
            yield client
    else:
        with as_operator(config) as client:
            yield client


@contextmanager
def as_ledger_reader(
    config: Path | None, name: str | None
) -> Iterator[tuple[RemoteLog | StoredLedger, str]]:
    """The ledger and its key: of the running data plane, else of the store as it lies there.

    Raises:
        ConfigError: No settings, no store, or no credential under that name.
        KeystoreError: No data plane runs and the keystore does not open.
        UnavailableError: Another process has the store open.
    """
    house = settings_of(config)
    if is_running(house.listen.socket):
        with as_auditor(config, name) as client:
            yield RemoteLog(client), client.log_key()
        return
    from shopward.signing import Signer
    from shopward.vault.inspect import inspecting
    from shopward.vault.keystore import open_keystore

    refuse_absent(house)
    passphrase = settings.read_passphrase(house.custodian).reveal().encode()
    custodian = open_keystore(house.custodian.keystore, passphrase)
    with inspecting(house.store, custodian) as stored:
        yield (
            stored,
            Signer(stored.origin, custodian.ledger_seed(custodian.state("ledger").min)).vkey,
        )


@contextmanager
def _client(house: Settings, credential: str | None, *, admin: bool) -> Iterator[Client]:
    from shopward_client import Client

    path = house.listen.admin_socket if admin else house.listen.socket
    if is_running(path):
        with Client(f"unix:{path}", credential=credential) as client:
            yield client
        return
    refuse_absent(house)
    from shopward.cli.inprocess import InProcess

    inside = InProcess(house, admin=admin)
    with Client(f"unix:{path}", credential=credential, transport=inside) as client:
        yield client
