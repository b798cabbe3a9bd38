"""From file and environment to `Settings`: unknown keys, wrong types and unsafe values refuse.

The only module that reads the environment. Every message names a setting, never its value.
"""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shopward.errors import ConfigError
from shopward.settings.model import CustodianSettings, Settings, StoreSettings
from shopward.settings.refuse import refuse_unsafe
from shopward.settings.rows import (
    OTHER_VARIABLES,
    PASSPHRASE_VARIABLE,
    STORE_PASSWORD_VARIABLE,
    TABLES,
    rows,
)
from shopward.settings.secret import Secret

MAX_PASSPHRASE_CHARS = 4096

Section = TypeVar("Section", bound=msgspec.Struct)


def load(path: Path) -> Settings:
    """The settings of the file at `path`, overridden by the process's environment.

    Raises:
        ConfigError: The file cannot be read, is not TOML, or `parse` refuses it.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The settings file cannot be read: {error.strerror}.",
            hint=f"Check the path {path}; `shopward run` makes a new installation.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigError(
            f"{path.name} is not a TOML file.", hint="Check its quotes and brackets."
        ) from None
    return parse(data, path.absolute().parent, os.environ)


def parse(data: Mapping[str, Any], home: Path, environ: Mapping[str, str]) -> Settings:
    """Settings out of a parsed file, the directory it lies in, and an environment.

    Raises:
        ConfigError: An unknown key or variable, a wrong type, or an unsafe combination.
    """
    settings = _convert({**_from_file(data), **_from_environment(environ)})
    text, password = environ.get(PASSPHRASE_VARIABLE), environ.get(STORE_PASSWORD_VARIABLE)
    custodian, store = _absolute(settings.custodian, home), _absolute(settings.store, home)
    settings = msgspec.structs.replace(
        _absolute(settings, home),
        home=home,
        store=msgspec.structs.replace(store, password=Secret(password) if password else None),
        custodian=msgspec.structs.replace(custodian, passphrase=Secret(text) if text else None),
        listen=_absolute(settings.listen, home),
        tls=_absolute(settings.tls, home),
        console=_absolute(settings.console, home),
        mail=_absolute(settings.mail, home),
        sms=_absolute(settings.sms, home),
        identity=_absolute(settings.identity, home),
        backup=_absolute(settings.backup, home),
    )
    refuse_unsafe(settings)
    return settings


def variable(name: str) -> str | None:
    """The text of one of `OTHER_VARIABLES` in the process's environment; None when empty.

    Raises:
        KeyError: The name is not one of them.
    """
    if name not in OTHER_VARIABLES:
        raise KeyError(name)
    return os.environ.get(name) or None


def child_environment(*, with_secrets: bool) -> dict[str, str]:
    """The process's environment for a child of this program.

    Args:
        with_secrets: Whether the child may open the keystore and the store.
    """
    return {
        name: text
        for name, text in os.environ.items()
        if with_secrets or name not in (PASSPHRASE_VARIABLE, STORE_PASSWORD_VARIABLE)
    }


def read_passphrase(custodian: CustodianSettings) -> Secret:
    """The keystore's passphrase, from the environment or its file. Secret.

    Raises:
        ConfigError: None is configured, or its file cannot be read or is empty.
    """
    if custodian.passphrase is not None:
        return custodian.passphrase
    if custodian.passphrase_file is None:
        key = "custodian.passphrase_file"
        raise _unread(key, "is not set", f"Set it, or the variable {PASSPHRASE_VARIABLE}.")
    return read_secret(custodian.passphrase_file, "custodian.passphrase_file")


def read_store_password(store: StoreSettings) -> Secret | None:
    """PostgreSQL's password, from the environment or its file; None where none is set. Secret.

    Raises:
        ConfigError: Its file cannot be read or is empty.
    """
    if store.password is not None or store.password_file is None:
        return store.password
    return read_secret(store.password_file, f"{store.table}.password_file")


def read_secret(path: Path, key: str) -> Secret:
    """What stands in a file that its owner alone can read. Secret.

    Args:
        path: The file.
        key: The setting that names it, for the refusal.

    Raises:
        ConfigError: It cannot be read, others can read it, or it is empty.
    """
    try:
        with path.open(encoding="utf-8") as file:
            shared = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            text = file.read(MAX_PASSPHRASE_CHARS).rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise _unread(key, "cannot be read", "Check its path and its owner.") from None
    if shared:
        raise _unread(key, "can be read by others", "Give it to its owner alone: chmod 600.")
    if not text:
        raise _unread(key, "is empty", "Write the secret on its first line.")
    return Secret(text)


def _unread(key: str, what: str, hint: str) -> ConfigError:
    return ConfigError(f"{key} {what}.", hint=hint, field=key)


def _from_file(data: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in data.items():
        if name in TABLES and isinstance(value, dict):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    _refuse_unknown("setting", flat, [row.key for row in rows()])
    return flat


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {row.variable: row for row in rows()}
    ours = {name: text for name, text in environ.items() if name.startswith("SHOPWARD_")}
    _refuse_unknown("environment variable", ours, [*known, *OTHER_VARIABLES])
    return {
        row.key: _number(ours[name]) if isinstance(row.default, int) else ours[name]
        for name, row in known.items()
        if name in ours
    }


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _refuse_unknown(what: str, given: Iterable[str], known: list[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if not unknown:
        return
    near = difflib.get_close_matches(unknown[0], known, n=1)
    raise ConfigError(
        f"Unknown {what}: {', '.join(unknown)}.",
        hint=f"Did you mean {near[0]}?" if near else "docs/settings.md lists every one.",
        field=unknown[0],
    )


def _convert(flat: Mapping[str, Any]) -> Settings:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        table, _, name = key.rpartition(".")
        (nested.setdefault(table, {}) if table else nested)[name] = value
    try:
        return msgspec.convert(nested, Settings, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        key = where.rstrip("`")
        expected = what if what.startswith("Expected") else "Expected one of its named values"
        raise ConfigError(
            f"{key} is not valid: {expected}.", hint="docs/settings.md shows it.", field=key
        ) from None


def _to_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value and "\x00" not in value:
        return Path(value)
    raise ValueError("Expected the path of a file")


def _absolute(section: Section, home: Path) -> Section:
    values = {name: getattr(section, name) for name in section.__struct_fields__}
    paths = {name: home / value for name, value in values.items() if isinstance(value, Path)}
    return msgspec.structs.replace(section, **paths)
