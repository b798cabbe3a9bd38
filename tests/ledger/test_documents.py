from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shopward.errors import IntegrityError, ProofError, ShopwardError, SignatureError
from shopward.ledger.checkpoint import (
    Checkpoint,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from shopward.ledger.consistency import format_consistency, parse_consistency, verify_extends
from shopward.ledger.entry import parse_leaf
from shopward.ledger.reader import Opened
from shopward.ledger.receipt import (
    Receipt,
    TlogProof,
    format_proof,
    parse_proof,
    parse_receipt,
    verify_receipt,
)
from shopward.ledger.tiles import parse_tile_path
from shopward.signing import Signer, Verifier, open_note
from tests.ledger.sample import EARLIER, ORIGIN, SIZE, sample, signer

BOOK = sample()
VERIFIER = BOOK.key.verifier
HASHES = st.binary(min_size=32, max_size=32)
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)
NOISE = st.text() | st.text("\n 0123456789Aa=+/—\r\x00", max_size=200)


@given(LINES, st.integers(0, 2**63 - 1), HASHES, st.lists(LINES))
def test_a_checkpoint_round_trips(origin: str, size: int, root: bytes, more: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(more))
    assert parse_checkpoint(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a\n1\n",
        "a\n1\n\n",
        "\n1\n{root}\n",
        "a\n01\n{root}\n",
        "a\n-1\n{root}\n",
        "a\n+1\n{root}\n",
        "a\n1_0\n{root}\n",
        "a\n١\n{root}\n",
        "a\n 1\n{root}\n",
        "a\n9223372036854775808\n{root}\n",
        "a\n1\n{root}",
        "a\n1\n{root}=\n",
        "a\n1\nAAAA\n",
        "a\n1\n{root}\n\nmore\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError):
        parse_checkpoint(text.replace("{root}", "A" * 43 + "="))


def test_a_checkpoint_of_another_origin_is_refused_although_the_key_is_right() -> None:
    note = sign_checkpoint(BOOK.key, Checkpoint("twin.example/ledger", 1, bytes(32)))
    with pytest.raises(IntegrityError, match="another log"):
        open_checkpoint(note, VERIFIER)


def test_a_witness_may_cosign_a_checkpoint() -> None:
    witness = signer("witness", "witness.example")
    cosigned = (
        BOOK.note + witness.sign(BOOK.note.rpartition("\n\n")[0] + "\n").rpartition("\n\n")[2]
    )
    assert open_checkpoint(cosigned, VERIFIER) == open_checkpoint(BOOK.note, VERIFIER)
    text = BOOK.note.rpartition("\n\n")[0] + "\n"
    assert open_note(cosigned, (VERIFIER, witness.verifier)).signers == (ORIGIN, "witness.example")
    assert open_note(cosigned, (witness.verifier,)).text == text


@given(
    st.integers(0, 2**63 - 1),
    st.lists(HASHES, max_size=63),
    st.none() | st.binary(max_size=100),
    NOISE,
)
def test_a_proof_round_trips(
    index: int, hashes: list[bytes], extra: bytes | None, note: str
) -> None:
    proof = TlogProof(index, tuple(hashes), note, extra)
    assert parse_proof(format_proof(proof)) == proof


@pytest.mark.parametrize(
    "head",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\nextra AAAA",
        "c2sp.org/tlog-proof@v1\nindex 00",
        "c2sp.org/tlog-proof@v1\nindex  0",
        "c2sp.org/tlog-proof@v1\nindex -1",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA",
        "c2sp.org/tlog-proof@v1\r\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0" + ("\n" + "A" * 43 + "=") * 64,
    ],
)
def test_a_malformed_proof_is_refused(head: str) -> None:
    with pytest.raises(IntegrityError):
        parse_proof(f"{head}\n\n{BOOK.note}")


def test_a_proof_without_a_checkpoint_is_refused() -> None:
    with pytest.raises(ProofError):
        parse_proof("c2sp.org/tlog-proof@v1\nindex 0\n")


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, SIZE - 1])
@pytest.mark.parametrize("opened", [True, False])
def test_a_receipt_verifies_and_shows_what_was_logged(index: int, *, opened: bool) -> None:
    receipt = BOOK.receipt(index, opened=opened)
    verified = verify_receipt(receipt.to_json(), VERIFIER)
    kept = BOOK.opened[index]
    assert kept is not None
    assert verified.index == index
    assert verified.leaf == parse_leaf(BOOK.stored[index])
    assert verified.details == (kept.details if opened else None)
    assert verified.checkpoint == open_checkpoint(BOOK.note, VERIFIER)
    assert parse_receipt(receipt.to_json()) == receipt


