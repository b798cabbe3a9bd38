"""Runs the example shop on this machine: a vault, the shop with a few books, and where to look.

`make example` starts it with the product's environment; the shop itself runs in one of its own. All
data stays in `var/example`. Both listen on loopback alone.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from shopward.vault import keystore
from shopward_client import Client, ShopwardError

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
HOME: Final = ROOT / "var" / "example"
SHOP_PYTHON: Final = ROOT / ".venv-example" / "bin" / "python"
PORT: Final = int(os.environ.get("EXAMPLE_PORT", "8741"))
VAULT_PORT: Final = PORT + 1
START_S: Final = 60.0
SETTINGS: Final = """\
policy = "{policy}"
log = "oscar.example/ledger"

[store]
path = "store/vault.db"

[custodian]
keystore = "keys/keystore.json"
passphrase_file = "keys/passphrase"

[listen]
tcp = "127.0.0.1:{port}"
socket = "api.sock"
admin_socket = "admin.sock"
"""


def furnish() -> bool:
    """Settings, passphrase and keystore; whether they are new."""
    if (HOME / "shopward.toml").exists():
        return False
    for name in ("store", "keys", "media", "static"):
        (HOME / name).mkdir(parents=True, mode=0o700, exist_ok=True)
    passphrase = secrets.token_urlsafe(24)
    (HOME / "keys" / "passphrase").touch(mode=0o600)
    (HOME / "keys" / "passphrase").write_text(f"{passphrase}\n", "utf-8")
    keystore.create(HOME / "keys" / "keystore.json", passphrase.encode())
    settings = SETTINGS.format(policy=HERE / "policy.toml", port=VAULT_PORT)
    (HOME / "shopward.toml").write_text(settings, "utf-8")
    return True


def start_vault(*, is_new: bool) -> subprocess.Popen[bytes]:
    """The data plane, ready to answer."""
    command = [sys.executable, "-m", "shopward", "--config", str(HOME / "shopward.toml"), "serve"]
    process = subprocess.Popen([*command, "--create"] if is_new else command)
    with Client(f"unix:{HOME / 'admin.sock'}") as operator:
        for _ in range(int(START_S * 5)):
            if process.poll() is not None:
                raise SystemExit("The vault did not start.")
            try:
                operator.healthz()
            except ShopwardError:
                time.sleep(0.2)
            else:
                break
        if not (HOME / "credential").exists():
            made = operator.add_caller("oscar", "shop-backend")
            (HOME / "credential").touch(mode=0o600)
            (HOME / "credential").write_text(made.credential, "utf-8")
            (HOME / "secret").touch(mode=0o600)
            (HOME / "secret").write_text(secrets.token_urlsafe(48), "utf-8")
    return process


def environment() -> dict[str, str]:
    """What the shop's process is told."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "OSCAR_DATABASE": str(HOME / "shop.db"),
        "OSCAR_SECRET": (HOME / "secret").read_text("utf-8"),
        "OSCAR_INDEX": str(HOME / "index"),
        "OSCAR_MEDIA": str(HOME / "media"),
        "OSCAR_STATIC": str(HOME / "static"),
        "OSCAR_MAIL": "django.core.mail.backends.console.EmailBackend",
        "SHOPWARD_URL": f"http://127.0.0.1:{VAULT_PORT}",
        "SHOPWARD_CREDENTIAL": str(HOME / "credential"),
    }


def run_in_shop(script: str, *arguments: str) -> None:
    """One program of the shop, to its end."""
    command = [str(SHOP_PYTHON), str(HERE / script), *arguments]
    subprocess.run(command, check=True, env=environment())


def main() -> None:
    """Start everything, say where it is, and end it together."""
    is_new = furnish()
    vault = start_vault(is_new=is_new)
    try:
        run_in_shop("manage.py", "migrate", "-v0")
        if not (HOME / "staff-password").exists():
            run_in_shop("manage.py", "shopward_attach")
            run_in_shop("fill.py", str(HOME / "staff-password"))
        serve = ["runserver", "--noreload", "--insecure", f"127.0.0.1:{PORT}"]
        shop = subprocess.Popen(
            [str(SHOP_PYTHON), str(HERE / "manage.py"), *serve], env=environment()
        )
        print(f"\nThe shop: http://127.0.0.1:{PORT}/")
        print(f"Its staff: http://127.0.0.1:{PORT}/dashboard/ as staff@oscar.example,")
        print(f"           password in {HOME / 'staff-password'}")
        print(f"Its database, full of tokens: {HOME / 'shop.db'}\n", flush=True)
        try:
            shop.wait()
        finally:
            shop.terminate()
            shop.wait()
    finally:
        vault.send_signal(signal.SIGTERM)
        vault.wait()


def _end(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    with suppress(KeyboardInterrupt):
        main()
