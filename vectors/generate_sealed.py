"""Writes `sealed.json`: the formats of docs/spec/sealed-fields.md, made by the product's own code.

Every input that is random in the product is pinned here. `python vectors/generate_sealed.py`
writes the file anew; tests compare it with what this makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from shopward.policy import Index, Way
from shopward.signing import Signer
from shopward.vault import (
    body,
    cipher,
    custodian,
    forms,
    keystore_document,
    postings,
    rings,
    tokens,
)
from shopward.vault.blind_index import BlindIndex
from shopward.vault.context import context, u32
from shopward.vault.keyring import Keyring
from shopward.vault.keystore import FileCustodian
from shopward.vault.normalise import normalise
from shopward.vault.xaes import Xaes256Gcm

PATH = Path(__file__).with_name("sealed.json")
INSTALLATION = bytes(range(0x10, 0x20))
SUBJECT = bytes.fromhex("019a0000000070008000000000000001")
DEK = bytes(range(32))
KEK = bytes(range(32, 64))
INDEX_ROOT = bytes(range(64, 96))
LEDGER_SEED = bytes(range(96, 128))
BACKUP_ROOT = bytes(range(128, 160))
NAME_ROOT = bytes(range(160, 192))
EPOCH = 2939
PASSPHRASE = b"an example, not a passphrase"

WRITTEN = (
    ("email", " Ada.Lovelace@Example.COM "),
    ("email", "ada@m\u00fcller.example"),
    ("email", "\uff41\uff44\uff41\uff20example.com."),
    ("phone", "030 901820"),
    ("phone", "+1 (202) 555-0143 ext. 12"),
    ("postcode", "sw1a 1aa"),
    ("country", "de"),
    ("date", "1815-12-10"),
    ("text", "Stra\u00dfe  \uff11"),
)
SEARCHED = (
    (Index(Way.EXACT, ("city",), ("text",), folds=False, is_live=True), ("Delft",)),
    (Index(Way.PREFIX, ("last_name",), ("text",), folds=True, is_live=True), ("M\u00fcller",)),
    (Index(Way.INFIX, ("email",), ("email",), folds=False, is_live=True), ("Ada@Example.com",)),
    (
        Index(
            Way.COMPOUND,
            ("last_name", "postcode"),
            ("text", "postcode"),
            folds=True,
            is_live=True,
        ),
        ("\u0141ukasiewicz", "10 115"),
    ),
)
PARTS = (
    ("text", " Stra\u00dfe", True),
    ("text", "M\u00dc", False),
    ("phone", "(30) 90-18", False),
    ("postcode", "sw1a 1", False),
    ("email", "LOVELACE@Ex", False),
)
REFUSED = (
    ("email", "\u0430pple@example.com"),
    ("email", "a\u200bda@example.com"),
    ("email", "\u202emoc.elpmaxe@ada"),
    ("email", "\u0131da@example.com"),
    ("email", "\u0441\u043e\u0441\u043e@example.com"),
    ("email", "ada@example..com"),
    ("phone", "+999183733949237"),
    ("date", "1815-02-30"),
)


def build() -> dict[str, Any]:
    """Everything in the file."""
    return {
        "format": "shopward-sealed-fields/v1",
        "context": _contexts(),
        "key_id": {"key": DEK.hex(), "key_id": cipher.key_id(DEK).hex()},
        "field": _field(),
        "wrapped_dek": _wrapped(),
        "index": _index(),
        "search": _search(),
        "tokens": _tokens(),
        "body": _body(),
        "keystore": _keystore(),
        "normal_forms": [
            {"type": kind, "written": text, "form": normalise(kind, text, field="f", region="DE")}
            for kind, text in WRITTEN
        ],
        "refused": [{"type": kind, "written": text} for kind, text in REFUSED],
    }


def render() -> str:
    """The file's text."""
    return json.dumps(build(), indent=2, ensure_ascii=True) + "\n"


def _ring() -> Keyring:
    return Keyring(FileCustodian(Path("unused"), _sealing_key(), _secrets()), INSTALLATION)


def _contexts() -> list[dict[str, Any]]:
    lists = ([], [b""], [b"ab", b"c"], [b"a", b"bc"])
    return [
        {"parts": [p.hex() for p in parts], "context": context(*parts).hex()} for parts in lists
    ]


def _field() -> dict[str, Any]:
    nonce = bytes(range(12))
    bound = _ring().field_context("account", "email", SUBJECT, 1)
    plaintext = b"ada@example.com"
    return {
        "dek": DEK.hex(),
        "installation": INSTALLATION.hex(),
        "subject": SUBJECT.hex(),
        "class": "account",
        "field": "email",
        "key_version": 1,
        "schema_version": 1,
        "context": bound.hex(),
        "nonce": nonce.hex(),
        "plaintext": plaintext.hex(),
        "sealed": cipher.Dek(DEK).seal_with_nonce(nonce, plaintext, bound).hex(),
    }


