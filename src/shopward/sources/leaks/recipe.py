r"""A recipe: how visitors of a shop give it their data, as requests in a TOML file.

    csrf = "csrfmiddlewaretoken"
    [[visitor]]
    name = "guest"
    [visitor.canaries]
    email = "mail"                                # a kind of `canaries.KINDS`
    [[visitor.step]]
    get = "/catalogue/"
    take.book = '/basket/add/(\d+)/'              # for `{book}` in later steps
    [[visitor.step]]
    post = "/checkout/"
    form = { username = "{email}", options = "anonymous" }
    arrive = "/checkout/shipping-address/"        # where redirects have to end; a beginning of it
    see = ["{email}"]                             # what the page then has to show

`csrf` names a hidden field that each form takes from the page before. A step that ends elsewhere,
or shows something else, ends the run: canaries that did not come in prove nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import msgspec

from shopward.errors import InvalidError, NotFoundError
from shopward.sources.leaks.canaries import KINDS

PLACED: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MAX_BYTES: Final = 262_144
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=40)]
Place = Annotated[str, msgspec.Meta(pattern=r"^(?:/(?!/)|\{)", max_length=500)]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request: `get` or `post`, what has to come of it, and what to keep of the answer."""

    get: Place | None = None
    post: Place | None = None
    form: dict[str, str] = {}
    arrive: str = ""
    see: list[str] = []
    take: dict[Name, str] = {}

    @property
    def place(self) -> str:
        """The path that is asked."""
        return self.get or self.post or "/"


class Visitor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One visitor, with cookies and canaries of her own."""

    name: Name
    canaries: dict[Name, str]
    step: list[Step]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All visitors of a shop."""

    visitor: list[Visitor]
    csrf: str = ""

    @classmethod
    def read(cls, path: Path) -> Recipe:
        """The recipe of a file.

        Raises:
            NotFoundError: There is no such file.
            InvalidError: It is no recipe; the message says where.
        """
        if not path.is_file():
            raise NotFoundError(f"There is no recipe {path.name}", hint="Check the path.")
        try:
            made = msgspec.toml.decode(path.read_bytes()[:_MAX_BYTES], type=cls)
            _check(made)
        except (ValueError, re.error) as wrong:
            raise InvalidError(
                f"{path.name} is no recipe: {wrong}",
                hint="docs/operations/leak-scan.md shows what one is like.",
            ) from None
        return made


def _check(recipe: Recipe) -> None:
    for visitor in recipe.visitor:
        for name, kind in visitor.canaries.items():
            if kind not in KINDS:
                raise ValueError(f"{visitor.name}.{name}: kinds are {', '.join(KINDS)}")
        for number, step in enumerate(visitor.step, 1):
            if (step.get is None) == (step.post is None):
                raise ValueError(f"{visitor.name}, step {number}: `get` or `post`")
            if any(re.compile(pattern).groups != 1 for pattern in step.take.values()):
                raise ValueError(f"{visitor.name}, step {number}: `take` wants one group")
