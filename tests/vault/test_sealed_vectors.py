"""The published vectors: the file is what the code makes, and others can make it too."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from shopward.errors import InvalidError
from shopward.vault.forms import part
from shopward.vault.keystore import open_keystore
from shopward.vault.normalise import normalise
from shopward.vault.tokens import is_token
from vectors.generate_sealed import PATH, render

VECTORS = json.loads(PATH.read_text(encoding="utf-8"))


def _hex(case: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def _context(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _xaes_open(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """XAES-256-GCM by the library's CMAC: nothing of ours."""
    derived = b""
    for counter in (b"\x00\x01", b"\x00\x02"):
        mac = CMAC(algorithms.AES(key))
        mac.update(counter + b"X\x00" + sealed[:12])
        derived += mac.finalize()
    return AESGCM(derived).decrypt(sealed[12:24], sealed[24:], bound)


def test_the_file_is_what_the_code_makes() -> None:
    assert PATH.read_text(encoding="utf-8") == render()


@pytest.mark.parametrize("case", VECTORS["context"], ids=lambda case: case["context"][:24])
def test_contexts(case: dict[str, Any]) -> None:
    assert _context(*map(bytes.fromhex, case["parts"])).hex() == case["context"]


def test_the_key_id() -> None:
    (key,) = _hex(VECTORS["key_id"], "key")
    mac = hmac.new(key, b"shopward/key-id/v1\x01", hashlib.sha256)

    assert mac.hexdigest()[:32] == VECTORS["key_id"]["key_id"]


def test_the_field_opens_with_aes_gcm_alone() -> None:
    case = VECTORS["field"]
    dek, installation, subject, bound, nonce, plaintext, sealed = _hex(
        case, "dek", "installation", "subject", "context", "nonce", "plaintext", "sealed"
    )
    parts = (installation, subject, case["class"].encode(), case["field"].encode())
    numbers = (case["key_version"].to_bytes(4, "big"), case["schema_version"].to_bytes(4, "big"))

    assert bound == _context(b"shopward/field/v1", *parts, *numbers)
    assert sealed[:1] + sealed[17:29] == b"\x01" + nonce
    assert AESGCM(dek).decrypt(nonce, sealed[29:], bound) == plaintext


def test_the_wrapped_key_opens_with_cmac_and_aes_gcm_alone() -> None:
    case = VECTORS["wrapped_dek"]
    kek, dek, bound, wrapped = _hex(case, "kek", "dek", "context", "wrapped")

    assert len(wrapped) == 77
    assert wrapped[:5] == b"\x01" + case["epoch"].to_bytes(4, "big")
    assert _xaes_open(kek, wrapped[5:], bound) == dek


def test_the_index() -> None:
    case = VECTORS["index"]
    (root,) = _hex(case, "index_root")
    info = _context(b"shopward/index/v1", b"email", b"unique", case["version"].to_bytes(4, "big"))
    extracted = hmac.digest(bytes(32), root, "sha256")
    key = hmac.digest(extracted, info + b"\x01", "sha256")

    assert key.hex() == case["key"]
    assert hmac.digest(key, case["normalised"].encode(), "sha256").hex() == case["digest"]


@pytest.mark.parametrize("case", VECTORS["search"]["indexes"], ids=lambda case: case["index"])
def test_the_search_indexes(case: dict[str, Any]) -> None:
    (root,) = _hex(VECTORS["index"], "index_root")
    kind, _, over = case["index"].partition(":")
    info = _context(b"shopward/index/v1", over.encode(), kind.encode(), bytes((0, 0, 0, 1)))
    key = hmac.digest(hmac.digest(bytes(32), root, "sha256"), info + b"\x01", "sha256")
    assert key.hex() == case["key"]
    forms = case["forms"]
    messages = {
        "exact": {forms[0].encode()},
        "prefix": {forms[0][:end].encode() for end in range(2, min(len(forms[0]), 12) + 1)},
        "infix": {forms[0][at : at + 3].encode() for at in range(len(forms[0]) - 2)},
        "compound": {_context(*(form.encode() for form in forms))},
    }[kind.removesuffix("-folded")]
    expected = {one.hex(): hmac.digest(key, one, "sha256")[:16].hex() for one in messages}
    assert expected == case["digests"]


@pytest.mark.parametrize("case", VECTORS["search"]["parts"], ids=lambda case: case["form"])
def test_the_parts_that_are_looked_for(case: dict[str, Any]) -> None:
    assert part(case["type"], case["part"], folds=case["folds"]) == case["form"]


def test_the_tokens() -> None:
    case = VECTORS["tokens"]

    assert all(is_token(case[name]) for name in ("customer", "opaque", "mail", "phone"))
    assert case["phone"].startswith(f"+999{case['phone_random']:011}")


def test_the_body() -> None:
    case = VECTORS["body"]
    fields = msgspec.msgpack.decode(bytes.fromhex(case["body"]), type=dict[str, bytes])

    assert {name: sealed.hex() for name, sealed in fields.items()} == case["fields"]
    assert list(fields) == sorted(fields)


def test_the_keystore_opens_with_the_library_alone() -> None:
    case = VECTORS["keystore"]
    document = json.loads(case["document"])
    kdf = document["kdf"]
    salt = bytes.fromhex(kdf["salt"])
    memory, iterations, lanes = kdf["memory_kib"], kdf["iterations"], kdf["lanes"]
    key = Argon2id(
        salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory
    ).derive(case["passphrase"].encode())
    numbers = [number.to_bytes(4, "big") for number in (memory, iterations, lanes)]
    bound = _context(document["format"].encode(), kdf["name"].encode(), *numbers, salt)
    secrets = json.loads(_xaes_open(key, base64.b64decode(document["sealed"]), bound))

    assert secrets == case["secrets"]


def test_the_keystore_opens_from_a_file(tmp_path: Path) -> None:
    case = VECTORS["keystore"]
    path = tmp_path / "keystore.json"
    path.touch(0o600)
    path.write_text(case["document"], encoding="utf-8")
    custodian = open_keystore(path, case["passphrase"].encode())
    wrapped = VECTORS["wrapped_dek"]

    index, seed = VECTORS["index"], case["secrets"]["rings"]["ledger"]["keys"]["1"]["secret"]
    assert custodian.ledger_seed(1).hex() == seed
    assert custodian.name_key(index["name_field"], "unique").hex() == index["name_key"]
    assert custodian.backup_key(1).hex() == index["backup_key"]
    assert (
        custodian.unwrap(wrapped["epoch"], *_hex(wrapped, "wrapped", "context")).hex()
        == (wrapped["dek"])
    )


@pytest.mark.parametrize("case", VECTORS["normal_forms"], ids=lambda case: ascii(case["written"]))
def test_normal_forms(case: dict[str, str]) -> None:
    assert normalise(case["type"], case["written"], field="f", region="DE") == case["form"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: ascii(case["written"]))
def test_refused_forms(case: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        normalise(case["type"], case["written"], field="f", region="DE")
