"""The vault against a model of it: dictionaries that say what every answer must be."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shopward.errors import ConflictError, DeniedError, ErasedError, NotFoundError
from shopward.vault.operation import Settled
from tests.postgres.engine import Engine
from tests.vault.service_world import World

CLASSES = {
    "first_name": "account",
    "email": "account",
    "phone": "account",
    "city": "order",
    "company": "order",
}
UNIQUE = ("email", "phone")
MAILS = [f"ada{number}@example.com" for number in range(4)]
PHONES = [f"+4930901820{number:02}" for number in range(4)]
TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=12)
FIELDS = st.fixed_dictionaries(
    {"city": TEXTS},
    optional={
        "first_name": TEXTS,
        "company": TEXTS,
        "email": st.sampled_from(MAILS),
        "phone": st.sampled_from(PHONES),
    },
)
CHANGES = st.dictionaries(st.sampled_from(list(CLASSES)), st.none() | TEXTS, min_size=1).map(
    lambda made: {name: _of_its_form(name, value) for name, value in made.items()}
)


def _of_its_form(name: str, value: str | None) -> str | None:
    if value is None or name not in UNIQUE:
        return value
    return (MAILS if name == "email" else PHONES)[len(value) % 4]


@dataclass
class Customer:
    """What the model knows of one customer."""

    fields: dict[str, str]
    external: str | None = None
    is_erased: bool = False


@dataclass
class Fact:
    """What the model knows of one fact."""

    subject: str
    state: str = "open"
    expires: datetime | None = None
    version: int = 1


@dataclass
class Model:
    """Everything the vault should know."""

    customers: dict[str, Customer] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    entries: int = 0

    def owner(self, name: str, value: str) -> str | None:
        for subject, one in self.customers.items():
            if not one.is_erased and one.fields.get(name) == value:
                return subject
        return None

    def taken(self, fields: dict[str, str | None], by: str | None = None) -> bool:
        owners = [self.owner(name, fields.get(name) or "-") for name in UNIQUE]
        return any(owner not in (None, by) for owner in owners)

    def reason_against(self, fact: str, subject: str, now: datetime) -> str | None:
        known = self.facts.get(fact)
        if known is None:
            return "fact-unknown"
        if known.subject != subject:
            return "fact-foreign"
        if known.state != "open":
            return "fact-closed"
        return "fact-expired" if known.expires and known.expires <= now else None


class VaultMachine(RuleBasedStateMachine):
    """Store, look, change, erase, state facts, let time pass, restart: in any order."""

    subjects = Bundle("subjects")
    facts = Bundle("facts")

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.world = World(folder, place=engine.place(folder))
        self.model = Model(entries=self.world.size)

    def teardown(self) -> None:
        self.world.end()
        self.engine.drop(Path(self.folder.name))
        self.folder.cleanup()

    def done(self, settled: Settled) -> Settled:
        """Every answer has an entry of its own, the next one."""
        assert settled.position == self.model.entries
        self.model.entries += 1
        return settled

    @rule(target=subjects, fields=FIELDS, has_id=st.booleans())
    def store(self, fields: dict[str, str], *, has_id: bool) -> str:
        external = f"own-{len(self.model.customers)}" if has_id else None
        expects_conflict = self.model.taken(dict(fields))
        settled = self.done(self.world.do(self.world.storing(fields, external=external)))
        if expects_conflict:
            assert isinstance(settled.error, ConflictError)
            return next(iter(self.model.customers))
        assert settled.error is None
        subject: str = settled.value[0]
        self.model.customers[subject] = Customer(dict(fields), external)
        return subject

    @rule(subject=subjects, names=st.sets(st.sampled_from(list(CLASSES)), min_size=1))
    def reveal(self, subject: str, names: set[str]) -> None:
        asked = sorted(names)
        settled = self.done(self.world.do(self.world.revealing(subject, *asked)))
        customer = self.model.customers[subject]
        if customer.is_erased:
            assert isinstance(settled.error, ErasedError)
            assert settled.value is None
        else:
            expected = {name: customer.fields.get(name) for name in asked}
            assert settled.value == (subject, expected)

    @rule(subject=subjects)
    def reveal_by_own_id(self, subject: str) -> None:
        customer = self.model.customers[subject]
        reference = f"external:{customer.external or 'nobody'}"
        settled = self.done(self.world.do(self.world.revealing(reference, "city")))
        if customer.external is None or customer.is_erased:
            assert isinstance(settled.error, NotFoundError)
        else:
            assert settled.value == (subject, {"city": customer.fields.get("city")})

    @rule(mail=st.sampled_from(MAILS))
    def search(self, mail: str) -> None:
        settled = self.done(self.world.do(self.world.searching(mail.upper())))
        assert settled.error is None
        assert settled.value == self.model.owner("email", mail)

    @rule(subject=subjects, changes=CHANGES)
    def update(self, subject: str, changes: dict[str, str | None]) -> None:
        customer = self.model.customers[subject]
        settled = self.done(self.world.do(self.world.updating(subject, changes)))
        if customer.is_erased:
            assert isinstance(settled.error, ErasedError)
        elif self.model.taken(changes, by=subject):
            assert isinstance(settled.error, ConflictError)
        else:
            assert settled.error is None
            for name, value in changes.items():
                customer.fields.pop(name, None)
                if value is not None:
                    customer.fields[name] = value

    @rule(subject=subjects, classes=st.sets(st.sampled_from(["account", "order"])))
    def erase(self, subject: str, classes: set[str]) -> None:
        customer = self.model.customers[subject]
        settled = self.done(self.world.do(self.world.erasing(subject, *sorted(classes))))
        if customer.is_erased:
            assert isinstance(settled.error, ErasedError)
            return
        there = {CLASSES[name] for name in customer.fields}
        going = tuple(sorted(there & classes if classes else there))
        assert settled.value == (subject, going, [])
        if classes:
            customer.fields = {
                name: value
                for name, value in customer.fields.items()
                if CLASSES[name] not in classes
            }
            return
        customer.is_erased, customer.fields = True, {}
        for name in [name for name, fact in self.model.facts.items() if fact.subject == subject]:
            del self.model.facts[name]

    @rule(
        target=facts,
        number=st.integers(1, 4),
        subject=subjects,
        is_open=st.booleans(),
        lasts_h=st.none() | st.integers(-1, 3),
    )
    def state_fact(self, number: int, subject: str, lasts_h: int | None, *, is_open: bool) -> str:
        name, state = f"order:{number}", "open" if is_open else "closed"
        expires = None if lasts_h is None else self.world.now + timedelta(hours=lasts_h)
        stating = self.world.stating(name, subject, state, expires=expires)
        settled = self.done(self.world.do(stating))
        known = self.model.facts.get(name)
        if self.model.customers[subject].is_erased:
            assert isinstance(settled.error, ErasedError)
        elif known is not None and known.subject != subject:
            assert isinstance(settled.error, ConflictError)
        else:
            version = known.version + 1 if known else 1
            assert settled.value == version
            self.model.facts[name] = Fact(subject, state, expires, version)
        return name

    @rule(subject=subjects, fact=facts)
    def reveal_on_a_fact(self, subject: str, fact: str) -> None:
        look = self.world.revealing(subject, "city", role="warehouse", purpose="fulfil", fact=fact)
        settled = self.done(self.world.do(look))
        customer = self.model.customers[subject]
        reason = self.model.reason_against(fact, subject, self.world.vault.moment())
        if customer.is_erased:
            assert isinstance(settled.error, ErasedError)
        elif reason is not None:
            assert isinstance(settled.error, DeniedError)
            assert settled.error.reason == reason
        else:
            assert settled.value == (subject, {"city": customer.fields.get("city")})

    @rule(target=facts, fact=consumes(facts))
    def keep_fact(self, fact: str) -> str:
        return fact

    @rule(minutes=st.integers(-90, 180))
    def pass_time(self, minutes: int) -> None:
        self.world.pass_time(minutes=minutes)

    @precondition(lambda self: self.model.entries > 4)
    @rule()
    def restart(self) -> None:
        self.world.reopen()
        self.model.entries += 1

    @invariant()
    def the_ledger_has_an_entry_for_each_answer(self) -> None:
        assert self.world.size == self.model.entries


def test_the_vault_answers_as_its_model_does(engine: Engine) -> None:
    few = settings(max_examples=12, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(lambda: VaultMachine(engine), settings=few)
