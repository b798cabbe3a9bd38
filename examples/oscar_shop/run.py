"""Runs the example shop on this machine: a vault, its web pages, the shop, and where to look.

    run.py           the shop, protected, with Shopward beside it
    run.py --plain   the same shop without Shopward, to compare

`make example` starts it with the product's environment; the shop itself runs in one of its own. All
data stays in `var/example` (`EXAMPLE_HOME`), and everything listens on loopback alone: the shop on
`EXAMPLE_PORT`, the rest on the four ports above.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from shopward import settings
from shopward.console import asserting
from shopward.vault import keystore
from shopward_client import Client, ShopwardError

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
IS_PLAIN: Final = "--plain" in sys.argv[1:]
_HOME: Final = "var/example-plain" if IS_PLAIN else "var/example"
HOME: Final = Path(os.environ.get("EXAMPLE_HOME", ROOT / _HOME)).resolve()
SHOP_PYTHON: Final = ROOT / ".venv-example" / "bin" / "python"
PORT: Final = int(os.environ.get("EXAMPLE_PORT", "8741"))
SHOP: Final = f"http://127.0.0.1:{PORT}"
PAGES: Final = f"https://shopward.localhost:{PORT + 2}"
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
tcp = "127.0.0.1:{vault}"
socket = "run/api.sock"
admin_socket = "run/admin.sock"

[console]
public = "127.0.0.1:{public}"
staff = "127.0.0.1:{staff}"
http = "127.0.0.1:{http}"
database = "console/console.db"
copy = "console/accounts.copy"
secret_key = "console/cookies.key"
signing_key = "console/signing.key"

[identity]
secret = "console/identity.key"
breached_passwords = "console/breached.bin"
oidc_keys = "console/oidc-keys"
"""


def main() -> None:
    """Start everything, say where it is, and end it together."""
    for name in ("store", "keys", "run", "console", "media", "static", "log", "mailboxes"):
        (HOME / name).mkdir(parents=True, mode=0o700, exist_ok=True)
    with ExitStack() as running:
        _secret("secret")
        if not IS_PLAIN:
            start_shopward(running)
        run_in_shop("manage.py", "migrate", "-v0")
        if not (HOME / "staff-password").exists():
            if not IS_PLAIN:
                run_in_shop("manage.py", "shopward_attach")
            run_in_shop("fill.py", str(HOME / "staff-password"))
            run_in_shop("manage.py", "rebuild_index", "--noinput", "-v0")
        serve = [str(HERE / "manage.py"), "runserver", "--noreload", "--insecure"]
        shop = _start(running, [str(SHOP_PYTHON), *serve, f"127.0.0.1:{PORT}"], environment())
        _wait_for_port(PORT)
        tell()
        shop.wait()


def start_shopward(running: ExitStack) -> None:
    """The data plane and the web pages, the shop known to both."""
    is_new = furnish()
    command = [sys.executable, "-m", "shopward", "--config", str(HOME / "shopward.toml")]
    _start(running, [*command, "serve", *(["--create"] if is_new else [])])
    with Client(f"unix:{HOME / 'run' / 'admin.sock'}") as operator:
        _wait(operator)
        if not (HOME / "credential").exists():
            key = asserting.signer_of(settings.load(HOME / "shopward.toml")).vkey
            operator.add_caller(asserting.NAME, "control-plane", key=key)
            made = operator.add_caller("oscar", "shop-backend")
            _write("credential", made.credential or "")
    _start(running, [*command, "console"])
    _wait_for_port(PORT + 2)
    if not (HOME / "sign-in.json").exists():
        _write("sign-in.json", json.dumps(register(command)))


def furnish() -> bool:
    """Settings, passphrase and keystore; whether they are new."""
    if (HOME / "shopward.toml").exists():
        return False
    keystore.create(HOME / "keys" / "keystore.json", _secret("keys/passphrase").encode())
    ports = {"vault": PORT + 1, "public": PORT + 2, "staff": PORT + 3, "http": PORT + 4}
    text = SETTINGS.format(policy=HERE / "policy.toml", **ports)
    (HOME / "shopward.toml").write_text(text, "utf-8")
    return True


