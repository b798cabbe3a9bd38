"""The integration guide, run: what its pages type, send and deliver, and what comes back.

A block in a page says by its first line what it is: `console` is typed, `http` is sent as the
caller that it names, `json answer STATUS` has to come back, and `json webhook NAME TOPIC OUTCOME`
is delivered, signed as the webhook of that name signs.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

import pytest

from shopward.api.hook_signature import sign
from tests.cli import shop as shops
from tests.cli import transcript

FOLDER = shops.ROOT / "docs/operations/integrations"
PAGES = sorted(FOLDER.glob("*.md"))
FENCE = re.compile(r"^```(\S+) ?([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = {"php", "ts", "toml", "xml", ""}
CLIENT_SECRET = "shpss_0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    said: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(page.read_text("utf-8"))]


@dataclass(slots=True)
class Reader:
    """Does what a page says, block by block."""

    shop: shops.Shop
    answer: tuple[int, Any] = (0, None)
    done: int = 0

    def read(self, block: Block) -> None:
        kind, _, rest = block.said.partition(" ")
        if block.language == "console":
            for step in transcript.parse(block.text):
                transcript.run(step, self.shop.folder, self.shop.environment)
        elif block.language == "http":
            self.answer = self.ask(block.text)
        elif (block.language, kind) == ("json", "answer"):
            status, document = self.answer
            assert status == int(rest), (block.text, document)
            assert fits(json.loads(block.text), document), (block.text, document)
        elif (block.language, kind) == ("json", "webhook"):
            self.deliver(block.text, *rest.split())
        else:
            assert block.language in CODE, f"nobody knows what to do with {block.language}"
            return
        self.done += 1

    def ask(self, text: str) -> tuple[int, Any]:
        head, _, body = text.partition("\n\n")
        first, *lines = head.splitlines()
        method, path = first.split()
        headers = dict(line.split(": ", 1) for line in lines)
        caller = headers["Authorization"].removeprefix("Bearer <").removesuffix(">")
        held = json.loads((self.shop.home / "callers" / f"{caller}.json").read_text())
        headers["Authorization"] = f"Bearer {held['credential']}"
        return self.send(method, path, body.encode(), headers)

    def deliver(self, text: str, name: str, topic: str, outcome: str) -> None:
        body = text.encode()
        answer = self.send("POST", f"/v1/hooks/{name}", body, self.signed(name, topic, body))
        assert (answer[0], answer[1].get("outcome")) == (200, outcome), (text, answer)

    def signed(self, name: str, topic: str, body: bytes) -> dict[str, str]:
        (hook,) = [one for one in self.hooks() if one["name"] == name]
        held = json.loads((self.shop.home / "secrets/webhooks.json").read_text())
        secret = held["hooks"][hook["id"]]["secret"].encode()
        code = b64encode(hashlib_hmac(secret, body)).decode()
        if hook["format"] == "woocommerce":
            return {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": code}
        if hook["format"] == "shopify":
            assert secret.decode() == CLIENT_SECRET
            return {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": code}
        return {"Shopward-Signature": sign(secret, int(time()), body)}

    def hooks(self) -> Any:
        return json.loads(self.shop.type("webhook", "list", "--json").stdout)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        host, _, port = self.shop.environment["SHOPWARD_LISTEN_TCP"].partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        try:
            sent = {"Content-Type": "application/json"} | headers
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def hashlib_hmac(key: bytes, body: bytes) -> bytes:
    """HMAC-SHA256 written out (RFC 2104), so that the product's own is not measured by itself."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in padded) + body).digest()
    return hashlib.sha256(bytes(one ^ 0x5C for one in padded) + inner).digest()


def fits(wanted: Any, found: Any) -> bool:
    """Whether an answer is as the page shows it: `…` stands for anything; more may be there."""
    if wanted == "…":
        return found not in (None, "")
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            name in found and fits(value, found[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, str) and wanted.endswith("…"):
        return isinstance(found, str) and found.startswith(wanted[:-1])
    return bool(wanted == found)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    shop = shops.make(tmp_path)
    with shops.serving(shop):
        yield Reader(shop)


SHOPS = [page for page in PAGES if page.name != "README.md"]


@pytest.mark.parametrize("page", SHOPS, ids=lambda page: page.stem)
def test_what_a_page_says_is_what_happens(page: Path, reader: Reader) -> None:
    for block in blocks(page):
        reader.read(block)
    assert reader.done >= 8


@pytest.mark.parametrize("page", SHOPS, ids=lambda page: page.stem)
def test_a_page_shows_the_whole_way(page: Path) -> None:
    said = [f"{block.language} {block.said}".strip() for block in blocks(page)]
    text = page.read_text("utf-8")
    assert any(one.startswith("json webhook") and one.endswith("done") for one in said)
    assert all(path in text for path in ("/v1/records", "/v1/reveal", "/v1/hooks/"))
    assert "shopward oidc client add" in text
    assert "What was seen" in text
    assert any("http" in block.language for block in blocks(page))


def test_the_signature_of_the_page_is_ours() -> None:
    page = FOLDER / "README.md"
    (body,) = [block.text.strip() for block in blocks(page) if block.said == "signed"]
    (shown,) = [block.text.strip() for block in blocks(page) if block.said == "signature"]
    secret, moment = b"whs_example-secret-for-this-page", 1795000000
    assert f"secret\n`{secret.decode()}`" in page.read_text("utf-8")
    assert sign(secret, moment, body.encode()) == shown
    made = hashlib_hmac(secret, b"%d." % moment + body.encode()).hex()
    assert shown == f"t={moment},v1={made}"
