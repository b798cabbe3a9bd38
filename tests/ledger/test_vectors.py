from __future__ import annotations

import json
from typing import Any

import pytest

from shopward.errors import IntegrityError
from shopward.ledger.consistency import verify_extends
from shopward.ledger.entry import commitment, encode_leaf
from shopward.ledger.merkle import leaf_hash
from shopward.ledger.receipt import verify_receipt
from shopward.signing import Signer, Verifier, decode_base64
from vectors.generate_ledger import FILE, build

VECTORS = json.loads(FILE.read_bytes())
VERIFIER = Verifier.parse(VECTORS["key"]["vkey"])
NOTES = {item["size"]: item["note"] for item in VECTORS["checkpoints"]}


def test_the_file_is_what_the_code_makes() -> None:
    assert build() == VECTORS


def test_the_key_is_that_of_the_seed() -> None:
    signer = Signer(VECTORS["key"]["origin"], bytes.fromhex(VECTORS["key"]["seed_hex"]))
    assert signer.vkey == VECTORS["key"]["vkey"]


@pytest.mark.parametrize("case", VECTORS["leaves"], ids=lambda case: str(case["index"]))
def test_leaf(case: dict[str, Any]) -> None:
    committed = commitment(decode_base64(case["salt"], "salt"), case["details"].encode())
    leaf = encode_leaf(case["time_ms"], "record:revealed", committed)
    assert committed == decode_base64(case["commitment"], "commitment")
    assert leaf == decode_base64(case["leaf"], "leaf")
    assert leaf_hash(leaf) == decode_base64(case["hash"], "hash")


@pytest.mark.parametrize("case", VECTORS["receipts"], ids=lambda case: f"{case['index']}")
def test_receipt(case: dict[str, Any]) -> None:
    verified = verify_receipt(case["receipt"], VERIFIER)
    assert (verified.index, verified.checkpoint.size) == (case["index"], case["size"])


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda c: f"{c['old']}-{c['new']}")
def test_consistency(case: dict[str, Any]) -> None:
    old, new = case["old"], case["new"]
    verify_extends(NOTES[old], NOTES[new], case["proof"], VERIFIER)


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: str(case["why"]))
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        verify_receipt(case["receipt"], VERIFIER)