@pytest.mark.parametrize("size", [1, 3, 67, EARLIER])
def test_a_receipt_verifies_under_the_checkpoint_of_its_own_commit(size: int) -> None:
    receipt = BOOK.receipt(size - 1, size)
    assert verify_receipt(receipt.to_json(), VERIFIER).checkpoint.size == size


def test_details_keep_every_character() -> None:
    details = '{"actor":"Zoë \\u0000 \u2028 🙂"}'.encode()
    receipt = Receipt(BOOK.stored[0], Opened(bytes(32), details), BOOK.receipt(0).proof)
    assert parse_receipt(receipt.to_json()).opened == Opened(bytes(32), details)


@pytest.mark.parametrize("part", ["format", "leaf", "salt", "details", "proof"])
def test_a_receipt_has_exactly_its_five_parts(part: str) -> None:
    document = json.loads(BOOK.receipt(0).to_json())
    for changed in (
        {name: value for name, value in document.items() if name != part},
        document | {part: 1},
        document | {"more": part},
    ):
        with pytest.raises(ProofError):
            parse_receipt(json.dumps(changed))


@pytest.mark.parametrize("version", ["shopward-receipt/v2", "shopward-consistency/v1", "", None])
def test_another_format_is_refused(version: str | None) -> None:
    receipt = json.loads(BOOK.receipt(0).to_json()) | {"format": version}
    with pytest.raises(ProofError):
        parse_receipt(json.dumps(receipt))


def test_an_overlong_receipt_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProofError, match="at most"):
        parse_receipt(b" " * 2_000_001)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_receipt_with_any_bit_flipped_shows_the_same_or_is_refused(data: st.DataObject) -> None:
    document = bytearray(BOOK.receipt(137).to_json())
    sound = verify_receipt(bytes(document), VERIFIER)
    bit = data.draw(st.integers(0, len(document) * 8 - 1))
    document[bit // 8] ^= 1 << bit % 8
    try:
        verified = verify_receipt(bytes(document), VERIFIER)
    except IntegrityError:
        return
    assert verified == sound


@pytest.mark.parametrize(("old", "new"), [(1, 3), (3, EARLIER), (EARLIER, SIZE), (1, SIZE)])
def test_consistency_verifies(old: int, new: int) -> None:
    document = BOOK.consistency(old, new)
    first, second = verify_extends(BOOK.notes[old], BOOK.notes[new], document, VERIFIER)
    assert (first.size, second.size) == (old, new)


def test_a_checkpoint_extends_itself_without_a_proof() -> None:
    verify_extends(BOOK.note, BOOK.note, format_consistency([]), VERIFIER)


def test_nothing_is_shown_about_an_empty_log() -> None:
    empty = sample(count=0).note
    with pytest.raises(ProofError):
        verify_extends(empty, BOOK.note, format_consistency([]), VERIFIER)


@given(st.lists(HASHES, max_size=63))
def test_a_consistency_document_round_trips(hashes: list[bytes]) -> None:
    assert parse_consistency(format_consistency(hashes)) == tuple(hashes)


@settings(deadline=None)
@given(st.binary() | NOISE.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_parser_fails_on_bytes_with_another_error_than_ours(data: bytes) -> None:
    for parse in (parse_leaf, parse_receipt, parse_consistency):
        with pytest.raises(IntegrityError):
            parse(data)


@settings(deadline=None)
@given(NOISE)
def test_no_parser_fails_on_text_with_another_error_than_ours(text: str) -> None:
    sealed = f"{text}\n\n— {ORIGIN} AAAAAAAA\n"
    proof = f"c2sp.org/tlog-proof@v1\n{text}"
    for parse in (
        parse_checkpoint,
        parse_proof,
        parse_receipt,
        parse_consistency,
        parse_tile_path,
        Verifier.parse,
        lambda note: open_checkpoint(note, VERIFIER),
    ):
        for item in (text, sealed, proof, f"index {text}", f"{proof}\n\n{BOOK.note}"):
            assert len(item) < 20 or item not in _failure(parse, item)


def _failure(parse: Callable[[str], object], text: str) -> str:
    """What our error says, when the text is refused."""
    try:
        parse(text)
    except IntegrityError as error:
        return str(error)
    return ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(("leaf", "salt", "details", "proof", "format")), JSON))
def test_no_json_makes_a_receipt_fail_with_another_error_than_ours(
    parts: dict[str, object],
) -> None:
    whole = json.loads(BOOK.receipt(0).to_json())
    document = whole | parts
    assume(document not in (whole, whole | {"salt": None, "details": None}))
    with pytest.raises(ShopwardError):
        verify_receipt(json.dumps(document), VERIFIER)


def test_a_verifier_of_another_name_does_not_open_the_checkpoint() -> None:
    twin = Signer("twin.example/ledger", b"\x01" * 32)
    with pytest.raises(SignatureError):
        verify_receipt(BOOK.receipt(0).to_json(), twin.verifier)
