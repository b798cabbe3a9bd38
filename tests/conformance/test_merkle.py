"""All 196 cases of transparency-dev/merkle: RFC 6962/9162 proofs, good and bad."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from shopward.errors import ProofError
from shopward.ledger.merkle import verify_consistency, verify_inclusion

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "crypto" / "merkle"
CASES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json"))

REFUSED_BY_US = {
    "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json": "roots of 12 bytes",
}
"""Cases the outside suite accepts and we refuse on purpose."""

pytestmark = pytest.mark.skipif(not CASES, reason="outside data absent: shared/data/crypto/merkle")


def test_all_cases_are_there() -> None:
    assert len(CASES) == 196
    assert set(REFUSED_BY_US) <= set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = json.loads((FOLDER / name).read_bytes())
    verify = _inclusion if name.startswith("inclusion/") else _consistency
    if case["wantErr"] or name in REFUSED_BY_US:
        with pytest.raises(ProofError):
            verify(case)
    else:
        verify(case)


def _inclusion(case: dict[str, Any]) -> None:
    leaf, root = _bytes(case["leafHash"]), _bytes(case["root"])
    verify_inclusion(case["leafIdx"], case["treeSize"], leaf, _hashes(case), root)


def _consistency(case: dict[str, Any]) -> None:
    old, new = _bytes(case["root1"]), _bytes(case["root2"])
    verify_consistency(case["size1"], case["size2"], old, new, _hashes(case))


def _hashes(case: dict[str, Any]) -> list[bytes]:
    return [_bytes(item) for item in case["proof"] or []]


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")
