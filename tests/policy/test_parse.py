from __future__ import annotations

import hashlib
import re
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import PolicyError
from shopward.policy import Basis, Show, Verb, load, parse
from shopward.policy.keys import TABLES
from shopward.policy.parse import MAX_BYTES
from tests.policy.worlds import EXAMPLE, example

SMALL = """
[shop]
name = "Shop"
time_zone = "Europe/Berlin"
languages = ["en", "de"]
[classes.account]
title = "account data"
keep_days = 730
starts = "last-order"
[fields.email]
title = { en = "e-mail address", de = "E-Mail-Adresse" }
category = "user.contact.email"
retention = "account"
type = "email"
[fields.born]
title = "date of birth"
category = "user.demographic.date_of_birth"
retention = "account"
type = "date"
[purposes.support]
title = "answer your question"
use = "essential"
basis = "contract"
fact = "ticket"
[roles.clerk]
title = "the clerk"
may = ["reveal"]
[recipients.acme]
title = "Acme"
role = "clerk"
country = "DE"
[[allow]]
role = "clerk"
purpose = "support"
fields = ["email"]
"""
CONSENT = '[purposes.news]\ntitle = "send news"\nuse = "marketing"\nbasis = "consent"\n'
AGAIN = '[[allow]]\nrole = "clerk"\npurpose = "support"\nfields = ["born", "email"]\n'
MASKED = AGAIN + 'show = "domain"\n'
TAKEN = '[[deny]]\nrole = "*"\npurpose = "support"\nfields = ["born"]\n'
WRITER = '[roles.writer]\ntitle = "w"\nmay = ["facts"]\n'
FOR_WRITER = WRITER + '[[allow]]\nrole = "writer"\npurpose = "support"\nfields = ["email"]\n'


def mistakes(text: str | bytes) -> tuple[str, ...]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(PolicyError) as caught:
        parse(data)
    return caught.value.mistakes


def swapped(old: str, new: str) -> str:
    assert SMALL.count(old) >= 1
    return SMALL.replace(old, new, 1)


def test_the_small_policy_reads_as_written() -> None:
    policy = parse(SMALL.encode())
    assert policy.shop.time_zone.key == "Europe/Berlin"
    assert policy.fields["email"].title.say("de") == "E-Mail-Adresse"
    assert policy.fields["email"].title.say("fr") == "e-mail address"
    assert policy.fields["email"].max_chars == 1000
    assert policy.purposes["support"].basis is Basis.CONTRACT
    assert policy.roles["clerk"].may == {Verb.REVEAL}
    assert policy.allowances[0].show is Show.CLEAR
    assert policy.sha256 == hashlib.sha256(SMALL.encode()).hexdigest()


def test_the_conditions_of_an_allowance_are_read() -> None:
    text = SMALL + 'hours = ["08:00", 20:30:00]\nassurance = 3\nauth_age_s = 900\n'
    text += 'require = ["trained:pii"]\n'
    rule = parse(text.encode()).allowances[0]
    assert rule.hours == (time(8), time(20, 30))
    assert rule.assurance == 3
    assert rule.auth_age_s == 900
    assert rule.require == {"trained:pii"}


def test_the_example_keeps_order_tax_and_account_apart() -> None:
    policy = example()
    kept: dict[str, set[str]] = {}
    for name, field in policy.fields.items():
        kept.setdefault(field.retention, set()).add(name)
    assert kept["tax"] == {"vat_id"}
    assert {"address1", "city", "postcode"} <= kept["order"]
    assert {"email", "phone", "last_name"} <= kept["account"]
    assert policy.fields["email"].indexes == policy.fields["phone"].indexes == ("unique",)
    assert (policy.fields["email"].token, policy.fields["phone"].token) == ("mail", "phone")


