"""Measures whether known and unknown customers differ in time: `python -m tests.pages.timing`.

A new installation signs one customer up. Then a stranger sends four forms by turns, about her
address and about one that nobody has: sign-in with a wrong password, sign-up, reset, and a wrong
code of each. Printed are medians of the whole request, as a browser waits for it, and for how long
the two processes had a processor for it, which neighbours do not change. Nothing here can fail.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from tests.browser.public_site import CODE
from tests.pages.__main__ import worked
from tests.pages.office import PUBLIC, Office, Reader, furnished

KNOWN: Final = "known@mail.example"
NUMBERS: Final = count()
SENT_S: Final = 30.0
SETTLED_S: Final = 0.2
"""After an answer the outbox and the mail go on for a moment; that is work too."""


def unknown() -> str:
    """An address that nobody has; another one each time, since a sign-up stores it."""
    return f"nobody{next(NUMBERS)}@mail.example"


def sign_up(office: Office) -> None:
    """One customer with a passkey."""
    with closing(Reader(office, PUBLIC)) as ada:
        ada.post("/sign-up/", {"email": KNOWN})
        end = time.monotonic() + SENT_S
        while not (mails := sorted((office.home / "mail").glob("*.eml"))):
            assert time.monotonic() < end, "no mail has left"
            time.sleep(0.1)
        found = CODE.search(mails[-1].read_text())
        assert found is not None
        assert ada.post("/sign-up/code/", {"code": found[1]}).status_code == 302
        assert ada.add_passkey().status_code == 302


def forms(office: Office) -> dict[str, Callable[[str], float]]:
    """What is sent, by name; each says how many milliseconds its answer took."""

    def send(steps: list[tuple[str, dict[str, str]]], email: str) -> float:
        forget(office)
        with closing(Reader(office, PUBLIC)) as stranger:
            for path, form in steps:
                said = {name: value.format(email=email) for name, value in form.items()}
                token = stranger.form_token(path)
                began = time.perf_counter()
                answer = stranger.ask("POST", path, {"csrfmiddlewaretoken": token, **said})
                took = (time.perf_counter() - began) * 1000
                assert answer.status_code in (302, 403), answer.text
        return took

    address, wrong = {"email": "{email}"}, {"code": "12345678"}
    steps = {
        "sign-in": [("/sign-in/", {**address, "password": "not the right one"})],
        "sign-up": [("/sign-up/", address)],
        "reset": [("/forgotten/", address)],
        "code of a sign-up": [("/sign-up/", address), ("/sign-up/code/", wrong)],
        "code of a reset": [("/forgotten/", address), ("/forgotten/code/", wrong)],
    }
    return {name: partial(send, one) for name, one in steps.items()}


def forget(office: Office) -> None:
    """No limit refuses: a pause would answer without any work, for both alike."""
    with closing(sqlite3.connect(office.home / "console" / "console.db", timeout=20)) as database:
        database.execute("DELETE FROM identity_throttle")
        database.commit()


def say(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Prints one row of a table for each form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="shopward-") as folder,
        furnished(Path(folder)) as office,
    ):
        office.start("serve", "--create")
        office.start("console")
        office.register()
        sign_up(office)
        pids = [office.pid("serve"), office.pid("console")]
        say("| form | known | unknown | apart | work of both planes | apart |")
        say("|---|---|---|---|---|---|")
        for name, ask in forms(office).items():
            took, work = measured(ask, rounds, pids)
            told = f"{told_ms(took)} | {work[0]:.0f} and {work[1]:.0f} ms | {apart(work):.1%}"
            say(f"| {name} | {told} |")


def measured(
    ask: Callable[[str], float], rounds: int, pids: list[int]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Medians of the time, and means of the work, of known and unknown."""
    took: dict[bool, list[float]] = {True: [], False: []}
    work = {True: 0.0, False: 0.0}
    for turn in range(rounds):
        for is_known in (True, False) if turn % 2 else (False, True):
            before = worked(pids)
            took[is_known].append(ask(KNOWN if is_known else unknown()))
            time.sleep(SETTLED_S)
            work[is_known] += worked(pids) - before
    known, other = (statistics.median(took[one]) for one in (True, False))
    return (known, other), (work[True] / rounds, work[False] / rounds)


def told_ms(two: tuple[float, float]) -> str:
    """Both, and how far they are apart."""
    return f"{two[0]:.0f} ms | {two[1]:.0f} ms | {apart(two):.1%}"


def apart(two: tuple[float, float]) -> float:
    """By which part of the larger one they differ."""
    return abs(two[0] - two[1]) / max(two)


if __name__ == "__main__":
    main()
