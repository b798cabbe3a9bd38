"""The operator's settings: `shopward.toml` and the `SHOPWARD_*` environment, read once, frozen.

The only place that reads the environment. It does not open the store, the keystore or a port, and
it holds nothing that belongs to the shop owner: that is the policy.

- A key or variable that is not known is an error, so a typing mistake never goes unnoticed.
- A combination that would give data away refuses to start with `ConfigError`.
- Messages name settings, never their values; a passphrase only ever travels inside a `Secret`.

The file, in which a relative path is relative to the file::

    profile = "local"
    policy = "policy.toml"

    [store]
    path = "vault.db"

A variable overrides the file: `SHOPWARD_STORE_PATH` is `path` under `[store]`.
"""

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
)
from shopward.settings.read import (
    child_environment,
    load,
    parse,
    read_passphrase,
    read_secret,
    read_store_password,
    variable,
)
from shopward.settings.rows import OTHER_VARIABLES, Row, rows
from shopward.settings.secret import Secret
from shopward.settings.sms import SmsSettings
from shopward.settings.template import default_toml

__all__ = [
    "OTHER_VARIABLES",
    "BackupSettings",
    "ConsoleSettings",
    "CustodianSettings",
    "IdentitySettings",
    "Limits",
    "ListenSettings",
    "MailSettings",
    "PortalSettings",
    "Row",
    "Secret",
    "Settings",
    "SmsSettings",
    "StoreSettings",
    "child_environment",
    "default_toml",
    "load",
    "parse",
    "read_passphrase",
    "read_secret",
    "read_store_password",
    "rows",
    "variable",
]
