"""Indexes in the policy: what may be named, what is used, who may look in which way."""

from __future__ import annotations

import pytest

from shopward.errors import PolicyError
from shopward.policy import Ask, Deny, Permit, Reason, Way, decide, diff, explain, parse, verdict
from tests.policy.worlds import NOON

TEXT = """
[shop]
name = "Shop"
time_zone = "UTC"
[classes.account]
title = "account data"
keep_days = 730
starts = "last-order"
[fields.last_name]
title = "last name"
category = "user.name.last"
retention = "account"
max_chars = 100
indexes = ["prefix", "infix"]
fold_accents = true
accepts_leak = "agreed"
[fields.postcode]
title = "postcode"
category = "user.contact.address.postal_code"
retention = "account"
type = "postcode"
max_chars = 20
[fields.note]
title = "note"
category = "user.content.private"
retention = "account"
[[compound]]
fields = ["postcode", "last_name"]
[purposes.support]
title = "answer your question"
use = "essential"
basis = "contract"
[roles.clerk]
title = "the clerk"
may = ["reveal", "search"]
[[allow]]
role = "clerk"
purpose = "support"
fields = ["last_name", "postcode"]
find = ["compound"]
[[allow]]
role = "clerk"
purpose = "support"
fields = ["last_name"]
show = "initial"
find = ["prefix"]
assurance = 2
"""


def test_every_index_has_an_id_of_its_own_and_is_used_only_when_somebody_accepted_it() -> None:
    policy = parse(TEXT.encode())
    assert [one.id for one in policy.indexes] == [
        "prefix-folded:last_name",
        "infix-folded:last_name",
        "compound:last_name+postcode",
    ]
    assert [one.id for one in policy.live] == ["prefix-folded:last_name", "infix-folded:last_name"]
    assert policy.indexes[2].types == ("text", "postcode")


def asked(way: Way, *fields: str, assurance: int = 2) -> Permit | Deny:
    policy = parse(TEXT.encode())
    ask = Ask("search", "clerk", "support", fields, assurance, find=way)
    judged = decide(policy, ask, NOON)
    assert verdict(explain(policy, ask, NOON)) == judged
    return judged


def test_a_role_finds_only_in_the_ways_it_is_given() -> None:
    assert isinstance(asked(Way.COMPOUND, "last_name", "postcode"), Permit)
    assert isinstance(asked(Way.PREFIX, "last_name"), Permit)
    assert asked(Way.PREFIX, "last_name", assurance=1) == Deny(Reason.FIND_NOT_ALLOWED, "last_name")
    assert asked(Way.INFIX, "last_name") == Deny(Reason.FIND_NOT_ALLOWED, "last_name")
    assert asked(Way.PREFIX, "postcode") == Deny(Reason.FIND_NOT_ALLOWED, "postcode")


def test_a_search_by_a_whole_unique_value_needs_no_way() -> None:
    policy = parse(TEXT.encode())
    ask = Ask("search", "clerk", "support", ("postcode",))
    assert isinstance(decide(policy, ask, NOON), Permit)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("max_chars = 100", "", "fields.last_name.indexes: too long a field; write max_chars"),
        (
            'type = "postcode"\nmax_chars = 20',
            'type = "country"\nmax_chars = 20\nindexes = ["prefix"]\naccepts_leak = "x"',
            "fields.postcode.indexes: a country has no parts to be found by",
        ),
        (
            'retention = "account"\n[[compound]]',
            'retention = "account"\nfold_accents = true\n[[compound]]',
            "fields.note.fold_accents: there is no index of text here",
        ),
        (
            'retention = "account"\n[[compound]]',
            'retention = "account"\naccepts_leak = "x"\n[[compound]]',
            "fields.note.accepts_leak: a unique index gives nothing away",
        ),
        ('["postcode", "last_name"]', '["postcode"]', "compound[1].fields: two to four"),
        ('["postcode", "last_name"]', '["postcode", "note"]', "compound[1].fields: each needs"),
        (
            "[purposes.support]",
            '[[compound]]\nfields = ["last_name", "postcode"]\n[purposes.support]',
            "compound[2].fields: combines the same as compound[1]",
        ),
        ('find = ["prefix"]', 'find = ["exact"]', "allow[2].find: last_name has no exact index"),
        ('"reveal", "search"]', '"reveal"]', 'allow[1].find: "clerk" may not search'),
        ('find = ["prefix"]', 'find = ["any"]', 'allow[2].find: "any" is not known'),
        (
            'indexes = ["prefix", "infix"]',
            'indexes = ["unique"]',
            "fields.last_name.indexes: many people share a user.name.last",
        ),
    ],
)
def test_a_mistake_is_named_with_its_remedy(old: str, new: str, expected: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError) as refused:
        parse(TEXT.replace(old, new, 1).encode())
    assert any(one.startswith(expected) for one in refused.value.mistakes), refused.value.mistakes


def said(old: str, new: str) -> list[str]:
    sentences = diff(parse(old.encode()), parse(new.encode()))
    return [f"{one.effect} {one.text}" for one in sentences]


def test_what_changes_for_customers_is_said() -> None:
    less = TEXT.replace('accepts_leak = "agreed"\n', "")
    assert said(less, TEXT) == [
        "more From our indexes, a thief of the database might now guess your last name."
    ]
    wider = TEXT.replace('find = ["prefix"]', 'find = ["prefix", "infix"]')
    (sentence,) = said(TEXT, wider)
    assert sentence.startswith("more The clerk may now see or find you by your last name")
    assert "found by how it begins and any part of it" in sentence
    alone = TEXT.replace('[[compound]]\nfields = ["postcode", "last_name"]\n', "")
    alone = alone.replace('find = ["compound"]\n', "")
    assert "less We can no longer find you by your last name and postcode together." in said(
        TEXT, alone
    )
    assert any(one.startswith("more We can now find you by your") for one in said(alone, TEXT))