BUDGET = '[[budget]]\nrole = "clerk"\npurpose = "support"\n'
OTHER = '[purposes.other]\ntitle = "see"\nuse = "essential"\nbasis = "contract"\n'
HELD = "keep_days = 730\nsurvives_erasure = true"
GROUNDED = 'keep_days = 730\nground = "a law"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (swapped('"Shop"', "3"), "shop.name: 3 is not text on one line; write"),
        (swapped('"Shop"', '"Sh\\u001bop"'), 'shop.name: "Sh?op" is not text on one line; write'),
        (swapped("name =", "nam ="), 'shop: has no key "nam"; did you mean "name"?'),
        (swapped('name = "Shop"\n', ""), "shop.name: is missing; add for example name ="),
        (SMALL.replace("[shop]", "[[shop]]"), "shop: a list is not a table; write [shop]"),
        (swapped("Europe/Berlin", "Europe/Berln"), 'did you mean "Europe/Berlin"'),
        (swapped("Europe/Berlin", "../../etc/passwd"), "shop.time_zone: "),
        (swapped("Europe/Berlin", "Europe"), "shop.time_zone: "),
        (swapped('["en", "de"]', '["en", "Deutsch"]'), 'shop.languages: "Deutsch" does not fit'),
        (swapped('["en", "de"]', '["en"]'), 'fields.email.title: "de" is not a language'),
        (swapped('["en", "de"]', "[]"), "shop.languages: the list is empty"),
        (swapped("730", "0"), "classes.account.keep_days: 0 is out of range; write a number"),
        (swapped("730", "true"), "classes.account.keep_days: true is not a whole number"),
        (swapped("last-order", "last-oder"), 'did you mean "last-order"'),
        (swapped("user.contact.email", "user.contact.emial"), 'did you mean "user.contact.email"'),
        (swapped('retention = "account"', 'retention = "acount"'), 'did you mean "account"?'),
        (swapped('type = "email"', 'type = "mail"'), 'did you mean "email"?'),
        (swapped('"essential"', '"essentail"'), 'did you mean "essential"'),
        (swapped('"contract"', '"contrct"'), 'did you mean "contract"?'),
        (swapped('fact = "ticket"', 'fact = "A Ticket"'), "is not a short name; write"),
        (swapped('["reveal"]', '["reval"]'), 'roles.clerk.may: "reval" is not known; did you'),
        (swapped('["reveal"]', '["reveal", "reveal"]'), "stands there twice; write it once"),
        (swapped('["reveal"]', '["reveal", "facts"]'), "a writer of facts must not reveal"),
        (swapped('["reveal"]', '["facts", "search", "x"]'), "a writer of facts must not reveal"),
        (swapped('role = "clerk"\ncountry', 'role = "clrk"\ncountry'), 'did you mean "clerk"?'),
        (swapped('"DE"', '"Germany"'), 'recipients.acme.country: "Germany" is not a country code'),
        (swapped('role = "clerk"\npurpose', 'role = "*"\npurpose'), 'allow[1].role: "*" is not'),
        (swapped('purpose = "support"', 'purpose = "suport"'), 'did you mean "support"?'),
        (swapped('fields = ["email"]', 'fields = ["emial"]'), 'did you mean "email"?'),
        (swapped('fields = ["email"]', 'fields = "*"'), 'allow[1].fields: "*" is not a list'),
        (swapped('fields = ["email"]', "fields = []"), "allow[1].fields: the list is empty"),
        (swapped('["email"]', '["email", "email"]'), 'allow[1].fields: "email" stands there twice'),
        (SMALL + 'show = "last5"\n', 'allow[1].show: "last5" is not known; did you mean "last4"'),
        (SMALL + 'show = "ageband"\n', '"ageband" needs a field of type date, email is email'),
        (SMALL + "assurance = 4\n", "allow[1].assurance: 4 is out of range; write a number"),
        (SMALL + 'hours = ["8", "20:00"]\n', 'allow[1].hours: "8" is not a time of day'),
        (SMALL + 'hours = ["08:00", "08:00"]\n', "allow[1].hours: from and until are the same"),
        (SMALL + 'hours = ["08:00"]\n', "allow[1].hours: a list is not two times of day"),
        (SMALL + 'require = ["trained"]\n', 'allow[1].require: "trained" does not fit'),
        (SMALL + AGAIN, "allow[2].fields: email is already given by allow[1]; write it once"),
        (SMALL + MASKED, '"domain" needs a field of type email, born is date'),
        (SMALL + TAKEN + TAKEN, "deny[2]: says the same as deny[1]; write it once"),
        (SMALL + FOR_WRITER, 'allow[2].role: "writer" can neither reveal nor search'),
        (SMALL + CONSENT, "purposes.news.fact: a purpose based on consent"),
        (SMALL + '[deny]\nrole = "*"\n', "deny: a table cannot stand here; write [[deny]]"),
        (SMALL + '[[deny]]\nrole = "*"\npurpose = "*"\n', "deny[1].fields: is missing"),
        (SMALL + "[[fields]]\n", "the file: is not TOML"),
        (SMALL + "[fieldz.x]\n", '"fieldz": there is no such table; did you mean "fields"?'),
        (SMALL + '[roles."Big Boss"]\n', 'roles: "Big Boss" is not a name; start with a letter'),
        (SMALL + "[roles.clerk]\n", "the file: is not TOML"),
        (SMALL + "[purposes]\nx = 3\n", "purposes.x: 3 is not a table; write [purposes.NAME]"),
        ("roles = 3\n" + SMALL.replace("[roles.clerk]", "[x]"), "roles: 3 cannot stand here"),
        ("roles.clerk = 3\n" + SMALL.replace("[roles.clerk]", "[x]"), "3 is not a table"),
        (SMALL.replace('type = "email"', 'token = "mail"'), "fields.email.token: needs a field"),
        (
            SMALL.replace('type = "date"', 'indexes = ["unique"]'),
            "fields.born.indexes: many people share a user.demographic.date_of_birth",
        ),
        (SMALL + BUDGET, "budget[1]: bounds nothing; add for example customers_per_day"),
        (SMALL + BUDGET + "customers_per_day = 0\n", "budget[1].customers_per_day: 0 is out of"),
        (
            SMALL + 2 * (BUDGET + "reads_per_minute = 9\n"),
            "budget[2]: bounds the same as budget[1]",
        ),
        (
            SMALL + BUDGET.replace('"support"', '"other"') + OTHER,
            'budget[1].purpose: no [[allow]] gives "clerk" anything for "other"',
        ),
        (swapped("keep_days = 730", HELD), "classes.account.ground: is missing; name the law"),
        (swapped("keep_days = 730", GROUNDED), "classes.account.ground: holds nothing; add"),
        (
            swapped("keep_days = 730", f'{HELD}\nground = "a law"'),
            "classes.account.survives_erasure: nobody could read it then",
        ),
        (
            swapped("keep_days = 730", 'keep_days = 730\nsurvives_erasure = "yes"'),
            'classes.account.survives_erasure: "yes" is not `true` or `false`',
        ),
        ("", "shop.name: is missing"),
        ("a = " + "[" * 100_000, "the file: is nested too deeply"),
        ("a = " + "9" * 5000, "the file: is not TOML"),
        (b"\xff\xfe", "the file: byte 0 is not UTF-8"),
        (b"#" * (MAX_BYTES + 1), "the file: is larger than 262144 bytes"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(text: str | bytes, expected: str) -> None:
    assert any(expected in one for one in mistakes(text)), mistakes(text)


def test_all_mistakes_are_told_at_once() -> None:
    text = SMALL.replace('"Shop"', "3").replace("730", "0").replace('"DE"', '"de"')
    text = text.replace('["reveal"]', '["reveal", "facts"]')
    assert [one.partition(":")[0] for one in mistakes(text)] == [
        "shop.name",
        "classes.account.keep_days",
        "recipients.acme.country",
        "roles.clerk.may",
    ]


def test_a_bad_row_still_counts_as_there() -> None:
    text = SMALL.replace("keep_days = 730", "keep_days = -1")
    assert [one.partition(":")[0] for one in mistakes(text)] == ["classes.account.keep_days"]


def test_the_same_field_under_other_conditions_is_no_duplicate() -> None:
    assert len(parse((SMALL + AGAIN + "assurance = 2\n").encode()).allowances) == 2


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse(b"\xef\xbb\xbf" + SMALL.encode()).shop.name == "Shop"


def test_load_reads_a_file_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(SMALL)
    assert load(path) == parse(SMALL.encode())
    path.write_text("[")
    with pytest.raises(PolicyError, match=re.escape(f"{path} has 1 mistake")):
        load(path)


def test_load_of_what_cannot_be_read_is_a_mistake_too(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(PolicyError, match="cannot be read") as caught:
            load(path)
        assert caught.value.mistakes[0].endswith("check the path and its permissions")


def ends_well(data: bytes) -> None:
    """A policy or a complete list of mistakes; anything else fails the test."""
    told: tuple[str, ...] = ("the file: is right; nothing to do",)
    try:
        parse(data)
    except PolicyError as error:
        told = error.mistakes
    assert told
    for one in told:
        assert one.isprintable()
        assert re.fullmatch(r".+: .+; .+", one), one


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_policy_or_in_mistakes(data: bytes) -> None:
    ends_well(data)


LINES = EXAMPLE.read_bytes().splitlines(keepends=True)


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(("drop", "twice", "swap", "cut")),
            st.integers(0, len(LINES) - 1),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_shuffled_example_ends_well(edits: list[tuple[int, str, int]]) -> None:
    lines = list(LINES)
    for at, edit, other in edits:
        if edit == "drop":
            lines[at] = b""
        elif edit == "twice":
            lines[at] *= 2
        elif edit == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = lines[at][: other % (len(lines[at]) + 1)] + b"\n"
    ends_well(b"".join(lines))


values = st.sampled_from(
    (
        '""', '"*"', '"email"', '"clerk"', '"\\u0000"', '"\\u202e"', "0", "-1", "1e400", "nan",
        "true", "[]", "[[]]", '[1, "a", {}]', "{}", "{ en = 1 }", '{ "" = "x" }',
        '{ en = "x", xx = "y" }', "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z",
        "0xffffffffffffffffffff", '["08:00", "08:00"]', "[08:00:00, 07:00:00.5]",
        '["email", "born"]', "'''\nline\n'''",
    )
)  # fmt: skip
settings_of = {table: [key.name for key in table.keys] for table in TABLES}


@given(st.lists(st.tuples(st.sampled_from(TABLES), st.integers(0, 9), values), max_size=4))
def test_any_value_under_any_key_ends_well(odd: list[tuple[object, int, str]]) -> None:
    text = SMALL
    for table, number, value in odd:
        keys = settings_of[table]  # type: ignore[index]
        key = keys[number % len(keys)]
        line = re.compile(rf"^{key} = .*$", re.MULTILINE)
        text = line.sub(f"{key} = {value}".replace("\\", r"\\"), text)
    ends_well(text.encode())
