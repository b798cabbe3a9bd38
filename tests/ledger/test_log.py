from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopward.errors import ConflictError, IntegrityError, InvalidError, ProofError
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.entry import encode_leaf, parse_leaf
from shopward.ledger.log import Draft, Edge, Log, Staged, resume
from shopward.ledger.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from shopward.ledger.tiles import TileReader, node_reader, partial_widths
from shopward.signing import Verifier
from tests.ledger import naive
from tests.ledger.sample import ORIGIN, signer

SIGNER = signer()
DRAFTS = [
    Draft("record:revealed", hashlib.sha256(n.to_bytes(4, "big")).digest()) for n in range(2000)
]
NOW = 1_750_000_000_000
LEAVES = [encode_leaf(NOW, draft.kind, draft.commitment) for draft in DRAFTS]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def inclusion(log: Log, index: int, read_tile: TileReader) -> list[bytes]:
    return inclusion_proof(index, log.size, node_reader(log.edge.over(read_tile)))


def consistency(log: Log, old: int, read_tile: TileReader) -> list[bytes]:
    return consistency_proof(old, log.size, node_reader(log.edge.over(read_tile)))


@dataclass
class Shelf:
    """What a store would have written."""

    leaves: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)

    def write(self, staged: Staged) -> None:
        assert staged.first == len(self.leaves)
        self.leaves += staged.leaves
        self.hashes += staged.hashes
        for level, index, data in staged.tiles:
            assert (level, index) not in self.tiles
            self.tiles[level, index] = data
        self.roots[staged.size] = staged.root
        assert staged.size == len(self.leaves)

    def read_tile(self, level: int, index: int) -> bytes | None:
        return self.tiles.get((level, index))

    def read_hashes(self, start: int, count: int) -> Sequence[bytes]:
        return self.hashes[start : start + count]


def grow(log: Log, shelf: Shelf, widths: Sequence[int]) -> None:
    for width in widths:
        staged = log.stage(DRAFTS[log.size : log.size + width], NOW)
        shelf.write(staged)
        log.accept(staged)


def new_log() -> Log:
    return Log(SIGNER, ORIGIN, Edge.empty())


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from((0, 1, 2, 3, 63, 64, 200, 255, 256, 257, 400)), max_size=5))
def test_any_split_into_batches_gives_the_same_log(widths: list[int]) -> None:
    log, shelf, total = new_log(), Shelf(), sum(widths)
    grow(log, shelf, widths)
    whole = new_log().stage(DRAFTS[:total], NOW)
    assert (log.size, log.root, log.note) == (whole.size, whole.root, whole.note)
    assert (shelf.leaves, shelf.hashes) == (whole.leaves, whole.hashes)
    assert shelf.tiles == {(level, index): data for level, index, data in whole.tiles}
    assert log.edge.partials == whole.edge.partials
    assert log.root == naive.tree(LEAVES[:total])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1200), st.integers(0, 400))
def test_a_resumed_log_goes_on_as_if_it_had_never_stopped(first: int, second: int) -> None:
    log, shelf = new_log(), Shelf()
    grow(log, shelf, [first])
    edge = resume(log.size, log.time_ms, shelf.read_tile, shelf.read_hashes)
    again = Log(SIGNER, ORIGIN, edge)
    assert edge == Edge.resume(log.size, log.time_ms, log.edge.partials)
    assert (again.root, again.note, again.time_ms) == (log.root, log.note, log.time_ms)
    drafts = DRAFTS[first : first + second]
    assert again.stage(drafts, NOW) == log.stage(drafts, NOW)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_proofs_from_tiles_verify_for_any_index_and_size(data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.integers(1, 400), min_size=2, max_size=4))
    log, shelf = new_log(), Shelf()
    grow(log, shelf, widths)
    index = data.draw(st.integers(0, log.size - 1))
    proof = inclusion(log, index, shelf.read_tile)
    assert proof == naive.path(index, LEAVES[: log.size])
    verify_inclusion(index, log.size, HASHES[index], proof, log.root)
    for old, root in shelf.roots.items():
        path = consistency(log, old, shelf.read_tile)
        verify_consistency(old, log.size, root, log.root, path)


def test_tiles_of_level_one_fill_up_and_resume() -> None:
    log, shelf = new_log(), Shelf()
    size = 65_536 + 300
    draft = DRAFTS[0]
    for width in (40_000, 25_000, size - 65_000):
        staged = log.stage([draft] * width, NOW)
        shelf.write(staged)
        log.accept(staged)
    assert sorted(shelf.tiles)[-2:] == [(0, 256), (1, 0)]
    assert [len(part) for part in log.edge.partials] == partial_widths(size) == [44, 1, 1]
    edge = resume(size, log.time_ms, shelf.read_tile, shelf.read_hashes)
    assert edge == log.edge
    for index in (0, 255, 65_535, 65_536, size - 1):
        proof = inclusion(log, index, shelf.read_tile)
        verify_inclusion(index, size, shelf.hashes[index], proof, log.root)
    path = consistency(log, 40_000, shelf.read_tile)
    verify_consistency(40_000, size, shelf.roots[40_000], log.root, path)


