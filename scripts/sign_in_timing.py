"""Measures whether a known and an unknown address can be told apart by the time of an answer.

Run it from the repository: `.venv/bin/python -m scripts.sign_in_timing --rounds 60`. It starts
nothing and opens no port: it asks the staff's site in this process, known and unknown by turns,
against a database in memory, and prints medians. There is no limit in it that could fail: time on
a shared machine proves nothing by itself; that the work is the same is tested.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import click
import django
import msgspec
from django.conf import settings

from shopward.console.settings import django_settings
from shopward.identity import secret_file
from shopward.settings import IdentitySettings, Settings

KNOWN: Final = "robin@shop.example"
UNKNOWN: Final = "nobody@shop.example"


def record(*_: object, **__: object) -> None:
    """Events go nowhere here."""


def prepare(folder: Path) -> None:
    """Django on an empty database with one person in it."""
    secret = folder / "identity.key"
    secret_file.ensure(secret)
    house = msgspec.structs.replace(
        Settings(),
        identity=IdentitySettings(secret=secret, breached_passwords=folder / "none"),
    )
    values = django_settings(house, "of-no-installation")
    values["DATABASES"]["default"]["NAME"] = str(folder / "console.db")
    seams = dict.fromkeys(("RECORD_EVENT", "QUEUE_MAIL"), f"{__name__}.record")
    settings.configure(**{**values, **seams})
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    call_command("migrate", verbosity=0)


def person() -> None:
    """Somebody with a password and an app."""
    from shopward import clock  # noqa: PLC0415 - as above
    from shopward.identity.web import codes, passwords  # noqa: PLC0415 - as above
    from shopward.identity.web.models import Account, Realm  # noqa: PLC0415 - as above

    account = Account.objects.create(realm=Realm.STAFF, email=KNOWN)
    passwords.put(account, passwords.encode("violet kettle orbits slowly"), clock.now())
    codes.bind_totp(account, "00", 0)


def asker() -> Callable[[str], float]:
    """What asks once with a wrong password, and says how many milliseconds it took."""
    from django.test import Client  # noqa: PLC0415 - as above

    from shopward.console.sites import SCOPE_KEY  # noqa: PLC0415 - as above
    from shopward.identity.web.models import Throttle  # noqa: PLC0415 - as above

    host = settings.SITES["staff"].origin.removeprefix("https://")
    scope: dict[str, Any] = {"secure": True, SCOPE_KEY: "staff"}

    def ask(email: str) -> float:
        Throttle.objects.all().delete()  # a pause would answer without any work, for both alike
        visitor = Client(headers={"host": host})
        form = {"email": email, "password": "not the right one"}
        began = perf_counter()
        answer = visitor.post("/sign-in/", form, **scope)
        took = (perf_counter() - began) * 1000
        if answer.status_code != 403:
            raise SystemExit(f"shopward: error: answered {answer.status_code}")
        return took

    return ask


@click.command()
@click.option("--rounds", default=60, show_default=True, type=click.IntRange(5, 1000))
def main(rounds: int) -> None:
    """Ask known and unknown by turns and print the medians."""
    logging.disable(logging.WARNING)  # a refusal is no news here
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        person()
        ask = asker()
        for email in (KNOWN, UNKNOWN) * 3:
            ask(email)
        took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
        for turn in range(rounds):
            for email in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
                took[email].append(ask(email))
    known, unknown = (statistics.median(took[one]) for one in (KNOWN, UNKNOWN))
    print(f"known   median {known:7.1f} ms")
    print(f"unknown median {unknown:7.1f} ms")
    print(f"apart   {abs(known - unknown) / max(known, unknown):7.1%} ({rounds} rounds each)")


if __name__ == "__main__":
    main()
