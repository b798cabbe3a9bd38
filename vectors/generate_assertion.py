"""Writes vectors/assertion.json: signed assertions that are taken and that are refused.

Run `python vectors/generate_assertion.py` after a change of format, never after a change of code
alone: the tests assert that the file equals what the code makes.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec

from shopward.assertion import FORMAT, SCHEME, Assertion, request_hash, seal
from shopward.signing import Signer

FILE = Path(__file__).parent / "assertion.json"
NAME = "console"
SEED = bytes(range(32, 64))
AUDIENCE = "vectors.example/ledger"
NOW_MS = 1_767_225_600_000
METHOD, TARGET, BODY = "POST", "/v1/reveal", b'{"subject":"cus_x","fields":["city"]}'
STAFF = Assertion(
    aud=AUDIENCE,
    iat=NOW_MS,
    exp=NOW_MS + 60_000,
    jti="A" * 22,
    req=request_hash(METHOD, TARGET, BODY),
    actor="acc_0001",
    realm="staff",
    role="support",
    acr=2,
    auth_time=NOW_MS - 300_000,
    session="ses_0001",
    clauses=("trained:pii",),
)
CUSTOMER = msgspec.structs.replace(
    STAFF, actor="acc_0002", realm="customer", role="self", clauses=(), subject="cus_x"
)
SYSTEM = msgspec.structs.replace(
    STAFF, actor="console", realm="system", role="", acr=1, auth_time=None, session=None, clauses=()
)


def build() -> dict[str, Any]:
    """The whole document."""
    signer = Signer(NAME, SEED)
    return {
        "key": {"name": NAME, "seed_hex": SEED.hex(), "vkey": signer.vkey},
        "audience": AUDIENCE,
        "now_ms": NOW_MS,
        "request": {"method": METHOD, "target": TARGET, "body": BODY.decode(), "hash": STAFF.req},
        "accepted": [_case(signer, one.realm, one) for one in (STAFF, CUSTOMER, SYSTEM)],
        "refused": list(_refused(signer)),
    }


def _case(signer: Signer, name: str, assertion: Assertion) -> dict[str, Any]:
    said = json.loads(msgspec.json.encode(assertion))
    return {"name": name, "assertion": said, "header": seal(signer, assertion)}


def _refused(signer: Signer) -> list[dict[str, str]]:
    changed = msgspec.structs.replace
    cases = {
        "another audience": seal(signer, changed(STAFF, aud="other.example/ledger")),
        "lives longer than 60 seconds": seal(signer, changed(STAFF, exp=NOW_MS + 60_001)),
        "has ended": seal(signer, changed(STAFF, iat=NOW_MS - 60_000, exp=NOW_MS)),
        "is of the future": seal(signer, changed(STAFF, iat=NOW_MS + 5_001, exp=NOW_MS + 6_000)),
        "a customer without subject": seal(signer, changed(CUSTOMER, subject=None)),
        "staff with a subject": seal(signer, changed(STAFF, subject="cus_x")),
        "a person without session": seal(signer, changed(STAFF, session=None)),
        "a person without sign-in": seal(signer, changed(STAFF, auth_time=None)),
        "a sign-in of the future": seal(signer, changed(STAFF, auth_time=NOW_MS + 1)),
        "a key that was not registered": seal(Signer(NAME, bytes(32)), STAFF),
        "a name that was not registered": seal(Signer("other", SEED), STAFF),
        "an unknown member": _raw(signer, _text(STAFF).replace('{"aud"', '{"extra":1,"aud"')),
        "a proof, which is reserved": _raw(signer, _text(STAFF).replace("{", '{"proof":"x",', 1)),
        "level 4": _raw(signer, _text(STAFF).replace('"acr":2', '"acr":4')),
        "another format": _raw(signer, _text(STAFF).replace("/v1\n", "/v2\n")),
        "a third line": _raw(signer, _text(STAFF) + "\n"),
        "padded base64url": seal(signer, STAFF) + "=",
        "standard base64": f"{SCHEME} " + base64.b64encode(b"\xff\xfe" * 60).decode(),
        "empty": f"{SCHEME} ",
    }
    return [{"name": name, "header": header} for name, header in cases.items()]


def _text(assertion: Assertion) -> str:
    return f"{FORMAT}\n{msgspec.json.encode(assertion).decode()}\n"


def _raw(signer: Signer, text: str) -> str:
    note = signer.sign(text)
    return f"{SCHEME} {base64.urlsafe_b64encode(note.encode()).rstrip(b'=').decode()}"


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), indent=1) + "\n", encoding="utf-8")
