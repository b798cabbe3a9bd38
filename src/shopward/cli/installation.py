"""A local installation: the files of `shopward run`, made once and never overwritten.

    var/shopward.toml     the operator's settings, profile local
    var/policy.toml       the shop owner's policy, a copy of policy.example.toml
    var/secrets/          keystore and passphrase; keep it out of copies of var/store
    var/store/vault.db    sealed customers and the ledger
    var/console/          accounts, sessions, the outbox; and the keys of the web pages
    var/callers/          credentials of the local callers
    var/imports/          journals, rejects and tokens of imports
    var/run/              sockets

It makes files; store and keystore are made by the data plane. The passphrase lies in a file, which
is right for trying and developing alone: the profile `production` refuses to have it near.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from shopward.errors import NotFoundError
from shopward.sources.durable import replace_durably

EXAMPLE_POLICY = Path("policy.example.toml")
EXAMPLE_CUSTOMERS = Path("examples/customers/shopify_customers.csv")
SETTINGS = """\
# A local installation of Shopward, to try and develop. docs/settings.md lists every setting.
profile = "local"
policy = "policy.toml"

[store]
path = "store/vault.db"

[custodian]
keystore = "secrets/keystore.json"
passphrase_file = "secrets/passphrase"

[console]
database = "console/console.db"
copy = "console/accounts.copy"
secret_key = "console/cookies.key"
signing_key = "console/signing.key"

[identity]
secret = "console/identity.key"
breached_passwords = "console/breached.bin"
oidc_keys = "console/oidc-keys"

[listen]
tcp = "127.0.0.1:8731"
socket = "run/shopward.sock"
admin_socket = "run/admin.sock"
"""
FOLDERS = ("secrets", "store", "console", "callers", "imports", "run")
CALLERS = {
    "shop": "shop-backend",
    "support": "support",
    "warehouse": "warehouse",
    "courier": "courier",
    "orders": "order-system",
    "auditor": "auditor",
    "importer": "importer",
}
"""Local callers and their roles in the example policy."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The places of a local installation."""

    home: Path

    @property
    def settings(self) -> Path:
        """`shopward.toml`."""
        return self.home / "shopward.toml"

    @property
    def key(self) -> Path:
        """The ledger's verifier key, public."""
        return self.home / "ledger.vkey"

    def make(self, example: Path) -> None:
        """Make every file that is missing; the settings last, so that a cut-off run is repeated.

        Args:
            example: The folder that holds the example policy.
        """
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in FOLDERS:
            (self.home / folder).mkdir(mode=0o700, exist_ok=True)
        self._once("secrets/passphrase", secrets.token_urlsafe(32).encode() + b"\n")
        self._once("policy.toml", (example / EXAMPLE_POLICY).read_bytes())
        self._once("shopward.toml", SETTINGS.encode())

    def _once(self, name: str, content: bytes) -> None:
        path = self.home / name
        if not path.exists():
            replace_durably(path, content)


def example_folder() -> Path:
    """Where the example shop is: here, or the checkout this program runs from.

    Raises:
        NotFoundError: Neither has it.
    """
    for folder in (Path(), Path(__file__).parents[3]):
        if (folder / EXAMPLE_POLICY).is_file() and (folder / EXAMPLE_CUSTOMERS).is_file():
            return folder
    raise NotFoundError(
        "The example shop is not here.", hint="Run this in the folder of Shopward's sources."
    )
