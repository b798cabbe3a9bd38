"""The `shopward.toml` of a new installation, written out in full with every setting explained."""

from __future__ import annotations

from typing import Final

from shopward.settings.rows import rows

_PRODUCTION: Final = {
    "store.path": "/var/lib/shopward/vault.db",
    "custodian.keystore": "/etc/shopward/keystore.json",
    "custodian.passphrase_file": "/run/credentials/shopward/passphrase",
    "policy": "/etc/shopward/policy.toml",
    "backup.folder": "/var/backups/shopward",
    "listen.socket": "/run/shopward/api.sock",
    "listen.admin_socket": "/run/shopward/admin.sock",
    "console.database": "/var/lib/shopward-console/console.db",
    "console.copy": "/var/lib/shopward-console/accounts.copy",
    "console.secret_key": "/etc/shopward/console.key",
    "console.signing_key": "/etc/shopward/console-signing.key",
    "identity.secret": "/etc/shopward/identity.key",
    "identity.breached_passwords": "/var/lib/shopward-console/breached.bin",
    "identity.oidc_keys": "/etc/shopward/oidc-keys",
}
_LOCAL: Final = {"custodian.passphrase_file": "passphrase"}


def default_toml(profile: str) -> str:
    """The text for `local` or `production`.

    The production text keeps the example's log name, which `parse` refuses until the operator has
    chosen one.
    """
    changes = {"profile": profile, **(_PRODUCTION if profile == "production" else _LOCAL)}
    lines, current = ["# Shopward's settings. docs/settings.md lists them."], ""
    for row in rows():
        table, _, name = row.key.rpartition(".")
        if table != current:
            lines += ["", f"[{table}]"]
            current = table
        lines += [f"# {row.text}", _line(name, changes.get(row.key, row.default))]
    return "\n".join(lines) + "\n"


def _line(name: str, value: object) -> str:
    if value is None:
        return f'# {name} = ""'
    return f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"'
