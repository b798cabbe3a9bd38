"""Whatever a body holds, what is said about it names members and quotes nothing."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.api import problems
from shopward.api.handlers import decode
from shopward.api.verbs import VERBS, Verb, codec
from shopward.errors import InvalidError

SECRET = "Xylophon4711"
CODECS = {verb.name: codec(verb) for verb in VERBS}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5).map(lambda text: SECRET + text)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5).map(lambda text: text + SECRET), inner, max_size=3)
    ),
    max_leaves=12,
)


def _members(verb: Verb) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that have the verb's members, with anything at all in them."""
    names = [one.encode_name for one in msgspec.structs.fields(verb.request)]
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, TREES))


def _said(verb: str, body: bytes) -> list[str]:
    said = []
    for decoder in (CODECS[verb].single, CODECS[verb].batch):
        try:
            decode(decoder, body)
        except InvalidError as error:
            told = problems.problem(error)
            assert told.detail
            assert told.hint
            said.append(msgspec.json.encode(told).decode() + repr(error))
    return said


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
@given(data=st.data())
def test_no_member_of_a_wrong_body_is_quoted(verb: Verb, data: st.DataObject) -> None:
    item = data.draw(_members(verb))
    for body in (item, {"items": [item]}, item | {SECRET: 1}, [item]):
        for told in _said(verb.name, json.dumps(body).encode()):
            assert SECRET not in told


@given(body=st.binary(max_size=200))
def test_any_bytes_are_a_request_or_an_invalid_one(body: bytes) -> None:
    for verb in CODECS:
        _said(verb, body)


@given(cut=st.integers(0, 60), junk=st.binary(max_size=3))
def test_a_cut_or_mangled_body_is_not_quoted(cut: int, junk: bytes) -> None:
    whole = json.dumps({"fields": {"city": SECRET}, "external": SECRET}).encode()
    for told in _said("store", whole[:cut] + junk + whole[cut + 1 :]):
        assert SECRET not in told