def test_a_new_log_signs_the_empty_tree() -> None:
    checkpoint = open_checkpoint(new_log().note, SIGNER.verifier)
    assert (checkpoint.size, checkpoint.root) == (0, EMPTY_ROOT)


def test_staging_changes_nothing_until_it_is_accepted() -> None:
    log = new_log()
    before = (log.size, log.root, log.note, log.time_ms, log.edge)
    staged = log.stage(DRAFTS[:300], NOW)
    assert (log.size, log.root, log.note, log.time_ms, log.edge) == before
    assert log.stage(DRAFTS[:300], NOW) == staged
    log.accept(staged)
    assert (log.size, log.root, log.note, log.time_ms) == (300, staged.root, staged.note, NOW)


def test_the_signed_checkpoint_is_of_the_new_head() -> None:
    staged = new_log().stage(DRAFTS[:5], NOW)
    checkpoint = open_checkpoint(staged.note, SIGNER.verifier)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, 5, staged.root)


def test_the_head_is_one_value_that_does_not_change_under_its_reader() -> None:
    log = new_log()
    log.accept(log.stage(DRAFTS[:300], NOW))
    head = log.head
    log.accept(log.stage(DRAFTS[300:400], NOW))
    checkpoint = open_checkpoint(head.note, Verifier.parse(log.vkey))
    assert (
        (checkpoint.size, checkpoint.root) == (head.edge.size, head.root) == (300, head.edge.root)
    )


def test_ledger_time_never_goes_back() -> None:
    log = new_log()
    log.accept(log.stage(DRAFTS[:2], NOW))
    staged = log.stage(DRAFTS[2:4], NOW - 60_000)
    log.accept(staged)
    assert {parse_leaf(leaf).time_ms for leaf in staged.leaves} == {staged.time_ms} == {NOW}
    later = log.stage(DRAFTS[4:5], NOW + 1)
    assert (later.time_ms, parse_leaf(later.leaves[0]).time_ms) == (NOW + 1, NOW + 1)


def test_an_empty_batch_does_not_move_the_time() -> None:
    log = new_log()
    log.accept(log.stage([], NOW))
    assert (log.size, log.time_ms) == (0, 0)


def test_a_batch_staged_on_another_head_is_refused() -> None:
    log = new_log()
    first, second = log.stage(DRAFTS[:2], NOW), log.stage(DRAFTS[2:4], NOW)
    log.accept(first)
    with pytest.raises(ConflictError):
        log.accept(second)
    with pytest.raises(ConflictError):
        log.accept(first)
    assert log.root == first.root


def test_a_batch_of_a_twin_log_of_the_same_size_is_refused() -> None:
    log, twin = new_log(), new_log()
    log.accept(log.stage(DRAFTS[:2], NOW))
    twin.accept(twin.stage(DRAFTS[2:4], NOW))
    with pytest.raises(ConflictError):
        log.accept(twin.stage(DRAFTS[4:5], NOW))


@pytest.mark.parametrize(
    "draft", [Draft("", bytes(32)), Draft("fact:put", bytes(31)), Draft("é", bytes(32))]
)
def test_a_draft_outside_its_bounds_stages_nothing(draft: Draft) -> None:
    log = new_log()
    with pytest.raises(InvalidError):
        log.stage([DRAFTS[0], draft], NOW)
    assert log.size == 0


def test_the_key_is_named_as_the_origin() -> None:
    with pytest.raises(ConflictError):
        Log(SIGNER, "other.example/ledger", Edge.empty())


def test_the_head_that_was_resumed_must_be_the_one_that_was_signed() -> None:
    log, shelf = new_log(), Shelf()
    grow(log, shelf, [300])
    log.verify_head(log.note)
    ahead = log.stage(DRAFTS[300:301], NOW).note
    foreign = Log(signer("another"), ORIGIN, log.edge).note
    for note in (ahead, foreign, new_log().note, "nonsense"):
        with pytest.raises(IntegrityError):
            log.verify_head(note)


@pytest.mark.parametrize("damage", ["tile", "short tile", "hash", "wide hash", "size"])
def test_a_damaged_edge_is_not_resumed(damage: str) -> None:
    log, shelf = new_log(), Shelf()
    grow(log, shelf, [300])
    size = log.size
    match damage:
        case "tile":
            del shelf.tiles[0, 0]
        case "short tile":
            shelf.tiles[0, 0] = shelf.tiles[0, 0][:-1]
        case "hash":
            shelf.hashes.pop()
        case "wide hash":
            shelf.hashes[-1] += b"\x00"
        case _:
            size = 600
    with pytest.raises(IntegrityError):
        resume(size, NOW, shelf.read_tile, shelf.read_hashes)


def test_no_proof_is_made_from_a_missing_tile_or_for_an_unknown_index() -> None:
    log, shelf = new_log(), Shelf()
    grow(log, shelf, [300])
    with pytest.raises(ProofError):
        inclusion(log, 300, shelf.read_tile)
    with pytest.raises(ProofError):
        consistency(log, 0, shelf.read_tile)
    with pytest.raises(IntegrityError, match="tile/0/000"):
        inclusion(log, 3, lambda _level, _index: None)
