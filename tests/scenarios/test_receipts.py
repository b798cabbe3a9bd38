"""Receipts, proofs and tiles as they come over HTTP, verified by the package and by the script."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.consistency import format_consistency, verify_extends
from shopward.ledger.merkle import leaf_hash, verify_inclusion
from shopward.ledger.receipt import verify_receipt
from shopward.signing import Verifier, decode_base64
from shopward_client import (
    Client,
    DeniedError,
    EntryRow,
    InvalidError,
    NotFoundError,
    Proof,
    Search,
    Store,
)
from tests.ledger import naive
from tests.scenarios.people import person
from tests.scenarios.plane import ROOT, Answer, DataPlane, kind_of

SCRIPT = ROOT / "docs" / "spec" / "verify_receipt.py"
CUSTOMERS, LOOKS = 40, 660
SIZES = (1, 2, 3, 5, 8, 100, 255, 256, 257, 300, 511, 512, 513, 600)


@dataclass(frozen=True, slots=True)
class Book:
    """A ledger of more than 700 entries, as an auditor fetched it."""

    plane: DataPlane
    auditor: Client
    shop: Client
    verifier: Verifier
    vkey: str
    rows: tuple[EntryRow, ...]
    note: str
    gone: str

    @property
    def leaves(self) -> list[bytes]:
        return [decode_base64(row.leaf, "leaf") for row in self.rows]


@pytest.fixture(scope="module")
def book(plane: DataPlane) -> Book:
    shop, auditor = plane.caller("shop-backend"), plane.operator()
    stored = [one.unwrap() for one in shop.store_many([Store(person()) for _ in range(CUSTOMERS)])]
    looks = [Search("email", f"nobody{at}@example.com", "account") for at in range(LOOKS)]
    for start in range(0, LOOKS, 60):
        shop.search_many(looks[start : start + 60])
    shop.reveal(stored[3].subject, ["city"], purpose="account")
    shop.erase(stored[3].subject)
    rows: list[EntryRow] = []
    while True:
        page = auditor.entries(len(rows), 97)
        rows += page.entries
        if not page.entries:
            break
    vkey, note = auditor.log_key(), page.checkpoint
    return Book(
        plane, auditor, shop, Verifier.parse(vkey), vkey, tuple(rows), note, stored[3].subject
    )


def _script(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The auditor's script in a plain interpreter, away from the project."""
    command = [sys.executable, "-I", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _hashes(proof: Proof) -> list[bytes]:
    return [decode_base64(one, "hash") for one in proof.hashes]


def test_there_are_more_entries_than_two_tiles_hold_and_none_is_missing(book: Book) -> None:
    assert len(book.rows) > 700
    assert [row.index for row in book.rows] == list(range(len(book.rows)))
    head = open_checkpoint(book.note, book.verifier)
    assert head.size == len(book.rows)
    assert naive.tree(book.leaves) == head.root


def test_every_entry_has_a_receipt_that_verifies(book: Book) -> None:
    for row in book.rows:
        verified = verify_receipt(book.auditor.receipt(row.index).to_json(), book.verifier)
        assert verified.index == row.index
        assert verified.leaf.kind == kind_of(row.leaf)
        told = None if verified.details is None else verified.details.decode()
        assert told == row.details


def test_the_script_agrees_about_receipts(book: Book, tmp_path: Path) -> None:
    last = len(book.rows) - 1
    for index in (0, 1, 255, 256, 300, 512, last):
        path = _put(tmp_path, "receipt.json", book.auditor.receipt(index).to_json())
        done = _script(tmp_path, "receipt", path, "--key", book.vkey)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"VERIFIED entry {index} of ")
        details = book.rows[index].details
        assert (details or "details are not opened") in done.stdout


