from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.assertion import (
    Assertion,
    is_for,
    key_name,
    new_jti,
    open_assertion,
    request_hash,
    seal,
)
from shopward.clock import from_ms
from shopward.errors import IntegrityError
from shopward.signing import Signer, Verifier
from vectors.generate_assertion import BODY, FILE, METHOD, NAME, SEED, STAFF, TARGET, build

VECTORS = json.loads(FILE.read_bytes())
VERIFIER = Verifier.parse(VECTORS["key"]["vkey"])
NOW = from_ms(VECTORS["now_ms"])


def opened(header: str, now: datetime = NOW) -> Assertion:
    return open_assertion(header.partition(" ")[2], VERIFIER, VECTORS["audience"], now)


def test_the_file_is_what_the_code_makes() -> None:
    assert build() == VECTORS


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: str(case["name"]))
def test_a_right_one_is_taken(case: dict[str, Any]) -> None:
    found = opened(case["header"])

    assert found.actor == case["assertion"]["actor"]
    assert found.subject == case["assertion"].get("subject")
    assert key_name(case["header"].partition(" ")[2]) == NAME


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: str(case["name"]))
def test_every_wrong_one_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        opened(case["header"])


def test_it_ends_to_the_millisecond() -> None:
    header = VECTORS["accepted"][0]["header"]

    assert opened(header, from_ms(VECTORS["now_ms"] + 59_999)).realm == "staff"
    with pytest.raises(IntegrityError):
        opened(header, from_ms(VECTORS["now_ms"] + 60_000))


def test_it_is_for_one_method_path_and_body() -> None:
    assert is_for(STAFF, METHOD, TARGET, BODY)
    assert not is_for(STAFF, "PUT", TARGET, BODY)
    assert not is_for(STAFF, METHOD, TARGET + "/batch", BODY)
    assert not is_for(STAFF, METHOD, TARGET, BODY + b" ")


@given(
    st.tuples(st.text(max_size=4), st.text(max_size=4), st.binary(max_size=4)),
    st.tuples(st.text(max_size=4), st.text(max_size=4), st.binary(max_size=4)),
)
def test_two_requests_never_share_a_hash(
    one: tuple[str, str, bytes], other: tuple[str, str, bytes]
) -> None:
    assert (request_hash(*one) == request_hash(*other)) == (one == other)


@given(st.text(max_size=300))
def test_no_text_but_ours_is_opened(text: str) -> None:
    with pytest.raises(IntegrityError) as refused:
        open_assertion(text, VERIFIER, VECTORS["audience"], NOW)

    assert len(text) < 8 or text not in str(refused.value)


def test_one_altered_character_anywhere_is_refused() -> None:
    token = VECTORS["accepted"][0]["header"].partition(" ")[2]
    for at in range(len(token)):
        other = "A" if token[at] != "A" else "B"
        with pytest.raises(IntegrityError):
            open_assertion(token[:at] + other + token[at + 1 :], VERIFIER, STAFF.aud, NOW)


def test_names_of_assertions_are_never_alike() -> None:
    assert len({new_jti() for _ in range(1000)}) == 1000
    assert len(new_jti()) == 22


def test_a_sealed_one_is_one_word() -> None:
    assert len(seal(Signer(NAME, SEED), STAFF).split()) == 2
