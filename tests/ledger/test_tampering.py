"""Every kind of tampering is caught twice: by our verification and by the independent script.

Each kind damages one copy of the evidence an auditor holds: a stored log, a receipt or a pair of
checkpoints. The kinds that need an earlier checkpoint, kept outside the shop, say so, and for them
the test also shows that without it the log agrees with itself.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from shopward.errors import IntegrityError
from shopward.ledger.consistency import verify_extends
from shopward.ledger.receipt import verify_receipt
from shopward.ledger.verify import Finding, verify_log
from tests.ledger.evidence import INDEX, Evidence, Kind, gather
from tests.ledger.kinds_documents import CONSISTENCY_KINDS, RECEIPT_KINDS
from tests.ledger.kinds_log import LOG_KINDS
from tests.ledger.sample import EARLIER, SIZE, signer
from tests.ledger.script import (
    SCRIPT,
    assert_refused,
    assert_verified,
    put_file,
    run,
    script_on_checkpoints,
    script_on_log,
    script_on_receipt,
)


def replay(evidence: Evidence, *, earlier: bool) -> list[Finding]:
    checkpoint = evidence.earlier if earlier else None
    return list(verify_log(evidence.book, evidence.verifier, checkpoint=checkpoint))


def names(kinds: list[Kind]) -> list[str]:
    return [kind.name for kind in kinds]


@pytest.mark.parametrize("kind", LOG_KINDS, ids=names(LOG_KINDS))
def test_tampering_with_a_log_is_caught_by_both(kind: Kind, tmp_path: Path) -> None:
    evidence = gather()
    kind.apply(evidence)
    assert kind.damage in {
        finding.damage for finding in replay(evidence, earlier=kind.needs_earlier)
    }
    assert_refused(script_on_log(tmp_path, evidence, earlier=kind.needs_earlier))


@pytest.mark.parametrize("kind", RECEIPT_KINDS, ids=names(RECEIPT_KINDS))
def test_tampering_with_a_receipt_is_caught_by_both(kind: Kind, tmp_path: Path) -> None:
    evidence = gather()
    kind.apply(evidence)
    with pytest.raises(IntegrityError):
        verify_receipt(json.dumps(evidence.receipt), evidence.verifier)
    assert_refused(script_on_receipt(tmp_path, evidence))


@pytest.mark.parametrize("kind", CONSISTENCY_KINDS, ids=names(CONSISTENCY_KINDS))
def test_tampering_with_checkpoints_is_caught_by_both(kind: Kind, tmp_path: Path) -> None:
    evidence = gather()
    kind.apply(evidence)
    with pytest.raises(IntegrityError):
        verify_extends(evidence.old, evidence.new, json.dumps(evidence.proof), evidence.verifier)
    assert_refused(script_on_checkpoints(tmp_path, evidence))


OUTSIDE = [kind for kind in LOG_KINDS if kind.needs_earlier]


@pytest.mark.parametrize("kind", OUTSIDE, ids=names(OUTSIDE))
def test_without_the_earlier_checkpoint_the_log_agrees_with_itself(kind: Kind) -> None:
    evidence = gather()
    kind.apply(evidence)
    assert replay(evidence, earlier=False) == []


def test_control_the_untampered_log_passes_both(tmp_path: Path) -> None:
    evidence = gather()
    assert replay(evidence, earlier=True) == []
    assert_verified(script_on_log(tmp_path, evidence, earlier=True))


def test_control_a_log_with_erased_details_passes_both(tmp_path: Path) -> None:
    evidence = gather()
    evidence.book.opened[::2] = [None] * (SIZE // 2)
    assert replay(evidence, earlier=True) == []
    assert_verified(script_on_log(tmp_path, evidence, earlier=True))


def test_control_the_untampered_receipt_passes_both(tmp_path: Path) -> None:
    evidence = gather()
    verified = verify_receipt(json.dumps(evidence.receipt), evidence.verifier)
    assert (verified.index, verified.checkpoint.size) == (INDEX, SIZE)
    result = script_on_receipt(tmp_path, evidence)
    assert_verified(result)
    assert evidence.receipt["details"] in result.stdout


def test_control_a_receipt_after_erasure_passes_both(tmp_path: Path) -> None:
    evidence = gather()
    evidence.receipt |= {"salt": None, "details": None}
    assert verify_receipt(json.dumps(evidence.receipt), evidence.verifier).details is None
    assert_verified(script_on_receipt(tmp_path, evidence))


def test_control_the_untampered_checkpoints_pass_both(tmp_path: Path) -> None:
    evidence = gather()
    proof = json.dumps(evidence.proof)
    old, new = verify_extends(evidence.old, evidence.new, proof, evidence.verifier)
    assert (old.size, new.size) == (EARLIER, SIZE)
    assert_verified(script_on_checkpoints(tmp_path, evidence))


def test_there_are_more_than_twenty_kinds_each_with_its_own_name() -> None:
    kinds = names([*LOG_KINDS, *RECEIPT_KINDS, *CONSISTENCY_KINDS])
    assert len(set(kinds)) == len(kinds) > 24


def test_the_script_imports_only_the_standard_library_and_cryptography() -> None:
    tree = ast.parse(SCRIPT.read_text())
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert modules <= sys.stdlib_module_names | {"cryptography"}


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b"null", b'{"format":1}', b"[" * 99999]
)
def test_the_script_refuses_nonsense_in_one_line(content: bytes, tmp_path: Path) -> None:
    nonsense = put_file(tmp_path, "nonsense", content)
    result = run(tmp_path, "receipt", nonsense, "--key", signer().vkey)
    assert_refused(result)
    assert_refused(run(tmp_path, "log", nonsense, nonsense, "--key", signer().vkey))


def test_the_script_says_which_file_is_missing(tmp_path: Path) -> None:
    result = run(tmp_path, "receipt", "nowhere.json", "--key", signer().vkey)
    assert_refused(result)
    assert "nowhere.json" in result.stdout
