"""The list of every setting: what may be set, its variable, default and sentence.

Reader, template and documentation derive from it, so that none can forget one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, get_type_hints

import msgspec
from msgspec import Meta

from shopward.settings.backups import BackupSettings
from shopward.settings.model import (
    ConsoleSettings,
    CustodianSettings,
    IdentitySettings,
    Limits,
    ListenSettings,
    MailSettings,
    PortalSettings,
    Settings,
    StoreSettings,
    TlsSettings,
)
from shopward.settings.sms import SmsSettings

PASSPHRASE_VARIABLE: Final = "SHOPWARD_PASSPHRASE"  # noqa: S105  # the variable's name
STORE_PASSWORD_VARIABLE: Final = "SHOPWARD_STORE_PASSWORD"  # noqa: S105  # the variable's name
OTHER_VARIABLES: Final = {
    PASSPHRASE_VARIABLE: "The keystore's passphrase, instead of `custodian.passphrase_file`.",
    STORE_PASSWORD_VARIABLE: "PostgreSQL's password, instead of `store.password_file`.",
    "SHOPWARD_CONFIG": "The settings file that the command line uses without `--config`.",
    "SHOPWARD_CREDENTIAL": "The credential that the command line sends.",
}
TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "store": StoreSettings,
    "custodian": CustodianSettings,
    "listen": ListenSettings,
    "tls": TlsSettings,
    "console": ConsoleSettings,
    "identity": IdentitySettings,
    "portal": PortalSettings,
    "backup": BackupSettings,
    "mail": MailSettings,
    "sms": SmsSettings,
    "limits": Limits,
}


class Row(NamedTuple):
    """One setting.

    Args:
        key: As in the file, dotted: `listen.tcp`.
        variable: The environment variable that overrides it.
        default: Its value when it is left out; None for none.
        text: What it is, one sentence.
    """

    key: str
    variable: str
    default: object
    text: str


def rows() -> Iterator[Row]:
    """Every setting: those of the top level first, then table by table."""
    yield from _rows_of(Settings, "")
    for table, section in TABLES.items():
        yield from _rows_of(section, f"{table}.")


def _rows_of(section: type[msgspec.Struct], prefix: str) -> Iterator[Row]:
    hints = get_type_hints(section, include_extras=True)
    for field in msgspec.structs.fields(section):
        if text := _description(hints[field.name]):
            key = prefix + field.name
            variable = "SHOPWARD_" + key.replace(".", "_").upper()
            yield Row(key, variable, field.default, text)


def _description(hint: object) -> str:
    metas = getattr(hint, "__metadata__", ())
    return next((m.description or "" for m in metas if isinstance(m, Meta)), "")
