"""Plants canaries at the shop's front door: a recipe's requests, over real HTTP.

- A step that does not end where it should stops everything: the message names visitor, step and
  status, never a value or an address that holds one.
- Redirects are followed on the shop's own host alone.
"""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2

from shopward.errors import InvalidError, UnavailableError
from shopward.sources.leaks.canaries import Canary, made
from shopward.sources.leaks.recipe import PLACED, Recipe, Step, Visitor

TIMEOUT_S: Final = 30.0
_MOST_REDIRECTS: Final = 10
_HIDDEN: Final = r"""<input[^>]*\bname=["']{0}["'][^>]*\bvalue=["']([^"']*)["']"""


def plant(recipe: Recipe, shop: str, *, ca_file: str | None = None) -> list[Canary]:
    """Let every visitor of a recipe give the shop her canaries; what they are.

    Args:
        recipe: Who does what.
        shop: The shop's address, such as `https://shop.example`.
        ca_file: Certificates to trust instead of the system's.

    Raises:
        InvalidError: The address is none, or a step did not end as the recipe says.
        UnavailableError: The shop does not answer.
    """
    parts = urlsplit(shop)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise InvalidError("--shop is no address", hint="Write it like https://shop.example.")
    planted: list[Canary] = []
    for visitor in recipe.visitor:
        known = {
            name: made(f"{visitor.name}.{name.replace('_', '-')}", kind)
            for name, kind in visitor.canaries.items()
        }
        with httpx2.Client(timeout=TIMEOUT_S, verify=ca_file or True) as browser:
            _Visit(browser, f"{parts.scheme}://{parts.netloc}", recipe.csrf, visitor).go(
                {name: canary.values[0] for name, canary in known.items()}
            )
        planted += known.values()
    return planted


class _Visit:
    """One visitor's way through the shop."""

    def __init__(self, browser: httpx2.Client, origin: str, csrf: str, visitor: Visitor) -> None:
        self._browser, self._origin, self._csrf, self._visitor = browser, origin, csrf, visitor
        self._page, self._at = "", f"{origin}/"

    def go(self, known: dict[str, str]) -> None:
        for number, step in enumerate(self._visitor.step, 1):
            where = f"{self._visitor.name}, step {number}"
            try:
                answer = self._ask(step, known)
            except httpx2.HTTPError as error:
                raise UnavailableError(
                    f"{where}: the shop does not answer ({type(error).__name__})",
                    hint="Check that it runs, and --shop.",
                ) from None
            self._page, self._at = answer.text, str(answer.url)
            self._check(step, answer, known, where)

    def _ask(self, step: Step, known: dict[str, str]) -> httpx2.Response:
        place = _filled(step.place, known, in_url=True)
        url = f"{self._origin}/{place.lstrip('/')}"
        headers = {"Referer": self._at, "Origin": self._origin}
        if step.post is None:
            return self._follow(self._browser.get(url, headers={"Referer": self._at}))
        form = {name: _filled(value, known) for name, value in step.form.items()}
        if self._csrf:
            hidden = re.search(_HIDDEN.format(re.escape(self._csrf)), self._page)
            form[self._csrf] = html.unescape(hidden[1]) if hidden else ""
        return self._follow(self._browser.post(url, data=form, headers=headers))

    def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        for _ in range(_MOST_REDIRECTS):
            following = answer.next_request
            if following is None or not str(following.url).startswith(f"{self._origin}/"):
                return answer
            answer = self._browser.send(following)
        return answer

    def _check(
        self, step: Step, answer: httpx2.Response, known: dict[str, str], where: str
    ) -> None:
        """Whether it ended as it should; takes from the page what later steps need."""
        hint = "Look at the recipe, and at what the shop answers there."
        path = urlsplit(self._at).path
        if answer.status_code >= 400 or not path.startswith(_filled(step.arrive, known)):
            raise InvalidError(
                f"{where}: ended with {answer.status_code} and not where it should", hint=hint
            )
        shown = _words(html.unescape(self._page))
        for number, wanted in enumerate(step.see, 1):
            if _words(_filled(wanted, known)) not in shown:
                raise InvalidError(
                    f"{where}: the page does not show number {number} of `see`", hint=hint
                )
        for name, pattern in step.take.items():
            found = re.search(pattern, self._page)
            if found is None:
                raise InvalidError(f"{where}: the page has no `{name}` to take", hint=hint)
            known[name] = html.unescape(found[1])


def _filled(text: str, known: dict[str, str], *, in_url: bool = False) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in known:
            raise InvalidError(
                f"The recipe uses {{{found[1]}}}, which nobody has", hint="Name it in `canaries`."
            )
        return quote(known[found[1]]) if in_url else known[found[1]]

    return PLACED.sub(value, text)


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()
