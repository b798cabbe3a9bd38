from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import IntegrityError, SignatureError
from shopward.signing import (
    MAX_NOTE_CHARS,
    Signer,
    Verifier,
    decode_base64,
    encode_base64,
    key_id,
    open_note,
)

ALICE = Signer("alice.example", b"\x01" * 32)
BOB = Signer("bob.example", b"\x02" * 32)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n")).map(
    lambda text: text + "\n"
)


def signature_line(note: str) -> str:
    return note.rpartition("\n\n")[2]


@given(TEXTS)
def test_a_signed_text_opens_to_itself(text: str) -> None:
    note = open_note(ALICE.sign(text), (ALICE.verifier,))
    assert (note.text, note.signers) == (text, ("alice.example",))


def test_a_note_of_the_go_implementation_opens() -> None:
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdn"
        "gotpRZb6KE6RyyBwJnAM=\n"
    )
    assert open_note(note, (Verifier.parse(vkey),)).text.endswith("your problem is.\n")


def test_key_ids_follow_the_specification() -> None:
    public = ALICE.verifier.public_key
    expected = hashlib.sha256(b"alice.example\n\x01" + public).digest()[:4]
    assert key_id("alice.example", public) == ALICE.verifier.key_id == expected
    assert ALICE.vkey.startswith(f"alice.example+{expected.hex()}+")


def test_a_vkey_round_trips() -> None:
    verifier = Verifier.parse(ALICE.vkey + "\n")
    assert (verifier.name, verifier.vkey) == ("alice.example", ALICE.vkey)
    assert open_note(ALICE.sign("hello\n"), (verifier,)).text == "hello\n"


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "alice.example",
        ALICE.vkey.replace("alice", "malice"),
        ALICE.vkey.replace("+", "-"),
        ALICE.vkey[:-1],
        ALICE.vkey + "=",
        ALICE.vkey.upper(),
        "a+00000000+" + encode_base64(b"\x02" + bytes(32)),
        "a+00000000+" + encode_base64(b"\x01" + bytes(31)),
    ],
)
def test_a_vkey_that_is_not_exactly_one_is_refused(vkey: str) -> None:
    with pytest.raises(IntegrityError):
        Verifier.parse(vkey)


@given(TEXTS, st.data())
def test_a_changed_character_of_the_text_is_refused(text: str, data: st.DataObject) -> None:
    note = ALICE.sign(text)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[at]))
    with pytest.raises(SignatureError):
        open_note(note[:at] + other + note[at + 1 :], (ALICE.verifier,))


def test_unknown_keys_are_ignored_and_known_ones_must_hold() -> None:
    note = ALICE.sign("hello\n")
    both = note + signature_line(BOB.sign("hello\n"))
    false = note + signature_line(BOB.sign("other\n"))
    assert open_note(both, (ALICE.verifier, BOB.verifier)).signers == (
        "alice.example",
        "bob.example",
    )
    assert open_note(false, (ALICE.verifier,)).signers == ("alice.example",)
    with pytest.raises(SignatureError, match="does not verify"):
        open_note(false, (ALICE.verifier, BOB.verifier))


def test_a_note_that_no_trusted_key_signed_is_refused() -> None:
    for verifiers in ((), (BOB.verifier,), (Signer("alice.example", b"\x03" * 32).verifier,)):
        with pytest.raises(SignatureError, match="no key we trust"):
            open_note(ALICE.sign("hello\n"), verifiers)


def test_a_key_with_a_forged_id_does_not_pass() -> None:
    mallory = Signer("alice.example", b"\x03" * 32)
    raw = decode_base64(mallory.sign("hello\n").split(" ")[-1].strip(), "a signature")
    forged = encode_base64(ALICE.verifier.key_id + raw[4:])
    with pytest.raises(SignatureError, match="does not verify"):
        open_note(f"hello\n\n— alice.example {forged}\n", (ALICE.verifier,))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "hello\n",
        "hello\n\n",
        "hello\n\n\n",
        ALICE.sign("hello\n")[:-1],
        ALICE.sign("hello\n").replace("—", "-"),
        ALICE.sign("hello\n").replace("\n", "\r\n"),
        ALICE.sign("hello\n").replace("— alice", "—  alice"),
        ALICE.sign("hello\n") + "— bob.example AAAA\n",
        ALICE.sign("hello\n") + "— bob.example AAAAAAA\n",
        ALICE.sign("hello\n") + "trailing\n",
        ALICE.sign("hello\n") + signature_line(BOB.sign("hello\n")) * 64,
        "x" * MAX_NOTE_CHARS + ALICE.sign("hello\n"),
        ALICE.sign("hello\n") + "\ud800",
        ALICE.sign("hello\n").replace("hello", "hel\x00lo"),
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(IntegrityError):
        open_note(note, (ALICE.verifier,))


def test_sixteen_signatures_are_accepted() -> None:
    signers = [Signer(f"key{n}.example", bytes([n]) * 32) for n in range(16)]
    lines = "".join(signature_line(signer.sign("hello\n")) for signer in signers)
    verifiers = [signer.verifier for signer in signers]
    assert len(open_note(f"hello\n\n{lines}", verifiers).signers) == 16


def test_a_text_may_hold_empty_lines() -> None:
    text = "first\n\n— alice.example AAAAAAAA\n\nlast\n"
    assert open_note(ALICE.sign(text), (ALICE.verifier,)).text == text


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "nul\x00\n", "\r\n", "\ud800\n"])
def test_a_text_that_cannot_stand_in_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(SignatureError):
        ALICE.sign(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a\x00b", "\ud800"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(SignatureError):
        Signer(name, bytes(32))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_keys_have_32_bytes(length: int) -> None:
    with pytest.raises(SignatureError):
        Signer("alice.example", bytes(length))
    with pytest.raises(SignatureError):
        Verifier("alice.example", bytes(length))


@given(st.binary())
def test_base64_round_trips(data: bytes) -> None:
    assert decode_base64(encode_base64(data), "it") == data


@pytest.mark.parametrize(
    "text", ["A", "AA", "AA=", "AB==", "AAB=", "A A=", "AA==\n", "-_==", "ÀA=="]
)
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(IntegrityError, match="it is not"):
        decode_base64(text, "it")


@given(st.text(), st.binary())
def test_parsers_fail_only_with_our_errors(text: str, data: bytes) -> None:
    for parse in (
        lambda: open_note(text, (ALICE.verifier,)),
        lambda: open_note(f"{text}\n\n— alice.example {text}\n", (ALICE.verifier,)),
        lambda: Verifier.parse(text),
        lambda: ALICE.verifier.verify(data, data),
        lambda: ALICE.verifier.verify(data, data[:64].ljust(64, b"\x00")),
    ):
        with pytest.raises(IntegrityError):
            parse()


def test_a_signer_shows_its_public_half_only() -> None:
    shown = repr(ALICE) + repr(ALICE.verifier)
    assert ALICE.vkey in shown
    assert (b"\x01" * 32).hex() not in shown
    assert encode_base64(b"\x01" * 32) not in shown


def test_rfc_8032_test_1_key() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert Signer("rfc8032.example", seed).verifier.public_key.hex() == public