def register(command: list[str]) -> dict[str, str]:
    """The shop as a client of the OpenID provider: what it has to know of that."""
    places = ["--redirect", f"{SHOP}/shopward/signed-in/", "--after-sign-out", f"{SHOP}/"]
    adding = [*command, "oidc", "client", "add", "oscar", *places, "--title", "Oscar Example"]
    for _ in range(int(START_S)):
        done = subprocess.run(adding, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            made = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
            ca = {"ca_file": str(HOME / "tls" / "root.pem")}
            return {name: made[name] for name in ("issuer", "client_id", "client_secret")} | ca
        time.sleep(1)
    raise SystemExit(f"The shop could not be registered: {done.stderr}")


def environment() -> dict[str, str]:
    """What the shop's process is told."""
    given = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "OSCAR_DATABASE": str(HOME / "shop.db"),
        "OSCAR_SECRET": (HOME / "secret").read_text("utf-8"),
        "OSCAR_INDEX": str(HOME / "index"),
        "OSCAR_MEDIA": str(HOME / "media"),
        "OSCAR_STATIC": str(HOME / "static"),
        "OSCAR_LOG": str(HOME / "log" / "shop.log"),
        "OSCAR_MAIL": "django.core.mail.backends.filebased.EmailBackend",
        "OSCAR_MAILBOX": str(HOME / "mailboxes"),
    }
    if not IS_PLAIN:
        given |= {
            "OSCAR_OIDC": str(HOME / "sign-in.json"),
            "SHOPWARD_URL": f"http://127.0.0.1:{PORT + 1}",
            "SHOPWARD_CREDENTIAL": str(HOME / "credential"),
        }
    return given


def run_in_shop(script: str, *arguments: str) -> None:
    """One program of the shop, to its end."""
    command = [str(SHOP_PYTHON), str(HERE / script), *arguments]
    subprocess.run(command, check=True, env=environment())


def tell() -> None:
    """Say where everything is."""
    print(f"\nThe shop:            {SHOP}/")
    print(f"Its staff:           {SHOP}/dashboard/ as staff@oscar.example,")
    print(f"                     password in {HOME / 'staff-password'}")
    print(f"Mails that it sent:  {HOME / 'mailboxes'}")
    print(f"Its database:        {HOME / 'shop.db'}")
    if not IS_PLAIN:
        print(f"\nCustomers see who looked:  {PAGES}/account/  (sign up, then sign in to the shop)")
        print(f"Mails with their codes:    {HOME / 'mail'}")
        print("\nLook whether anything leaks, in another terminal:")
        print(f"  .venv/bin/shopward --config {HOME / 'shopward.toml'} leak-scan \\")
        print(f"    --shop {SHOP} --recipe {HERE / 'leak-scan.toml'} \\")
        print(f"    database={HOME / 'shop.db'} logs={HOME / 'log'} index={HOME / 'index'}")
    print(flush=True)


def _start(
    running: ExitStack, command: list[str], env: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """One process, which ends with the others."""
    process = subprocess.Popen(command, env=env)

    def end() -> None:
        process.send_signal(signal.SIGTERM)
        process.wait()

    running.callback(end)
    return process


def _wait(operator: Client) -> None:
    for _ in range(int(START_S * 5)):
        try:
            operator.healthz()
        except ShopwardError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The vault did not start.")


def _wait_for_port(port: int) -> None:
    for _ in range(int(START_S * 5)):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise SystemExit(f"Nothing listens on port {port}: it did not start.")


def _secret(name: str) -> str:
    """A secret of its own, in a file; made when it is not there."""
    if not (HOME / name).exists():
        _write(name, secrets.token_urlsafe(36))
    return (HOME / name).read_text("utf-8")


def _write(name: str, text: str) -> None:
    (HOME / name).touch(mode=0o600)
    (HOME / name).write_text(text, "utf-8")


def _end(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    with suppress(KeyboardInterrupt):
        main()
