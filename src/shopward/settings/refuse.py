"""The combinations of settings that would give data away, and the refusal of each.

- No port beyond loopback without TLS, and no certificate without its key.
- The two sites have a name and a port each, so that no cookie or page of one is the other's.
- No mail leaves this machine in the clear; in production no code by SMS without a provider.
- The operator's commands never share a socket with the API; a socket's path fits the system.
- A proxy that is believed is named as a network, and the whole world is none.
- Never two sources of the passphrase.
- In production, the keystore and its passphrase never lie beside the store, so that one stolen
  copy does not hold both the lock and its key; nor does the secret under passwords beside the
  accounts; nor do keystore, passphrase or erasure journal beside the backups; and the ledger has a
  name of its own.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Final

from shopward.settings.model import (
    EXAMPLE_ORIGIN,
    ConsoleSettings,
    ListenSettings,
    MailSettings,
    Settings,
)
from shopward.settings.refusal import is_loopback, refusal
from shopward.settings.refuse_store import refuse_store
from shopward.settings.rows import PASSPHRASE_VARIABLE
from shopward.settings.sms import SmsSettings

SOCKET_PATH_BYTES: Final = 103  # what every POSIX system takes: 104 with the closing NUL


def refuse_unsafe(settings: Settings) -> None:
    """Go through every rule.

    Raises:
        ConfigError: One of them is broken.
    """
    _refuse_listener(settings.listen)
    _refuse_sockets(settings.listen)
    _refuse_console(settings.console)
    _refuse_mail(settings.mail)
    _refuse_proxies(settings.identity.trusted_proxies)
    refuse_store(settings)
    if settings.custodian.passphrase and settings.custodian.passphrase_file:
        raise refusal(
            "custodian.passphrase_file",
            f"and {PASSPHRASE_VARIABLE} are both set",
            "Keep one, so that it is clear which passphrase opens the keystore.",
        )
    if settings.profile == "production":
        _refuse_example(settings)
        _refuse_sms(settings.sms)
        _refuse_neighbours(settings)
        _refuse_backup_folder(settings)


def _refuse_listener(listen: ListenSettings) -> None:
    if (listen.tls_certificate is None) != (listen.tls_key is None):
        raise refusal(
            "listen.tls_certificate", "and listen.tls_key belong together", "Set both or neither."
        )
    address = listen.address
    if address and not is_loopback(address[0]) and listen.tls_certificate is None:
        raise refusal(
            "listen.tcp",
            "would leave this machine without TLS",
            "Set listen.tls_certificate and listen.tls_key, or listen on 127.0.0.1.",
        )


def _refuse_sockets(listen: ListenSettings) -> None:
    if listen.socket == listen.admin_socket:
        raise refusal("listen.admin_socket", "is also listen.socket", "Give each its own path.")
    for name in ("socket", "admin_socket"):
        if len(os.fsencode(getattr(listen, name))) > SOCKET_PATH_BYTES:
            raise refusal(
                f"listen.{name}",
                f"is longer than the {SOCKET_PATH_BYTES} bytes that a Unix socket's path may have",
                "Choose a shorter path, for example under /run/shopward.",
            )


def _refuse_console(console: ConsoleSettings) -> None:
    if console.public_host == console.staff_host:
        raise refusal("console.staff_host", "is also console.public_host", "Give each its own.")
    public, staff = console.address("public"), console.address("staff")
    if public is None or staff is None:
        which = "public" if public is None else "staff"
        raise refusal(f"console.{which}", "is empty", "Write it like 127.0.0.1:8443.")
    if public == staff:
        raise refusal("console.staff", "is also console.public", "Give each its own port.")
    console.address("http")
    if (console.tls_certificate is None) != (console.tls_key is None):
        raise refusal(
            "console.tls_certificate",
            "and console.tls_key belong together",
            "Set both or neither.",
        )


def _refuse_proxies(text: str) -> None:
    for one in text.split():
        try:
            every = ipaddress.ip_network(one).prefixlen == 0
        except ValueError:
            every = True
        if every:
            raise refusal(
                "identity.trusted_proxies",
                "does not name your own networks",
                "Write addresses or networks with blanks between, like 10.0.0.3 or 10.0.0.0/24.",
            )


def _refuse_mail(mail: MailSettings) -> None:
    if mail.host and mail.security == "none" and not is_loopback(mail.host):
        raise refusal(
            "mail.security",
            "would send mails in the clear",
            "Use starttls or tls, or a mail server on this machine.",
        )


def _refuse_sms(sms: SmsSettings) -> None:
    if sms.accepts_risk and sms.url_file is None:
        raise refusal(
            "sms.url_file",
            "is not set, although codes by SMS are offered",
            "Name the file with the provider's address, or empty sms.accepts_risk.",
        )


def _refuse_example(settings: Settings) -> None:
    if settings.log == EXAMPLE_ORIGIN:
        raise refusal("log", "still has the example's name", "Choose a host and path of your own.")


def _refuse_neighbours(settings: Settings) -> None:
    for name in ("keystore", "passphrase_file"):
        path = getattr(settings.custodian, name)
        if path is not None and settings.store.url is None:
            _refuse_beside(f"custodian.{name}", path, settings.store.path, "the store")
    if settings.console.url is None:
        accounts = settings.console.database
        _refuse_beside("identity.secret", settings.identity.secret, accounts, "the accounts")
    if settings.store.url is None and _is_near(settings.journal, settings.store.path):
        raise refusal(
            "backup.journal",
            "lies beside the store, so that whatever takes the store takes it too",
            "Keep it in another directory, best in the keystore's.",
        )


def _refuse_beside(key: str, path: Path, data: Path, what: str) -> None:
    if _is_near(path, data):
        raise refusal(
            key,
            f"lies beside {what}, so that one stolen copy would hold the lock and its key",
            "Keep it in another directory, outside the backups of the data.",
        )


def _refuse_backup_folder(settings: Settings) -> None:
    if settings.backup.folder is None:
        return
    secret = {
        "custodian.keystore": settings.custodian.keystore,
        "custodian.passphrase_file": settings.custodian.passphrase_file,
        "backup.journal": settings.journal,
    }
    for name, path in secret.items():
        if path is not None and _is_near(path, settings.backup.folder / "any.backup"):
            raise refusal(
                "backup.folder",
                f"is beside {name}, which must not travel with the backups",
                "Give the backups a directory of their own.",
            )


def _is_near(path: Path, other: Path) -> bool:
    """Whether the folder of one file is, or holds, that of the other."""
    folder, beside = path.resolve().parent, other.resolve().parent
    return folder.is_relative_to(beside) or beside.is_relative_to(folder)
