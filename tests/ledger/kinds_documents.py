"""Kinds of tampering with a receipt, and with two checkpoints and the proof between them."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.ledger.evidence import INDEX, Evidence, Kind, forked_looks, respell, turn_letter
from tests.ledger.sample import EARLIER, SIZE, sample, signer, write


def edit_proof(change: Callable[[list[str]], object]) -> Callable[[Evidence], None]:
    """Change the lines between the index line and the checkpoint."""

    def apply(evidence: Evidence) -> None:
        head, _, note = evidence.receipt["proof"].partition("\n\n")
        magic, index, *hashes = head.split("\n")
        change(hashes)
        evidence.receipt["proof"] = "\n".join([magic, index, *hashes, "", note])

    return apply


def replace_in_proof(old: str, new: str) -> Callable[[Evidence], None]:
    def apply(evidence: Evidence) -> None:
        assert old in evidence.receipt["proof"]
        evidence.receipt["proof"] = evidence.receipt["proof"].replace(old, new, 1)

    return apply


def take(part: str, index: int = INDEX + 1) -> Callable[[Evidence], None]:
    """Put a part of another entry's receipt into this one."""

    def apply(evidence: Evidence) -> None:
        evidence.receipt[part] = json.loads(evidence.book.receipt(index).to_json())[part]

    return apply


def put(part: str, change: Callable[[str], str | None]) -> Callable[[Evidence], None]:
    def apply(evidence: Evidence) -> None:
        evidence.receipt[part] = change(evidence.receipt[part])

    return apply


def receipt_of_another_log(evidence: Evidence) -> None:
    other = sample(label="another shop", key=signer("another", "other.example/ledger"))
    evidence.receipt = json.loads(other.receipt(INDEX).to_json())


def receipt_of_another_key(evidence: Evidence) -> None:
    evidence.receipt = json.loads(sample(key=signer("another")).receipt(INDEX).to_json())


def receipt_with_older_checkpoint(evidence: Evidence) -> None:
    head, _, _ = evidence.receipt["proof"].partition("\n\n")
    evidence.receipt["proof"] = f"{head}\n\n{evidence.book.notes[EARLIER]}"


def change_first(hashes: list[str]) -> None:
    hashes[0] = turn_letter(hashes[0], 7)


def respell_first(hashes: list[str]) -> None:
    hashes[0] = respell(hashes[0])


RECEIPT_KINDS = [
    Kind("receipt-leaf-changed", put("leaf", lambda text: turn_letter(text, 4))),
    Kind("receipt-leaf-swapped", take("leaf")),
    Kind("receipt-index-changed", replace_in_proof(f"index {INDEX}", f"index {INDEX + 1}")),
    Kind("receipt-index-past-the-end", replace_in_proof(f"index {INDEX}", f"index {SIZE}")),
    Kind("receipt-proof-hash-changed", edit_proof(change_first)),
    Kind("receipt-proof-hash-respelled", edit_proof(respell_first)),
    Kind("receipt-proof-hash-dropped", edit_proof(lambda hashes: hashes.pop())),
    Kind("receipt-proof-hash-appended", edit_proof(lambda hashes: hashes.append(hashes[0]))),
    Kind("receipt-proof-hashes-reordered", edit_proof(list.reverse)),
    Kind("receipt-proof-of-another-entry", take("proof")),
    Kind("receipt-salt-changed", put("salt", lambda text: turn_letter(text, 4))),
    Kind("receipt-salt-removed", put("salt", lambda _: None)),
    Kind("receipt-salt-of-another-entry", take("salt")),
    Kind("receipt-details-changed", put("details", lambda text: text.replace("4", "5"))),
    Kind("receipt-details-removed", put("details", lambda _: None)),
    Kind("receipt-details-of-another-entry", take("details")),
    Kind("receipt-checkpoint-size-changed", replace_in_proof("\n600\n", "\n601\n")),
    Kind("receipt-checkpoint-origin-changed", replace_in_proof("\nshop.", "\ntwin.")),
    Kind("receipt-with-an-older-checkpoint", receipt_with_older_checkpoint),
    Kind("receipt-from-another-log", receipt_of_another_log),
    Kind("receipt-from-another-key", receipt_of_another_key),
]


# Two checkpoints and the proof between them.


def edit_hashes(change: Callable[[list[str]], object]) -> Callable[[Evidence], None]:
    def apply(evidence: Evidence) -> None:
        change(evidence.proof["proof"])

    return apply


def exchange(evidence: Evidence) -> None:
    evidence.old, evidence.new = evidence.new, evidence.old


def new_of_a_fork(evidence: Evidence) -> None:
    evidence.new = write(forked_looks()).note


def proof_of_a_fork(evidence: Evidence) -> None:
    new_of_a_fork(evidence)
    forked = write(forked_looks(), stops=(EARLIER,))
    evidence.proof = json.loads(forked.consistency(EARLIER, SIZE))


def two_of_one_size(evidence: Evidence) -> None:
    evidence.old = write(forked_looks()).note
    evidence.proof["proof"] = []


def needless_proof_of_one_size(evidence: Evidence) -> None:
    evidence.old = evidence.new


def old_of_another_key(evidence: Evidence) -> None:
    evidence.old = sample(key=signer("another")).notes[EARLIER]


def new_root_changed(evidence: Evidence) -> None:
    lines = evidence.new.split("\n")
    lines[2] = turn_letter(lines[2], 5)
    evidence.new = "\n".join(lines)


CONSISTENCY_KINDS = [
    Kind("stale-checkpoint-presented-as-newer", exchange),
    Kind("consistency-hash-changed", edit_hashes(change_first)),
    Kind("consistency-hash-respelled", edit_hashes(respell_first)),
    Kind("consistency-hash-dropped", edit_hashes(list.pop)),
    Kind("consistency-hash-appended", edit_hashes(lambda hashes: hashes.append(hashes[0]))),
    Kind("consistency-proof-emptied", edit_hashes(list.clear)),
    Kind("new-checkpoint-of-a-fork", new_of_a_fork),
    Kind("new-checkpoint-and-proof-of-a-fork", proof_of_a_fork),
    Kind("two-checkpoints-of-one-size", two_of_one_size),
    Kind("proof-where-none-is-needed", needless_proof_of_one_size),
    Kind("old-checkpoint-from-another-key", old_of_another_key),
    Kind("new-checkpoint-root-changed", new_root_changed),
]
