"""Keys of one log: trust in one of them reaches the others, and a retired key signs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from shopward.errors import IntegrityError
from shopward.ledger.checkpoint import Checkpoint, sign_checkpoint
from shopward.ledger.keychain import FORMAT, parse_chain
from shopward.signing import Signer
from tests.ledger.script import assert_refused, assert_verified, put_file, run

ORIGIN: Final = "shop.example/ledger"
KEYS: Final = [Signer(ORIGIN, bytes([number]) * 32) for number in range(3)]
STRANGER: Final = Signer(ORIGIN, bytes(31) + b"x")


def head(size: int, *signers: Signer) -> str:
    return sign_checkpoint(signers[0], Checkpoint(ORIGIN, size, bytes(32)), *signers[1:])


def chain(**changes: Any) -> dict[str, Any]:
    whole = {
        "format": FORMAT,
        "keys": [one.vkey for one in KEYS],
        "handovers": [head(10, *KEYS[:2]), head(20, *KEYS[1:])],
    }
    return whole | changes


@pytest.mark.parametrize("trusted", KEYS)
def test_whoever_trusts_one_key_verifies_under_all(trusted: Signer) -> None:
    keys = parse_chain(json.dumps(chain()), trusted.verifier)
    assert keys.current.vkey == KEYS[2].vkey
    assert [keys.open_(head(size, key)).size for size, key in [(9, KEYS[0]), (20, KEYS[1])]] == [
        9,
        20,
    ]
    assert keys.open_(head(99, KEYS[2])).size == 99
    assert keys.open_(head(10, *KEYS[:2])).size == 10


@pytest.mark.parametrize(
    "broken",
    [
        chain(format="another"),
        chain(keys=[KEYS[0].vkey, KEYS[2].vkey]),
        chain(handovers=[head(10, KEYS[0]), head(20, *KEYS[1:])]),
        chain(handovers=[head(10, KEYS[1]), head(20, *KEYS[1:])]),
        chain(handovers=[head(30, *KEYS[:2]), head(20, *KEYS[1:])]),
        chain(handovers=[head(0, *KEYS[:2]), head(20, *KEYS[1:])]),
        chain(keys=[STRANGER.vkey, KEYS[1].vkey, KEYS[2].vkey]),
    ],
    ids=["format", "short", "old alone", "new alone", "backwards", "empty", "stranger"],
)
def test_a_chain_that_does_not_hold_is_refused_by_both(
    tmp_path: Path, broken: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError):
        parse_chain(json.dumps(broken), KEYS[2].verifier)
    keys = put_file(tmp_path, "keys.json", json.dumps(broken))
    log = put_file(tmp_path, "log.jsonl", "")
    note = put_file(tmp_path, "note", _empty(KEYS[2]))
    assert_refused(run(tmp_path, "log", log, note, "--key", KEYS[2].vkey, "--keys", keys))


def test_a_key_that_is_not_in_the_chain_trusts_nothing(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        parse_chain(json.dumps(chain()), STRANGER.verifier)
    keys = put_file(tmp_path, "keys.json", json.dumps(chain()))
    log = put_file(tmp_path, "log.jsonl", "")
    note = put_file(tmp_path, "note", _empty(KEYS[2]))
    assert_verified(run(tmp_path, "log", log, note, "--key", KEYS[0].vkey, "--keys", keys))
    assert_refused(run(tmp_path, "log", log, note, "--key", STRANGER.vkey, "--keys", keys))


def test_what_a_retired_key_signs_later_is_refused_by_both(tmp_path: Path) -> None:
    keys = parse_chain(json.dumps(chain()), KEYS[2].verifier)
    for size, key in [(11, KEYS[0]), (21, KEYS[1])]:
        with pytest.raises(IntegrityError, match="retired"):
            keys.open_(head(size, key))
    with pytest.raises(IntegrityError):
        keys.open_(head(1, STRANGER))
    file = put_file(tmp_path, "keys.json", json.dumps(chain()))
    old, new = (
        put_file(tmp_path, "old", head(11, KEYS[0])),
        put_file(tmp_path, "new", head(11, KEYS[2])),
    )
    proof = put_file(tmp_path, "p", json.dumps({"format": "shopward-consistency/v1", "proof": []}))
    options = ("--key", KEYS[2].vkey, "--keys", file)
    assert_refused(run(tmp_path, "consistency", old, new, proof, *options))
    assert_verified(run(tmp_path, "consistency", new, new, proof, *options))


def _empty(signer: Signer) -> str:
    from shopward.ledger.merkle import EMPTY_ROOT  # noqa: PLC0415 - of this helper alone

    return sign_checkpoint(signer, Checkpoint(ORIGIN, 0, EMPTY_ROOT))
