"""The control plane as a process: both sites over TLS, plain http sent on, stopped by SIGTERM."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli import shop as shops

READY = "the control plane is ready on"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[shops.Shop]:
    made = shops.make(tmp_path_factory.mktemp("console"))
    with made.started("console") as process:
        shops.wait_for(process, READY)
        yield made
        process.send_signal(signal.SIGTERM)
        assert process.wait(shops.STOP_S) == 0


def port(shop: shops.Shop, name: str) -> int:
    return int(shop.environment[f"SHOPWARD_CONSOLE_{name.upper()}"].rpartition(":")[2])


def ask(shop: shops.Shop, name: str, host: str, path: str = "/") -> http.client.HTTPResponse:
    """One GET over TLS, trusting the installation's own authority alone."""
    context = ssl.create_default_context(cafile=str(shop.home / "tls" / "root.pem"))
    number = port(shop, name)
    context.check_hostname = False
    with closing(
        http.client.HTTPSConnection("127.0.0.1", number, context=context, timeout=30)
    ) as knock:
        knock.request("GET", path, headers={"Host": f"{host}:{number}"})
        answer = knock.getresponse()
        answer.read()
        return answer


@pytest.mark.parametrize(
    ("name", "host", "path"),
    [
        ("public", "shopward.localhost", "/"),
        ("staff", "console.shopward.localhost", "/sign-in/"),
    ],
)
def test_each_site_is_served_on_its_own_port(
    shop: shops.Shop, name: str, host: str, path: str
) -> None:
    assert ask(shop, name, host, path).status == 200


def test_a_port_serves_no_page_of_the_other_site(shop: shops.Shop) -> None:
    assert ask(shop, "public", "console.shopward.localhost").status == 421
    assert ask(shop, "staff", "shopward.localhost").status == 421


@pytest.mark.parametrize(
    ("host", "status", "origin"),
    [
        ("shopward.localhost", 308, "public"),
        ("console.shopward.localhost", 308, "staff"),
        ("evil.example", 404, None),
        ("", 404, None),
    ],
)
def test_plain_http_is_sent_on_to_https(
    shop: shops.Shop, host: str, status: int, origin: str | None
) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port(shop, "http"), timeout=30)) as plain:
        plain.request("GET", "/a%20b?c=d%0d", headers={"Host": host})
        answer = plain.getresponse()

    assert answer.status == status
    expected = f"https://{host}:{port(shop, origin)}/a%20b?c=d%0d" if origin else None
    assert answer.headers["Location"] == expected


def test_what_it_keeps_is_its_owner_s_alone(shop: shops.Shop) -> None:
    kept = list((shop.home / "console").iterdir())

    assert {path.name for path in kept} >= {"console.db", "cookies.key", "identity.key"}
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0, path


def test_doctor_asks_it_what_an_audit_asks(shop: shops.Shop) -> None:
    said = {
        one["check"]: one["outcome"] for one in json.loads(shop.type("doctor", "--json").stdout)
    }

    assert {"console:private": "pass", "console:outbox": "pass"}.items() <= said.items()
    assert {"identity:secret": "pass", "identity:stand-ins": "fail"}.items() <= said.items()


def test_doctor_never_passes_what_it_cannot_read(shop: shops.Shop) -> None:
    damaged = shops.Shop(
        shop.folder,
        {**shop.environment, "SHOPWARD_CONSOLE_DATABASE": str(shop.home / "damaged.db")},
    )
    (shop.home / "damaged.db").write_bytes(b"no database" * 1000)
    found = json.loads(damaged.type("doctor", "--json").stdout)
    pages = [one for one in found if one["check"].startswith(("console:", "identity:"))]

    assert {one["outcome"] for one in pages} == {"unknown"}
    assert len(pages) > 10


def test_it_opens_neither_the_store_nor_the_keystore(shop: shops.Shop) -> None:
    assert not (Path(shop.home) / "store" / "vault.db").exists()
