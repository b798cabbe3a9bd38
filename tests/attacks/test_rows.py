"""Who can write the store's file, but has no keystore, bends no row to another purpose."""

from __future__ import annotations

import apsw

from shopward.api.auth import new_credential
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane


def _sql(made: DataPlane, *statements: tuple[str, tuple[object, ...]]) -> None:
    connection = apsw.Connection(str(made.home / "store" / "vault.db"))
    for sql, values in statements:
        connection.execute(sql, values)  # type: ignore[arg-type]
    connection.close()


def test_an_index_bent_to_another_customer_shows_nobody(bare_plane: DataPlane) -> None:
    bare_plane.start(create=True)
    shop = bare_plane.caller("shop-backend")
    ada, bob = person(), person()
    tokens = [shop.store(one, external=one["email"]).subject for one in (ada, bob)]
    bare_plane.stop()
    swap = """UPDATE alias SET subject = (SELECT s.subject FROM subject s
        WHERE s.subject <> alias.subject AND s.subject <> zeroblob(16))"""
    _sql(bare_plane, (swap, ()))
    bare_plane.start()
    credential = bare_plane.credential("shop-backend")
    references = (*tokens, f"email:{ada['email']}", f"external:{bob['email']}")
    for subject in references:
        asked = {"subject": subject, "fields": ["first_name"], "purpose": "account"}
        answer = bare_plane.ask("POST", "/v1/reveal", asked, credential=credential)
        assert (answer.status, answer.json()["code"]) == (500, "undecryptable")
        assert answer.json()["receipt"]["index"]


def test_a_caller_written_into_the_file_is_not_known(bare_plane: DataPlane) -> None:
    bare_plane.start(create=True)
    revoked = bare_plane.credential("shop-backend")
    bare_plane.operator().revoke_caller(revoked.split("_")[1])
    bare_plane.stop()
    identifier, forged, hashed = new_credential()
    row = (identifier, "forged", "shop-backend", 3, "", hashed, 1, None, bytes(32))
    _sql(
        bare_plane,
        ("INSERT INTO caller VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)", row),
        ("UPDATE caller SET revoked_ms = NULL", ()),
    )
    bare_plane.start()
    for credential in (forged, revoked):
        answer = bare_plane.ask("POST", "/v1/records", {"fields": person()}, credential=credential)
        assert answer.status == 401
    assert "callers:" in bare_plane.ask("GET", "/readyz").body.decode()
