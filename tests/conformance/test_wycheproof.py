"""Project Wycheproof: AES-GCM, HMAC-SHA-256 and HKDF-SHA-256 as the vault uses them.

AES-KWP is not tested since nothing here uses it: it cannot bind a context.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shopward.errors import UndecryptableError
from shopward.vault.blind_index import BlindIndex
from shopward.vault.cipher import VERSION, Dek, key_id

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT.parent / "shared" / "data" / "crypto" / "wycheproof"

pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the Wycheproof vectors are not on this machine"
)

# `cryptography` takes nonces of 8 to 128 bytes; ours have 12. The last kind is invalid anyway.
EXPECTED_REFUSALS = {"SmallIv": 24, "LongIv": 3, "ZeroLengthIv": 6}


@cache
def _cases(name: str) -> list[dict[str, Any]]:
    """Every case with its group's sizes."""
    groups = json.loads((VECTORS / name).read_text(encoding="utf-8"))["testGroups"]
    return [{**group, **case} for group in groups for case in group["tests"]]


def _hex(case: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def _gcm(case: dict[str, Any]) -> str:
    key, iv, aad, msg, ct, tag = _hex(case, "key", "iv", "aad", "msg", "ct", "tag")
    try:
        opened = AESGCM(key).decrypt(iv, ct + tag, aad)
    except InvalidTag:
        return "invalid"
    except ValueError:
        return "refused"
    return "valid" if opened == msg else "wrong"


def test_aes_gcm_agrees_or_refuses_by_name() -> None:
    cases = _cases("aes_gcm_test.json")
    told = [(case, _gcm(case)) for case in cases]
    refused = Counter(case["flags"][0] for case, verdict in told if verdict == "refused")

    assert len(cases) == 316
    assert refused == EXPECTED_REFUSALS
    assert [c["tcId"] for c, verdict in told if verdict not in ("refused", c["result"])] == []


def _sealed_by_dek(case: dict[str, Any]) -> str:
    key, iv, aad, msg, ct, tag = _hex(case, "key", "iv", "aad", "msg", "ct", "tag")
    sealed = VERSION + key_id(key) + iv + ct + tag
    try:
        opened = Dek(key).open_(sealed, aad)
    except UndecryptableError:
        return "invalid"
    again = Dek(key).seal_with_nonce(iv, msg, aad)
    return "valid" if (opened, again) == (msg, sealed) else "wrong"


def test_a_data_key_is_aes_256_gcm() -> None:
    cases = [
        case
        for case in _cases("aes_gcm_test.json")
        if (case["keySize"], case["ivSize"], case["tagSize"]) == (256, 96, 128)
    ]

    assert len(cases) == 66
    assert [case["tcId"] for case in cases if _sealed_by_dek(case) != case["result"]] == []


def test_a_blind_index_is_hmac_sha_256() -> None:
    cases = _cases("hmac_sha256_test.json")
    wrong = []
    for case in cases:
        key, message, tag = _hex(case, "key", "msg", "tag")
        holds = BlindIndex(key).digest(message)[: case["tagSize"] // 8] == tag
        if holds != (case["result"] == "valid"):
            wrong.append(case["tcId"])

    assert len(cases) == 174
    assert wrong == []


def _hkdf(case: dict[str, Any]) -> str:
    ikm, salt, info, okm = _hex(case, "ikm", "salt", "info", "okm")
    try:
        derived = HKDF(SHA256(), case["size"], salt, info).derive(ikm)
    except ValueError:
        return "invalid"
    return "valid" if derived == okm else "wrong"


def test_hkdf_sha_256() -> None:
    cases = _cases("hkdf_sha256_test.json")

    assert len(cases) == 86
    assert [case["tcId"] for case in cases if _hkdf(case) != case["result"]] == []
