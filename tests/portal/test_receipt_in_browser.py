"""The customer's own browser verifies receipts: the published vectors, in a real Chromium."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.chromium import browser

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "shopward" / "portal" / "web" / "static" / "portal"
VECTORS = json.loads((ROOT / "vectors" / "ledger.json").read_text("utf-8"))
VKEY = VECTORS["key"]["vkey"]
ASK = """async ([receipts, key]) => {
  const { verifyReceipt } = await import("/receipt.js");
  const said = [];
  for (const receipt of receipts) {
    try {
      const proven = await verifyReceipt(receipt, key);
      said.push({ kind: proven.kind, index: Number(proven.index), size: Number(proven.size),
                  details: proven.details, time: proven.time.getTime() });
    } catch (error) {
      said.push(error.message);
    }
  }
  return said;
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """No line per request."""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(STATIC)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with browser() as chromium:
            opened = chromium.new_page()
            opened.goto(f"http://127.0.0.1:{server.server_port}/")
            yield opened
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def verdicts(page: Page, receipts: list[str], key: str = VKEY) -> list[Any]:
    """What the browser says of each: the proven entry, or why it is none."""
    said: list[Any] = page.evaluate(ASK, [receipts, key])
    return said


def test_this_browser_can_verify(page: Page) -> None:
    can = "async () => (await import('/receipt.js')).canVerify()"
    assert page.evaluate(can) is True


def test_every_published_receipt_verifies(page: Page) -> None:
    published = VECTORS["receipts"]
    said = verdicts(page, [one["receipt"] for one in published])

    assert [(one["index"], one["size"]) for one in said] == [
        (one["index"], one["size"]) for one in published
    ]
    leaves = {leaf["index"]: leaf for leaf in VECTORS["leaves"]}
    for one in said:
        assert one["kind"] == VECTORS["entries"]["kind"]
        if one["index"] in leaves:
            assert one["time"] == leaves[one["index"]]["time_ms"]


def test_every_published_forgery_is_refused(page: Page) -> None:
    said = verdicts(page, [one["receipt"] for one in VECTORS["refused"]])

    assert [one for one in said if not isinstance(one, str)] == []


def test_a_receipt_altered_anywhere_by_one_byte_is_refused(page: Page) -> None:
    receipt = max((one["receipt"] for one in VECTORS["receipts"]), key=len)
    assert receipt.isascii() or "—" in receipt
    altered = [
        receipt[:at] + chr(ord(letter) ^ 1) + receipt[at + 1 :] for at, letter in enumerate(receipt)
    ]
    said = verdicts(page, altered)

    assert len(said) > 500
    assert [altered[at] for at, one in enumerate(said) if not isinstance(one, str)] == []


def test_another_key_proves_nothing(page: Page) -> None:
    receipt = VECTORS["receipts"][0]["receipt"]
    name, identifier, key = VKEY.split("+", 2)
    keys = [
        f"{name}+{identifier}+{key[:-4]}AAAA",
        f"{name}+00000000+{key}",
        f"other.example/ledger+{identifier}+{key}",
        "",
    ]

    for one in keys:
        assert isinstance(verdicts(page, [receipt], one)[0], str)


@pytest.mark.parametrize("odd", ["", "null", "[]", "{}", '{"format": "shopward-receipt/v1"}', "{"])
def test_what_is_no_receipt_is_refused(odd: str, page: Page) -> None:
    assert isinstance(verdicts(page, [odd])[0], str)
