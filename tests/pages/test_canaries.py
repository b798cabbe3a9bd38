"""Values that exist nowhere else go through every page; afterwards only the vault has them.

Two customers, or twenty, have one in each field. They are looked for, looked at, mistyped, sent
with broken forms and while the data plane is down; somebody is invited, a mail sent, a backup made.
Then every file of the installation is read, every row, session, mail and log line, and every page.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.pages import residue, tour
from tests.pages.office import Office, Reader, furnished, signed_in

MARK = "q" + secrets.token_hex(5)
"""Stands in every canary but the phone numbers."""
EXTRA = """
[[allow]]
role = "owner"
purpose = "support"
fields = [
  "company", "address1", "address2", "postcode", "province", "note", "tags", "accepts_marketing",
  "vat_id",
]
"""
"""The owner may see everything here, so that everything goes through the control plane."""


def customer(number: int) -> dict[str, str]:
    """A value of its own in each field; a country is one of a list and has none."""
    names = ("first_name", "last_name", "company", "address1", "address2", "city", "postcode")
    names += ("province", "note", "tags", "accepts_marketing", "vat_id")
    marked = {name: f"{MARK}{number:02}{at:02}" for at, name in enumerate(names)}
    phone = f"+49309{secrets.randbelow(10**8):08}"
    return {**marked, "email": f"{MARK}{number:02}@shop.example", "phone": phone, "country": "DE"}


@dataclass(slots=True)
class Day:
    """What was done, and whatever came back that was no answer to a look."""

    office: Office
    mara: Reader
    customers: list[dict[str, str]]
    tokens: list[str] = field(default_factory=list)
    seen: list[httpx2.Response] = field(default_factory=list)
    said: list[tuple[str, bytes]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)

    def note(self, answer: httpx2.Response, *statuses: int) -> None:
        """An answer in which no canary may be."""
        assert answer.status_code in (statuses or (200,)), answer.request.url.path
        where = f"{answer.status_code} to {answer.request.method} {len(self.said)}"
        self.said.append((where, answer.content))
        self.note_address(answer)

    def note_address(self, answer: httpx2.Response) -> None:
        """Where it leads, and what else its head says."""
        self.said.append((f"head of {len(self.said)}", str(answer.headers).encode()))

    def values(self) -> list[str]:
        phones = [one["phone"] for one in self.customers]
        return [MARK, *phones, *(one.removeprefix("+49") for one in phones)]


@pytest.fixture(scope="module", params=[2, pytest.param(20, marks=pytest.mark.slow)])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "tmp").mkdir()
    more = {"TMPDIR": str(folder / "tmp"), "SHOPWARD_BACKUP_FOLDER": str(folder / "backups")}
    with furnished(folder, **more) as office:
        policy = office.home / "policy.toml"
        text = policy.read_text("utf-8").replace("rate_per_minute = 120", "rate_per_minute = 60000")
        policy.write_text(text + EXTRA, "utf-8")
        with signed_in(office) as mara:
            made = Day(office, mara, [customer(number) for number in range(request.param)])
            _store(made)
            things = tour.furnish(office, mara, made.tokens[0])
            with office.operator() as operator:
                operator.start_job("backup")
            _look(made)
            _mistype(made)
            _everywhere(made, things)
            _break(made)
            with office.operator() as operator:
                rows = operator.entries(0, 1000).entries
                made.said += [("an entry", (row.details or "").encode()) for row in rows]
                made.said += [("a job", repr(job).encode()) for job in operator.jobs()]
            made.files = list(residue.texts(folder))
        office.close()
        yield made


def _store(day: Day) -> None:
    with day.office.caller("shop-backend") as shop, day.office.caller("order-system") as orders:
        for number, values in enumerate(day.customers):
            day.tokens.append(shop.store(values).subject)
            orders.put_fact(f"ticket:{number}", day.tokens[-1], "open")


def _look(day: Day) -> None:
    """Finds each customer by mail and phone, and looks at every field."""
    for number, values in enumerate(day.customers):
        why = {"purpose": "support", "fact": f"ticket:{number}"}
        for by in ("email", "phone"):
            found = day.mara.post("/customers/", {"by": by, "value": values[by], **why})
            assert found.headers["Location"] == f"/customers/{day.tokens[number]}/"
            day.note(found, 302)
        asked = {"names": list(values), **why}
        shown = day.mara.post(f"/customers/{day.tokens[number]}/", asked)
        day.note_address(shown)
        day.seen.append(shown)


def _mistype(day: Day) -> None:
    """Every form with canaries where they do not belong. A form shows what was typed: no more."""
    values, token = day.customers[0], day.tokens[0]
    why = {"purpose": "support", "fact": "ticket:0"}
    forms: list[tuple[str, dict[str, object]]] = [
        ("/customers/", {"by": "token", "value": values["email"]}),
        ("/customers/", {"by": "token", "value": values["note"], **why}),
        ("/customers/", {"by": "email", "value": values["note"], **why}),
        ("/customers/", {"by": "phone", "value": values["note"], **why}),
        ("/customers/", {"by": "email", "value": values["email"], "purpose": "support"}),
        ("/customers/", {"by": "email", "value": values["email"], "purpose": "marketing"}),
        ("/customers/", {"by": values["note"], "value": values["note"], **why}),
        ("/customers/", {"by": "email", "value": values["email"], "fact": values["note"]}),
        (f"/customers/{token}/", {"names": ["city"], **why, "fact": values["note"]}),
        (f"/customers/{token}/", {"names": ["city"], **why, "fact": "ticket:99"}),
        (f"/customers/{token}/", {"names": [values["city"]], **why}),
        (f"/customers/{token}/", {"names": ["city"], "purpose": values["note"]}),
        ("/policy/ask/", {"role": "support", "purpose": "support", "names": ["city"],
                          "subject": values["email"], "fact": "ticket:99"}),
        ("/policy/compare/", {"text": f"[shop]\nname = '{values['company']}'\n{values['note']}"}),
    ]  # fmt: skip
    for path, form in forms:
        answer = day.mara.post(path, form)
        assert answer.status_code in (200, 302, 403), (path, answer.status_code)
        day.note_address(answer)
    for told in (values["email"], values["note"]):
        mistyped = day.mara.get(f"/customers/{told}/")
        assert mistyped.status_code == 404
        day.note_address(mistyped)
    day.note(day.mara.ask("POST", "/customers/", {"value": values["email"]}), 403)
    big = {"file": ("export.csv", (values["note"] + "\n").encode() * 300_000)}
    day.note(day.mara.ask("POST", "/customers/", {"value": values["email"]}, files=big), 403)


def _everywhere(day: Day, things: tour.Things) -> None:
    """Every page after all that: none keeps what another one showed."""
    for path in tour.INSIDE:
        day.note(day.mara.get(things.at(path)), 404 if "nothing" in path else 200)
    for path in tour.FILES:
        day.note(day.mara.get(things.at(path)))
    stranger = day.office.reader()
    with closing(stranger):
        for path in (*tour.OUTSIDE, *tour.PASSING, "/customers/"):
            day.note(stranger.get(things.at(path)), 200, 302, 404)
        typed = {"email": day.customers[0]["email"], "password": day.customers[0]["note"]}
        day.note_address(stranger.post("/sign-in/", typed))


def _break(day: Day) -> None:
    """Pages that fail while a value is in their hands: no data plane, and no table of sessions."""
    values, token = day.customers[0], day.tokens[0]
    look = {"by": "email", "value": values["email"], "purpose": "support", "fact": "ticket:0"}
    form = {"csrfmiddlewaretoken": day.mara.form_token("/customers/"), **look}
    day.office.stop("serve")
    assert day.mara.ask("POST", "/customers/", form).status_code == 200
    shown = {**form, "names": ["city"]}
    assert day.mara.ask("POST", f"/customers/{token}/", shown).status_code == 200
    day.office.start("serve")
    database = day.office.home / "console" / "console.db"
    for old, new in (("django_session", "away"), ("away", "django_session")):
        with closing(sqlite3.connect(database, timeout=30)) as direct:
            direct.execute(f"ALTER TABLE {old} RENAME TO {new}")
            direct.commit()
        if new == "away":
            broken = day.mara.ask("POST", "/customers/", form)
            day.note(broken, 500)
            assert broken.text.startswith("Something unexpected happened.")
            assert broken.headers["Cache-Control"] == "no-store"


def test_every_value_was_shown_once_it_was_asked_for(day: Day) -> None:
    assert len(day.seen) == len(day.customers)
    for answer, values in zip(day.seen, day.customers, strict=True):
        assert [name for name, value in values.items() if value not in answer.text] == []
        assert answer.headers["Cache-Control"] == "no-store"


def test_no_other_answer_has_one(day: Day) -> None:
    assert len(day.said) > 80
    assert residue.places(day.values(), day.said) == set()


def test_no_file_of_the_installation_has_one(day: Day) -> None:
    assert residue.places(day.values(), day.files) == set()
    assert residue.places(day.values(), residue.texts(day.office.shop.folder)) == set()
    seen = {place.partition(".db ")[2].partition(".")[0] for place, _ in day.files}
    assert seen >= {"console_event", "console_task", "console_mail", "django_session"}
    for kind in (", unpacked", ", decoded", "console.log", "serve.log"):
        assert any(place.endswith(kind) for place, _ in day.files), kind


def test_the_failure_was_written_to_the_log_without_what_it_was_about(day: Day) -> None:
    said = day.office.words("console")

    assert re.search(r"^500 POST .*OperationalError at \S+:\d+$", said, re.MULTILINE)
    assert "Traceback" not in said
    assert "no such table" not in said


def test_no_temporary_file_is_left(day: Day) -> None:
    assert list((day.office.shop.folder / "tmp").iterdir()) == []


# --- the scan finds what it looks for ------------------------------------------------------------


def _in_a_task(folder: Path, value: str) -> None:
    _execute(folder, "UPDATE console_task SET arguments = ?", json.dumps({"of": value}))


def _in_an_event(folder: Path, value: str) -> None:
    _execute(folder, "UPDATE console_event SET about = ?", f"city={value}")


def _in_a_mail(folder: Path, value: str) -> None:
    _execute(folder, "UPDATE console_mail SET text = ?", value)


def _in_a_session(folder: Path, value: str) -> None:
    packed = base64.urlsafe_b64encode(zlib.compress(value.encode())).decode().rstrip("=")
    _execute(folder, "UPDATE django_session SET session_data = ?", f".{packed}:x:y")


def _in_a_sent_mail(folder: Path, value: str) -> None:
    body = base64.b64encode(value.encode()).decode()
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    (folder / "var" / "mail" / "0.eml").write_text(head + body)


def _in_the_log(folder: Path, value: str) -> None:
    with (folder / "console.log").open("a") as log:
        log.write(f"500 GET customers/{value}\n")


def _in_a_temporary_file(folder: Path, value: str) -> None:
    (folder / "tmp" / "upload").write_bytes(value.encode("utf-16-le"))


def _execute(folder: Path, statement: str, value: str) -> None:
    with closing(sqlite3.connect(folder / "var" / "console" / "console.db")) as database:
        assert database.execute(statement, (value,)).rowcount > 0
        database.commit()


PLANTED: list[Callable[[Path, str], None]] = [
    _in_a_task,
    _in_an_event,
    _in_a_mail,
    _in_a_session,
    _in_a_sent_mail,
    _in_the_log,
    _in_a_temporary_file,
]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda one: one.__name__.strip("_"))
def test_a_canary_that_is_planted_is_found(
    day: Day, tmp_path: Path, plant: Callable[[Path, str], None]
) -> None:
    for name in ("var/console", "var/mail", "tmp"):
        shutil.copytree(day.office.shop.folder / name, tmp_path / name)
    value = day.customers[-1]["city"]
    assert residue.places(day.values(), residue.texts(tmp_path)) == set()
    plant(tmp_path, value)

    assert residue.places(day.values(), residue.texts(tmp_path)) != set()
