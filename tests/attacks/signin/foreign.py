"""Tools that others wrote for attackers: hydra guesses passwords, sqlmap tries to inject SQL."""

from __future__ import annotations

import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from shopward.identity.throttle import PERSON
from tests.attacks.signin import people
from tests.attacks.signin.copy import Copy
from tests.attacks.signin.limits import FAILED
from tests.attacks.signin.people import NotReadyError
from tests.attacks.signin.relay import NOTES, Relay, relaying
from tests.attacks.signin.verdict import Battery, Tally
from tests.debian import PATH, program

TASKS = 4
WORDS = 30
RIGHT_ONE = 24
"""Where in hydra's list the right one stands: after more than are verified."""
LONGEST_S = 420
FOUND = re.compile(r"login: \S+ +password: (.+)")
INJECTED, CLEAN = "identified the following injection point", "do not appear to be injectable"
FORMS = (
    ("/sign-in/", "email=ada@mail.example&password=violet"),
    ("/sign-up/", "email=ada@mail.example"),
    ("/forgotten/", "email=ada@mail.example"),
    ("/guest/", "order=4711&email=ada@mail.example"),
    ("/verify/", "pasted=ABCD-EFGH-2345"),
    ("/verify/?code=ABCD-EFGH-2345", ""),
    ("/sign-in/?next=/account/&login_hint=ada", ""),
    ("/oidc/authorize/?client_id=attacked-shop&scope=openid&state=s", ""),
    ("/oidc/token/", "grant_type=refresh_token&client_id=attacked-shop&refresh_token=x"),
)


def typed(folder: str, *words: str) -> str:
    """What a tool said; it is stopped when it takes too long.

    Raises:
        NotReadyError: It was.
    """
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env={"PATH": PATH, "HOME": folder, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotReadyError(f"{Path(words[0]).name} took longer than {LONGEST_S} s") from None
    return done.stdout.decode("utf-8", "replace")


def hydra(copy: Copy) -> Tally:
    """A list of passwords with the right one in it, at the form of the sign-in."""
    tool, person, before = program("hydra", "hydra"), people.customer(copy), copy.count(FAILED)
    words = [f"not this one {number}" for number in range(WORDS)]
    words[RIGHT_ONE] = person.password
    with tempfile.TemporaryDirectory(prefix="sw-") as folder, relaying(copy) as relay:
        (Path(folder) / "words").write_text("\n".join(words) + "\n")
        form = "/sign-in/:email=^USER^&password=^PASS^:S=leads to /account/"
        fixed = ("-l", person.email, "-P", "words", "-t", str(TASKS), "-I", "-s", str(relay.port))
        said = typed(folder, tool, *fixed, "127.0.0.1", "http-post-form", form)
        guesses = sum(method == "POST" for method, _ in relay.answers)
    found = [one.strip() for one in FOUND.findall(said)]
    if guesses < RIGHT_ONE:
        raise NotReadyError(f"hydra made {guesses} guesses: {said[-200:]}")
    tally = Tally(guesses, int(person.password in found))
    tally.figures["verified"] = verified = copy.count(FAILED) - before
    tally.succeeded += 0 if copy.is_open else max(0, verified - PERSON.attempts)
    return tally


def sqlmap(copy: Copy) -> Tally:
    """The public forms; in the control run a page that puts SQL together by hand."""
    targets = ((f"{NOTES}?about=tea", ""),) if copy.is_open else FORMS
    tool, tally = program("sqlmap", "sqlmap"), Tally()
    with relaying(copy) as relay, ThreadPoolExecutor(TASKS) as crowd:
        for got in crowd.map(partial(is_injected, tool, relay), targets):
            tally.note(got=got)
        tally.figures["requests"] = len(relay.answers)
        tally.figures["answers 5xx"] = sum(status >= 500 for _, status in relay.answers)
    return tally


def is_injected(tool: str, relay: Relay, target: tuple[str, str]) -> bool:
    """What sqlmap says of every parameter of one address."""
    place, body = target
    form = ("--data", body) if body else ()
    with tempfile.TemporaryDirectory(prefix="sw-") as folder:
        fixed = ("--batch", "--disable-coloring", "--output-dir", folder, "--dbms", "sqlite")
        fixed += ("--technique", "BEU")
        said = typed(folder, tool, "-u", relay.url + place, *form, *fixed)
    if INJECTED in said:
        return True
    if CLEAN not in said:
        raise NotReadyError(f"sqlmap did not end with {place}: {said[-200:]}")
    return False


BATTERIES = (
    Battery(
        "foreign-hydra",
        "hydra finds no password, though the right one is in its list",
        f"{WORDS} passwords from as many networks; the {RIGHT_ONE + 1}th is hers",
        hydra,
        slow=True,
    ),
    Battery(
        "foreign-sqlmap",
        "sqlmap finds no injection in a public form or address",
        f"{len(FORMS)} addresses, each parameter; the control run: a page with SQL made by hand",
        sqlmap,
        slow=True,
    ),
)