def _wrapped() -> dict[str, Any]:
    nonce = bytes(range(24))
    bound = context(b"shopward/dek/v1", INSTALLATION, SUBJECT, b"account", u32(1))
    wrapped = custodian._wrap_with_nonce(Xaes256Gcm(KEK), nonce, EPOCH, DEK, bound)
    return {
        "kek": KEK.hex(),
        "epoch": EPOCH,
        "nonce": nonce.hex(),
        "dek": DEK.hex(),
        "context": bound.hex(),
        "wrapped": wrapped.hex(),
    }


def _index() -> dict[str, Any]:
    form = "ada@example.com"
    ring = FileCustodian(Path("unused"), _sealing_key(), _secrets())
    key = ring.index_key("email", "unique", 1)
    return {
        "index_root": INDEX_ROOT.hex(),
        "field": "email",
        "kind": "unique",
        "version": 1,
        "key": key.hex(),
        "normalised": form,
        "digest": BlindIndex(key).digest(form).hex(),
        "name_root": NAME_ROOT.hex(),
        "name_field": "@token",
        "name_key": ring.name_key("@token", "unique").hex(),
        "backup_root": BACKUP_ROOT.hex(),
        "backup_key": ring.backup_key(1).hex(),
    }


def _search() -> dict[str, Any]:
    ring = FileCustodian(Path("unused"), _sealing_key(), _secrets())
    found = []
    for index, values in SEARCHED:
        given = dict(zip(index.fields, values, strict=True))
        forms_ = [
            forms.whole(kind, given[name], region="DE", folds=index.folds) or ""
            for name, kind in zip(index.fields, index.types, strict=True)
        ]
        key = ring.index_key(index.over, index.kind, 1)
        digests = {
            message.hex(): BlindIndex(key).digest(message)[: postings.DIGEST_BYTES].hex()
            for message in sorted(postings.messages_of(index, forms_))
        }
        found.append({"index": index.id, "values": given, "forms": forms_, "key": key.hex()})
        found[-1]["digests"] = digests
    parts = [
        {"type": kind, "part": part, "folds": folds, "form": forms.part(kind, part, folds=folds)}
        for kind, part, folds in PARTS
    ]
    return {"indexes": found, "parts": parts}


def _tokens() -> dict[str, Any]:
    random = bytes(range(0xF0, 0x100))
    checked = tokens._checked(random)
    return {
        "random": random.hex(),
        "customer": f"cus_{checked}",
        "opaque": f"tok_{checked}",
        "mail": f"{checked}@token.invalid",
        "phone_random": 12_345_678_901,
        "phone": tokens._phone(12_345_678_901),
        "subject_ms": 1_777_593_600_000,
        "subject_random": random[:10].hex(),
        "subject": tokens._subject_id(1_777_593_600_000, random[:10]).hex(),
    }


def _body() -> dict[str, Any]:
    fields = {"phone": b"\x01\x02", "email": b"\x03"}
    return {
        "fields": {name: sealed.hex() for name, sealed in fields.items()},
        "body": body.pack(fields).hex(),
    }


def _keystore() -> dict[str, Any]:
    nonce = bytes(range(24, 48))
    document = _sealing_key()._seal_with_nonce(nonce, _secrets())
    return {
        "passphrase": PASSPHRASE.decode(),
        "nonce": nonce.hex(),
        "secrets": json.loads(msgspec.json.encode(_secrets())),
        "document": document.decode(),
    }


def _sealing_key() -> keystore_document.SealingKey:
    kdf = keystore_document.kdf_of("test", bytes(range(16)))
    return keystore_document.SealingKey(kdf.derive(PASSPHRASE), kdf)


def _secrets() -> keystore_document.Secrets:
    key, public = rings.Key, cipher_public(LEDGER_SEED)
    return keystore_document.Secrets(
        {
            "epoch": rings.Ring(
                {EPOCH - 1: key(0, None, 1), EPOCH: key(1_777_593_600_000, KEK.hex())}, EPOCH
            ),
            "index": rings.Ring({1: key(0, INDEX_ROOT.hex())}),
            "ledger": rings.Ring({1: key(0, LEDGER_SEED.hex(), public=public)}),
            "backup": rings.Ring({1: key(0, BACKUP_ROOT.hex())}),
        },
        NAME_ROOT.hex(),
    )


def cipher_public(seed: bytes) -> str:
    """The Ed25519 public key of a seed, in hexadecimal."""
    return Signer("public", seed).verifier.public_key.hex()


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
