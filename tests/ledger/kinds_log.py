"""Kinds of tampering with a stored log."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from shopward.ledger.entry import Leaf, commitment, encode_leaf, parse_leaf
from shopward.ledger.reader import Opened
from shopward.ledger.verify import Damage
from tests.ledger.evidence import (
    INDEX,
    Evidence,
    Kind,
    flip,
    forked_looks,
    respell,
    swap,
    turn_letter,
)
from tests.ledger.sample import EARLIER, SIZE, Row, rows, sample, signer, write


def leaf(evidence: Evidence, index: int, change: Callable[[Leaf], Leaf]) -> None:
    """Write a leaf again, changed."""
    changed = change(parse_leaf(evidence.book.stored[index]))
    evidence.book.stored[index] = encode_leaf(changed.time_ms, changed.kind, changed.commitment)


def change_leaf(evidence: Evidence) -> None:
    evidence.book.opened[INDEX] = None
    evidence.book.stored[INDEX] = flip(evidence.book.stored[INDEX])


def garble_leaf(evidence: Evidence) -> None:
    evidence.book.stored[INDEX] = flip(evidence.book.stored[INDEX], 0)


def remove(index: int) -> Callable[[Evidence], None]:
    def apply(evidence: Evidence) -> None:
        del evidence.book.stored[index], evidence.book.opened[index]

    return apply


def insert_leaf(evidence: Evidence) -> None:
    time_ms = parse_leaf(evidence.book.stored[INDEX]).time_ms
    evidence.book.stored.insert(INDEX, encode_leaf(time_ms, "record:stored", bytes(32)))
    evidence.book.opened.insert(INDEX, None)


def append_leaf(evidence: Evidence) -> None:
    evidence.book.stored.append(evidence.book.stored[-1])
    evidence.book.opened.append(evidence.book.opened[-1])


def duplicate_leaf(evidence: Evidence) -> None:
    evidence.book.stored[INDEX + 1] = evidence.book.stored[INDEX]
    evidence.book.opened[INDEX + 1] = evidence.book.opened[INDEX]


def reorder(first: int, second: int) -> Callable[[Evidence], None]:
    def apply(evidence: Evidence) -> None:
        swap(evidence.book.stored, first, second)
        swap(evidence.book.opened, first, second)

    return apply


def change_kind(evidence: Evidence) -> None:
    leaf(evidence, INDEX, lambda kept: replace(kept, kind="record:searched"))


def change_time(evidence: Evidence) -> None:
    time_ms = parse_leaf(evidence.book.stored[SIZE - 1]).time_ms
    leaf(evidence, SIZE - 1, lambda kept: replace(kept, time_ms=time_ms + 1))


def turn_time_back(evidence: Evidence) -> None:
    leaf(evidence, INDEX, lambda kept: replace(kept, time_ms=1))


def swap_commitments(evidence: Evidence) -> None:
    first, second = (parse_leaf(evidence.book.stored[n]).commitment for n in (3, INDEX))
    leaf(evidence, 3, lambda kept: replace(kept, commitment=second))
    leaf(evidence, INDEX, lambda kept: replace(kept, commitment=first))


def swap_commitments_and_details(evidence: Evidence) -> None:
    swap_commitments(evidence)
    swap(evidence.book.opened, 3, INDEX)


def opened(evidence: Evidence, index: int = INDEX) -> Opened:
    kept = evidence.book.opened[index]
    assert kept is not None
    return kept


def change_salt(evidence: Evidence) -> None:
    kept = opened(evidence)
    evidence.book.opened[INDEX] = Opened(flip(kept.salt), kept.details)


def change_details(evidence: Evidence) -> None:
    kept = opened(evidence)
    evidence.book.opened[INDEX] = Opened(kept.salt, kept.details.replace(b"agent-4", b"agent-5"))
    assert evidence.book.opened[INDEX] != kept


def reformat_details(evidence: Evidence) -> None:
    kept = opened(evidence)
    spaced = json.dumps(json.loads(kept.details)).encode()
    evidence.book.opened[INDEX] = Opened(kept.salt, spaced)


def swap_details(evidence: Evidence) -> None:
    swap(evidence.book.opened, 3, INDEX)


def recommit_details(evidence: Evidence) -> None:
    change_details(evidence)
    now = opened(evidence)
    again = commitment(now.salt, now.details)
    leaf(evidence, INDEX, lambda kept: replace(kept, commitment=again))


def change_tile(evidence: Evidence) -> None:
    evidence.book.tiles[0, 1] = flip(evidence.book.tiles[0, 1], 4000)


def drop_tile(evidence: Evidence) -> None:
    del evidence.book.tiles[0, 0]


def shorten_tile(evidence: Evidence) -> None:
    evidence.book.tiles[0, 0] = evidence.book.tiles[0, 0][:-32]


def swap_tiles(evidence: Evidence) -> None:
    swap(evidence.book.tiles, (0, 0), (0, 1))


def edit_note(at: int, line: Callable[[str], str]) -> Callable[[Evidence], None]:
    """Change one line of the stored checkpoint without signing it again."""

    def apply(evidence: Evidence) -> None:
        lines = evidence.book.note.split("\n")
        lines[at] = line(lines[at])
        evidence.book.note = "\n".join(lines)

    return apply


def drop_signature(evidence: Evidence) -> None:
    evidence.book.note = evidence.book.note.rpartition("— ")[0]


def sign_with_another_key(evidence: Evidence) -> None:
    text = evidence.book.note.rpartition("\n\n")[0] + "\n"
    evidence.book.note = signer("another").sign(text)


def sign_under_another_origin(evidence: Evidence) -> None:
    text = evidence.book.note.rpartition("\n\n")[0] + "\n"
    evidence.book.note = evidence.book.key.sign(text.replace("shop.example", "twin.example", 1))


def replace_key(evidence: Evidence) -> None:
    evidence.book = sample(key=signer("another"))


def replace_log(evidence: Evidence) -> None:
    evidence.book = sample(label="another shop", key=signer("another", "other.example/ledger"))


def present_stale_head(evidence: Evidence) -> None:
    evidence.book.note = evidence.book.notes[EARLIER]


# A log signed again with the true key: an earlier checkpoint, kept outside, shows it.


def rewritten(changes: dict[int, bytes], size: int = SIZE) -> list[Row]:
    looks = rows(size)
    for index, details in changes.items():
        look = looks[index]
        looks[index] = Row(look.kind, look.salt, details, look.time_ms)
    return looks


def rewrite_one(evidence: Evidence) -> None:
    evidence.book = write(rewritten({INDEX: b'{"actor":"nobody"}'}))


def fork(evidence: Evidence) -> None:
    evidence.book = write(forked_looks())


def delete_and_close_the_gap(evidence: Evidence) -> None:
    looks = rows(SIZE)
    del looks[INDEX]
    evidence.book = write(looks)


def truncate(evidence: Evidence) -> None:
    evidence.book = write(rows(EARLIER - 1))


def start_over(evidence: Evidence) -> None:
    evidence.book = write(rows(1, "afresh"))


def empty_out(evidence: Evidence) -> None:
    evidence.book = write([])


def roll_back(evidence: Evidence) -> None:
    evidence.earlier = evidence.book.note
    evidence.book = write(rows(EARLIER))


LOG_KINDS = [
    Kind("leaf-changed", change_leaf, Damage.TILE_MISMATCH),
    Kind("leaf-garbled", garble_leaf, Damage.LEAF_MALFORMED),
    Kind("leaf-removed", remove(INDEX), Damage.CHECKPOINT_SIZE),
    Kind("last-leaf-removed", remove(SIZE - 1), Damage.CHECKPOINT_SIZE),
    Kind("leaf-inserted", insert_leaf, Damage.CHECKPOINT_SIZE),
    Kind("leaf-appended", append_leaf, Damage.CHECKPOINT_SIZE),
    Kind("leaf-duplicated", duplicate_leaf, Damage.TILE_MISMATCH),
    Kind("leaves-reordered-in-a-tile", reorder(130, 131), Damage.TILE_MISMATCH),
    Kind("leaves-reordered-across-tiles", reorder(255, 256), Damage.TILE_MISMATCH),
    Kind("leaves-reordered-after-the-last-tile", reorder(598, 599), Damage.CHECKPOINT_ROOT),
    Kind("kind-changed", change_kind, Damage.TILE_MISMATCH),
    Kind("time-changed", change_time, Damage.CHECKPOINT_ROOT),
    Kind("time-turned-back", turn_time_back, Damage.TIME_BACKWARDS),
    Kind("commitments-swapped", swap_commitments, Damage.DETAILS_ALTERED),
    Kind("commitments-and-details-swapped", swap_commitments_and_details, Damage.CHECKPOINT_ROOT),
    Kind("salt-changed", change_salt, Damage.DETAILS_ALTERED),
    Kind("details-changed-one-byte", change_details, Damage.DETAILS_ALTERED),
    Kind("details-reformatted", reformat_details, Damage.DETAILS_ALTERED),
    Kind("details-swapped", swap_details, Damage.DETAILS_ALTERED),
    Kind("details-changed-and-committed-again", recommit_details, Damage.CHECKPOINT_ROOT),
    Kind("tile-byte-changed", change_tile, Damage.TILE_MISMATCH),
    Kind("tile-missing", drop_tile, Damage.TILE_MISSING),
    Kind("tile-shortened", shorten_tile, Damage.TILE_MISSING),
    Kind("tiles-swapped", swap_tiles, Damage.TILE_MISMATCH),
    Kind("checkpoint-origin-changed", edit_note(0, str.upper), Damage.CHECKPOINT_INVALID),
    Kind("checkpoint-size-changed", edit_note(1, lambda _: "599"), Damage.CHECKPOINT_INVALID),
    Kind(
        "checkpoint-root-changed",
        edit_note(2, lambda line: turn_letter(line, 5)),
        Damage.CHECKPOINT_INVALID,
    ),
    Kind(
        "signature-changed",
        edit_note(4, lambda line: turn_letter(line, -20)),
        Damage.CHECKPOINT_INVALID,
    ),
    Kind("signature-respelled", edit_note(4, respell), Damage.CHECKPOINT_INVALID),
    Kind("signature-removed", drop_signature, Damage.CHECKPOINT_INVALID),
    Kind("signature-from-another-key", sign_with_another_key, Damage.CHECKPOINT_INVALID),
    Kind("origin-of-another-log", sign_under_another_origin, Damage.CHECKPOINT_INVALID),
    Kind("key-replaced-with-same-name", replace_key, Damage.CHECKPOINT_INVALID),
    Kind("log-replaced", replace_log, Damage.CHECKPOINT_INVALID),
    Kind("stale-checkpoint-as-head", present_stale_head, Damage.CHECKPOINT_SIZE),
    Kind("rewritten-and-signed-again", rewrite_one, Damage.HISTORY_REWRITTEN, needs_earlier=True),
    Kind("forked-after-a-checkpoint", fork, Damage.HISTORY_REWRITTEN, needs_earlier=True),
    Kind(
        "entry-deleted-and-signed-again",
        delete_and_close_the_gap,
        Damage.HISTORY_REWRITTEN,
        needs_earlier=True,
    ),
    Kind("truncated-and-signed-again", truncate, Damage.HISTORY_TRUNCATED, needs_earlier=True),
    Kind("started-over", start_over, Damage.HISTORY_TRUNCATED, needs_earlier=True),
    Kind("emptied-and-signed-again", empty_out, Damage.HISTORY_TRUNCATED, needs_earlier=True),
    Kind("rolled-back-to-an-old-copy", roll_back, Damage.HISTORY_TRUNCATED, needs_earlier=True),
]
