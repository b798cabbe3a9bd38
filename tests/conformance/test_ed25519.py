"""Wycheproof's Ed25519 cases through the primitive of our own `Verifier`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopward.errors import SignatureError
from shopward.signing import Verifier

FILE = Path(__file__).parents[2].parent / "shared/data/crypto/wycheproof/ed25519_test.json"


def _cases() -> Iterator[Any]:
    if not FILE.exists():
        return
    for group in json.loads(FILE.read_bytes())["testGroups"]:
        for case in group["tests"]:
            yield pytest.param(
                group["publicKey"]["pk"], case, id=f"{case['tcId']}-{case['result']}"
            )


CASES = list(_cases())

pytestmark = pytest.mark.skipif(
    not CASES, reason="outside data absent: shared/data/crypto/wycheproof"
)


def test_all_cases_are_there() -> None:
    assert len(CASES) == 151


@pytest.mark.parametrize(("public_key", "case"), CASES)
def test_case(public_key: str, case: dict[str, Any]) -> None:
    verifier = Verifier("wycheproof.example", bytes.fromhex(public_key))
    message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
    if case["result"] == "valid":
        verifier.verify(message, signature)
    else:
        with pytest.raises(SignatureError):
            verifier.verify(message, signature)