def test_inclusion_proofs_lead_to_the_root_of_every_size(book: Book) -> None:
    leaves = book.leaves
    for size in (*SIZES, len(leaves)):
        root = naive.tree(leaves[:size])
        for index in sorted({0, size // 2, size - 1}):
            proof = book.shop.inclusion(index, size)
            assert (proof.old, proof.new) == (index, size)
            verify_inclusion(index, size, leaf_hash(leaves[index]), _hashes(proof), root)


def test_consistency_proofs_join_the_checkpoints_that_were_given_out(
    book: Book, tmp_path: Path
) -> None:
    old = book.note
    book.shop.search("email", "one.more@example.com", purpose="account")
    new = book.shop.checkpoint()
    sizes = [int(note.split("\n")[1]) for note in (old, new)]
    document = format_consistency(_hashes(book.shop.consistency(*sizes)))
    verify_extends(old, new, document, book.verifier)
    paths = [_put(tmp_path, name, text) for name, text in (("old", old), ("new", new))]
    proof = _put(tmp_path, "proof.json", document)
    done = _script(tmp_path, "consistency", *paths, proof, "--key", book.vkey)
    assert (done.returncode, done.stderr) == (0, "")


def test_consistency_proofs_are_those_of_the_standard(book: Book) -> None:
    leaves = book.leaves
    for old in SIZES:
        for new in (old, old + 1, 600, len(leaves)):
            if old <= new:
                assert _hashes(book.shop.consistency(old, new)) == naive.proof(old, leaves[:new])


def test_every_answer_carries_a_checkpoint_that_holds_its_entry(book: Book) -> None:
    seen = [book.shop.store(person()).receipt for _ in range(3)]
    for receipt in seen:
        assert receipt.checkpoint is not None
        head = open_checkpoint(receipt.checkpoint, book.verifier)
        assert receipt.index < head.size
        proof = book.shop.inclusion(receipt.index, head.size)
        leaf = decode_base64(receipt.leaf_hash, "leaf hash")
        verify_inclusion(receipt.index, head.size, leaf, _hashes(proof), head.root)


def test_tiles_full_and_partial_are_what_the_entries_lead_to(book: Book) -> None:
    hashes = [leaf_hash(leaf) for leaf in book.leaves]
    full, rest = divmod(len(hashes), 256)
    assert full == 2
    for index in range(full):
        expected = b"".join(hashes[256 * index : 256 * index + 256])
        assert book.shop.tile(0, index) == expected
        assert book.shop.tile(0, index, 17) == expected[: 17 * 32]
    for width in (1, rest // 2, rest):
        expected = b"".join(hashes[512 : 512 + width])
        assert book.shop.tile(0, 2, width) == expected
    above = b"".join(naive.tree(book.leaves[256 * at : 256 * at + 256]) for at in range(full))
    assert book.shop.tile(1, 0, 2) == above


def test_tiles_that_are_not_there_yet_are_not_found(book: Book) -> None:
    for level, index, width in (
        (0, 2, 256),
        (0, 3, 1),
        (1, 0, 3),
        (1, 1, 1),
        (2, 0, 1),
        (63, 0, 1),
    ):
        with pytest.raises(NotFoundError):
            book.shop.tile(level, index, width)
    credential = book.plane.credential("auditor")
    for path in ("0/0", "0/0000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "64/000", "00/000",
                 "0/x000/000", "-1/000", "0/000/", "0/000?x=1/../..", "entries/000"):  # fmt: skip
        answer = book.plane.ask("GET", f"/v1/log/tile/{path}", credential=credential)
        assert answer.status == (200 if "?" in path else 404), path


def test_an_export_of_everything_verifies_with_the_script(book: Book, tmp_path: Path) -> None:
    lines = [
        json.dumps({"index": row.index, "leaf": row.leaf, "salt": row.salt, "details": row.details})
        for row in book.rows
    ]
    export, head = (
        _put(tmp_path, "export.jsonl", "\n".join(lines)),
        _put(tmp_path, "head", book.note),
    )
    for index in range(2):
        _put(tmp_path, f"tile/0/00{index}", book.shop.tile(0, index))
    done = _script(tmp_path, "log", export, head, "--key", book.vkey, "--tiles", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines[400], lines[401] = lines[401], lines[400]
    _put(tmp_path, "export.jsonl", "\n".join(lines))
    assert _script(tmp_path, "log", export, head, "--key", book.vkey).returncode == 1


def test_after_an_erasure_the_receipts_still_prove_inclusion_and_tell_nothing(
    book: Book, tmp_path: Path
) -> None:
    subject = book.shop.store(person()).subject
    looked = book.shop.reveal(subject, ["city"], purpose="account").receipt.index
    before = book.auditor.receipt(looked)
    assert subject in (before.details or "")
    book.shop.erase(subject)
    after = book.auditor.receipt(looked)
    assert (after.salt, after.details, after.leaf) == (None, None, before.leaf)
    verified = verify_receipt(after.to_json(), book.verifier)
    assert (verified.index, verified.leaf.kind, verified.details) == (
        looked,
        "record:revealed",
        None,
    )
    path = _put(tmp_path, "receipt.json", after.to_json())
    done = _script(tmp_path, "receipt", path, "--key", book.vkey)
    assert done.returncode == 0
    assert "details are not opened" in done.stdout
    verify_receipt(before.to_json(), book.verifier)


def test_an_erased_customer_is_in_no_opened_entry_but_that_of_the_erasure(book: Book) -> None:
    naming = [row for row in book.rows if book.gone in (row.details or "")]
    assert [kind_of(row.leaf) for row in naming] == ["record:erased"]


def test_receipts_open_for_auditors_and_for_whoever_made_the_entry(book: Book) -> None:
    mine = book.shop.store(person()).receipt.index
    assert book.shop.receipt(mine).details is not None
    assert book.auditor.receipt(mine).details is not None
    stranger = book.plane.caller("importer").receipt(mine)
    assert (stranger.salt, stranger.details) == (None, None)
    verify_receipt(stranger.to_json(), book.verifier)


def test_only_auditors_and_the_operator_read_the_entries(book: Book) -> None:
    for role in ("shop-backend", "order-system", "courier", "importer"):
        with pytest.raises(DeniedError):
            book.plane.caller(role).entries()
    assert book.plane.caller("auditor").entries(0, 5).entries == book.rows[:5]
    assert book.plane.operator().entries(0, 5).entries == book.rows[:5]


def test_entries_are_paged_without_a_gap(book: Book) -> None:
    credential = book.plane.credential("auditor")

    def ask(query: str) -> Answer:
        return book.plane.ask("GET", f"/v1/log/entries{query}", credential=credential)

    first = ask("").json()
    assert (len(first["entries"]), first["next"]) == (100, 100)
    assert len(ask("?count=5000").json()["entries"]) <= 1000
    far = ask("?start=9000000000000000").json()
    assert (far["entries"], far["next"]) == ([], 9000000000000000)
    assert ask("?start=5&count=0").json()["next"] == 5
    for query in ("?start=-1", "?count=x", "?start=1&start=2"):
        assert ask(query).status == 400


def test_proofs_beyond_the_ledger_are_refused(book: Book) -> None:
    size = book.plane.size()
    for ask in (
        lambda: book.shop.inclusion(size, size),
        lambda: book.shop.inclusion(0, size + 1),
        lambda: book.shop.inclusion(3, 3),
        lambda: book.shop.consistency(0, size),
        lambda: book.shop.consistency(5, 4),
        lambda: book.shop.consistency(1, size + 1),
    ):
        with pytest.raises(InvalidError):
            ask()
    with pytest.raises(NotFoundError):
        book.shop.receipt(size)


def test_followers_get_each_entry_once_and_in_order(book: Book) -> None:
    follower = book.auditor.follow(690)
    seen = [next(follower) for _ in range(10)]
    assert [row.index for row in seen] == list(range(690, 700))
    assert seen == list(book.rows[690:700])
