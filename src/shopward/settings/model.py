"""The shape of the settings: one frozen section per table of `shopward.toml`.

Types, defaults, bounds and the sentence that documents each setting, nothing else. What may not be
combined is in `refuse`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from shopward.errors import ConfigError
from shopward.settings.backups import BackupSettings
from shopward.settings.secret import Secret
from shopward.settings.sms import SmsSettings

JOURNAL_NAME: Final = "erasures.journal"
EXAMPLE_ORIGIN: Final = "shopward.local/example"
_ADDRESS: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_HOST: Final = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"


def _address(text: str, field: str) -> tuple[str, int] | None:
    """Host and port of a `host:port`, None of an empty text."""
    if not text:
        return None
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match[2]) > 65_535:
        raise ConfigError(
            f"{field} is not host:port.", hint="Write it like 127.0.0.1:8731.", field=field
        )
    return match[1].strip("[]"), int(match[2])


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[store]`: where sealed records and the ledger are kept.

    `password` comes from the environment alone.
    """

    path: Annotated[
        Path,
        Meta(description="The SQLite file of the vault and its ledger."),
    ] = Path("vault.db")
    url: Annotated[
        str | None,
        Meta(
            description="`postgresql://user@host/database`, without a password: PostgreSQL instead"
            " of the SQLite file."
        ),
    ] = None
    password_file: Annotated[
        Path | None,
        Meta(description="A file with PostgreSQL's password, readable by its owner only."),
    ] = None
    pooler: Annotated[
        Literal["none", "transaction"],
        Meta(description="`transaction` behind a pooler in that mode, such as pgbouncer."),
    ] = "none"
    password: Secret | None = None
    table: str = "store"

    @property
    def url_key(self) -> str:
        """The setting that `url` is, for messages: `console.url` for the control plane's."""
        return f"{self.table}.url"


class CustodianSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[custodian]`: who keeps the keys.

    `passphrase` comes from the environment alone.
    """

    kind: Annotated[
        Literal["file"],
        Meta(description="`file`: a file sealed under a passphrase."),
    ] = "file"
    keystore: Annotated[
        Path,
        Meta(description="The keystore file; keep it and its copies away from the store's."),
    ] = Path("keystore.json")
    passphrase_file: Annotated[
        Path | None,
        Meta(description="A file with the passphrase on one line, readable by its owner only."),
    ] = None
    backup_window_days: Annotated[
        int,
        Meta(
            description="Days after which no copy of the store is needed: an epoch's key is "
            "destroyed this long after its end, and with it what was erased.",
            ge=1,
            le=3650,
        ),
    ] = 30
    passphrase: Secret | None = None


class ListenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[listen]`: where the data plane accepts calls."""

    tcp: Annotated[
        str,
        Meta(description="`host:port` for the shop's backend; empty for none."),
    ] = "127.0.0.1:8731"
    socket: Annotated[
        Path,
        Meta(description="The Unix socket of the API."),
    ] = Path("api.sock")
    admin_socket: Annotated[
        Path,
        Meta(description="The Unix socket of the operator's commands."),
    ] = Path("admin.sock")
    workers: Annotated[
        int,
        Meta(description="Processes that serve; more than one needs `store.url`.", ge=1, le=64),
    ] = 1
    tls_certificate: Annotated[
        Path | None,
        Meta(description="The PEM certificate chain for `tcp`; needed beyond loopback."),
    ] = None
    tls_key: Annotated[
        Path | None,
        Meta(description="The PEM private key of `tls_certificate`."),
    ] = None

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port of `tcp`, or None when no port is wanted.

        Raises:
            ConfigError: It is not `host:port`.
        """
        return _address(self.tcp, "listen.tcp")


class TlsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[tls]`: the local certificate authority, for a start without a public certificate."""

    folder: Annotated[
        Path,
        Meta(description="Where the local authority and its certificate lie; made when needed."),
    ] = Path("tls")


class ConsoleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[console]`: the control plane, which serves the web pages.

    Two sites on two ports, each under a host of its own: the public one, and the staff's.
    """

    database: Annotated[
        Path,
        Meta(description="The SQLite file of accounts, sessions, jobs and the outbox."),
    ] = Path("console.db")
    url: Annotated[
        str | None,
        Meta(
            description="`postgresql://user@host/database`, without a password: PostgreSQL instead"
            " of that file; another database and role than `store.url`."
        ),
    ] = None
    password_file: Annotated[
        Path | None,
        Meta(description="A file with that role's password, readable by its owner only."),
    ] = None
    copy: Annotated[
        Path,
        Meta(
            description="The copy of accounts that goes into backups, written every hour; the data"
            " plane has to read it."
        ),
    ] = Path("accounts.copy")
    secret_key: Annotated[
        Path,
        Meta(description="The file of the key that signs cookies; made when it is not there."),
    ] = Path("console.key")
    signing_key: Annotated[
        Path,
        Meta(description="The file of the key that signs assertions; made when it is not there."),
    ] = Path("console-signing.key")
    public: Annotated[
        str,
        Meta(description="`host:port` of the public site."),
    ] = "127.0.0.1:8443"
    staff: Annotated[
        str,
        Meta(description="`host:port` of the staff's site; private by default."),
    ] = "127.0.0.1:8444"
    http: Annotated[
        str,
        Meta(description="`host:port` that sends plain http on to https; empty for none."),
    ] = "127.0.0.1:8480"
    public_host: Annotated[
        str,
        Meta(description="The name of the public site, as browsers write it.", pattern=_HOST),
    ] = "shopward.localhost"
    staff_host: Annotated[
        str,
        Meta(description="The name of the staff's site; never the public one.", pattern=_HOST),
    ] = "console.shopward.localhost"
    tls_certificate: Annotated[
        Path | None,
        Meta(description="The PEM certificate chain of both names; else the local authority's."),
    ] = None
    tls_key: Annotated[
        Path | None,
        Meta(description="The PEM private key of `tls_certificate`."),
    ] = None
    first_role: Annotated[
        str,
        Meta(description="The first administrator's role, where the policy has it."),
    ] = "owner"
    language: Annotated[
        Literal["en", "de"],
        Meta(description="The language of pages when a browser asks for none of ours."),
    ] = "en"

    @property
    def place(self) -> StoreSettings:
        """Where accounts, sessions, jobs and the outbox are, as a place of a store."""
        return StoreSettings(self.database, self.url, self.password_file, table="console")

    def address(self, name: Literal["public", "staff", "http"]) -> tuple[str, int] | None:
        """Host and port of a listener, or None when it is not wanted.

        Raises:
            ConfigError: It is not `host:port`.
        """
        return _address(getattr(self, name), f"console.{name}")


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[mail]`: how mails leave."""

    host: Annotated[
        str,
        Meta(description="The mail server; empty for none, when mails are written to `folder`."),
    ] = ""
    port: Annotated[
        int,
        Meta(description="The mail server's port.", ge=1, le=65_535),
    ] = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(description="`none` is taken on loopback alone."),
    ] = "starttls"
    user: Annotated[
        str,
        Meta(description="The name under which to send; empty for none."),
    ] = ""
    password_file: Annotated[
        Path | None,
        Meta(description="A file with the password of `user`, readable by its owner only."),
    ] = None
    sender: Annotated[
        str,
        Meta(description="The address that mails come from.", pattern=r"^[^\s@]+@[^\s@]+$"),
    ] = "shopward@shopward.localhost"
    folder: Annotated[
        Path,
        Meta(description="Where a local installation without a mail server puts mails."),
    ] = Path("mail")


class IdentitySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[identity]`: how the people who work here sign in."""

    secret: Annotated[
        Path,
        Meta(description="The file of the secret under passwords and codes; made when needed."),
    ] = Path("identity.key")
    breached_passwords: Annotated[
        Path,
        Meta(description="What `shopward password import-hibp` made; none is looked up without."),
    ] = Path("breached.bin")
    staff_passwords: Annotated[
        Literal["standard", "pci"],
        Meta(description="`pci` adds what PCI DSS 8.3.6 and 8.3.7 ask of staff in card scope."),
    ] = "standard"
    mail_codes: Annotated[
        Literal["offered", "off"],
        Meta(description="Whether customers may choose a code by mail as a second step."),
    ] = "offered"
    customer_days: Annotated[
        int,
        Meta(
            description="Days that a customer stays signed in; with more than one, an hour without"
            " a page or a day without a proof asks for one factor again.",
            ge=1,
            le=90,
        ),
    ] = 1
    trusted_proxies: Annotated[
        str,
        Meta(description="Networks of your proxies, with blanks between; empty for none."),
    ] = ""
    oidc_keys: Annotated[Path, Meta(description="Folder of ID tokens' keys.")] = Path("oidc-keys")


class PortalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[portal]`: the customers' pages."""

    phones: Annotated[
        str,
        Meta(
            description="The numbers that the shop calls from, in the form +49301234567, with"
            " commas between; `/verify/` knows them."
        ),
    ] = ""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[limits]`: how much is accepted at once."""

    body_bytes: Annotated[
        int,
        Meta(description="The largest request body, in bytes.", ge=1024, le=1 << 28),
    ] = 1_048_576
    batch_items: Annotated[
        int,
        Meta(description="The most records in one batch call.", ge=1, le=100_000),
    ] = 1000
    connections: Annotated[
        int,
        Meta(description="The most connections at a time.", ge=1, le=65_535),
    ] = 1024
    drain_s: Annotated[
        int,
        Meta(description="Seconds that calls under way get to finish at a stop.", ge=0, le=600),
    ] = 10
    idempotency_hours: Annotated[
        int,
        Meta(description="Hours that an idempotency key is remembered.", ge=1, le=720),
    ] = 24


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the operator decides.

    `home` is the directory of the file; `parse` makes every path absolute against it.
    """

    home: Path = Path()
    profile: Annotated[
        Literal["local", "production"],
        Meta(description="`local` to try and develop, `production` for real customers."),
    ] = "local"
    policy: Annotated[
        Path,
        Meta(description="The shop owner's data policy."),
    ] = Path("policy.toml")
    log: Annotated[
        str,
        Meta(
            description="The ledger's public name, a host and path of your own; never re-used.",
            pattern=r"^[^\s+~]{1,200}$",
        ),
    ] = EXAMPLE_ORIGIN
    region: Annotated[
        str,
        Meta(
            description="The country of phone numbers that come without a prefix.",
            pattern=r"^[A-Z]{2}$",
        ),
    ] = "DE"
    store: StoreSettings = StoreSettings()
    custodian: CustodianSettings = CustodianSettings()
    listen: ListenSettings = ListenSettings()
    tls: TlsSettings = TlsSettings()
    console: ConsoleSettings = ConsoleSettings()
    identity: IdentitySettings = IdentitySettings()
    portal: PortalSettings = PortalSettings()
    backup: BackupSettings = BackupSettings()
    mail: MailSettings = MailSettings()
    sms: SmsSettings = SmsSettings()
    limits: Limits = Limits()

    @property
    def journal(self) -> Path:
        """Where the erasure journal is."""
        return self.backup.journal or self.custodian.keystore.with_name(JOURNAL_NAME)
