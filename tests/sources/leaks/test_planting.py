"""Recipes and canary files, and a recipe's way through a small shop over real HTTP."""

from __future__ import annotations

import html
import stat
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from shopward.errors import InvalidError, NotFoundError, UnavailableError
from shopward.sources.leaks import Canary, Recipe, load, plant, save

RECIPE = r"""
csrf = "token"
[[visitor]]
name = "guest"
canaries = { email = "mail", street = "street" }
[[visitor.step]]
get = "/"
take.item = 'href="/item/(\d+)"'
[[visitor.step]]
post = "/order/{item}"
form = { mail = "{email}", street = "{street}" }
arrive = "/thanks"
see = ["{street}"]
"""


class Shop(BaseHTTPRequestHandler):
    """Takes an order when the form has the token of the page before, and a cookie."""

    orders: list[dict[str, Any]]
    leads_to: str

    def do_GET(self) -> None:
        street = self.orders[-1]["street"][0] if self.orders and self.path == "/thanks" else ""
        page = f'<a href="/item/7">x</a><input name="token" value="a&amp;b">{html.escape(street)}'
        self._answer(200, page)

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        ours = f"http://{self.headers['Host']}"
        assert self.headers["Referer"].startswith(ours)
        if sent["token"] != ["a&b"] or self.headers["Cookie"] != "s=1" or self.path != "/order/7":
            self._answer(403, "no")
            return
        self.orders.append(sent)
        self._answer(302, "", Location=self.leads_to)

    def _answer(self, status: int, page: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Set-Cookie", "s=1")
        self.send_header("Content-Length", str(len(page.encode())))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    Shop.orders, Shop.leads_to = [], "/thanks"
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def recipe(folder: Path, text: str = RECIPE) -> Recipe:
    path = folder / "shop.toml"
    path.write_text(text)
    return Recipe.read(path)


def test_a_visitor_gives_the_shop_her_canaries(shop: str, tmp_path: Path) -> None:
    planted = plant(recipe(tmp_path), shop)
    assert [one.label for one in planted] == ["guest.email", "guest.street"]
    assert Shop.orders[0]["mail"] == [planted[0].values[0]]
    again = plant(recipe(tmp_path), shop)
    assert again[0].values != planted[0].values


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('arrive = "/thanks"', 'arrive = "/paid"', "ended with 200 and not where it should"),
        ('see = ["{street}"]', 'see = ["{email}"]', "does not show number 1 of `see`"),
        ("/item/", "/thing/", "no `item` to take"),
        ('"/order/{item}"', '"/order/8"', "ended with 403"),
        ('mail = "{email}"', 'mail = "{maill}"', "uses {maill}"),
    ],
)
def test_a_step_that_ends_otherwise_ends_the_run_and_shows_no_value(
    shop: str, tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(InvalidError) as wrong:
        plant(recipe(tmp_path, RECIPE.replace(old, new)), shop)
    assert said in wrong.value.detail
    assert "@example.com" not in str(wrong.value)


def test_it_does_not_follow_to_another_host(shop: str, tmp_path: Path) -> None:
    Shop.leads_to = "http://127.0.0.1:1/thanks"
    with pytest.raises(InvalidError):
        plant(recipe(tmp_path), shop)


def test_a_shop_that_is_away_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        plant(recipe(tmp_path), "http://127.0.0.1:1")
    for address in ("shop.example", "ftp://shop.example", "http://ada:x@shop.example"):
        with pytest.raises(InvalidError):
            plant(recipe(tmp_path), address)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"mail"', '"fax"'),
        ('get = "/"', 'fetch = "/"'),
        ('get = "/"', ""),
        ('get = "/"', 'get = "//elsewhere.example/"'),
        (r"(\d+)", r"\d+"),
        (r"(\d+)", "("),
        ("csrf", "= csrf"),
    ],
)
def test_a_recipe_with_a_mistake_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(InvalidError):
        recipe(tmp_path, RECIPE.replace(old, new, 1))


def test_there_has_to_be_a_recipe(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Recipe.read(tmp_path / "none.toml")


def test_the_example_shops_recipe_plants_thirty_and_more() -> None:
    root = Path(__file__).resolve().parents[3]
    made = Recipe.read(root / "examples" / "oscar_shop" / "leak-scan.toml")
    assert sum(len(visitor.canaries) for visitor in made.visitor) >= 30


def test_canaries_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "canaries.txt"
    mail = Canary("guest.email", ("abcdefgh@x.se", "abcdefgh"))
    canaries = [mail, Canary("guest.city", ("Ystadham",))]
    save(path, canaries)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(path) == canaries


@pytest.mark.parametrize(
    "line", ["no equals", "=value-long-enough", "a b=value-long", "x=short", ""]
)
def test_a_line_that_is_no_canary_is_refused_and_not_shown(tmp_path: Path, line: str) -> None:
    path = tmp_path / "canaries.txt"
    path.write_text(f"# by hand\n{line}\n")
    with pytest.raises(InvalidError) as wrong:
        load(path)
    assert "value" not in wrong.value.detail.replace("x=", "")
