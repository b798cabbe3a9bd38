"""JSON into frozen types: strict about what is needed, calm about what is new.

A missing member, a wrong type or broken JSON raises `UnexpectedAnswerError`, which names the
member and never holds what stood in it. Unknown members are passed over, so that a newer vault
can be spoken to. It does not check lengths or patterns: the vault vouches for its own answers.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from shopward_client.errors import UnexpectedAnswerError

T = TypeVar("T")
Converter = Callable[[object, str], Any]


def parse_json(body: bytes) -> object:
    """Parse JSON bytes.

    Raises:
        UnexpectedAnswerError: The bytes are not JSON; the error does not hold them.
    """
    with contextlib.suppress(ValueError, RecursionError):
        parsed: object = json.loads(body)
        return parsed
    raise UnexpectedAnswerError("The answer is not JSON.")


def decode(kind: type[T], data: object, where: str = "the answer") -> T:
    """Read parsed JSON as `kind`.

    Raises:
        UnexpectedAnswerError: A member is missing or of the wrong type.
    """
    anything: Any = kind
    converted: T = _converter(anything)(data, where)
    return converted


@cache
def _converter(kind: Any) -> Converter:
    if kind is object:
        return lambda data, _where: data
    if is_dataclass(kind):
        return _record(kind)
    arguments = get_args(kind)
    if get_origin(kind) is UnionType:
        return _optional(next(one for one in arguments if one is not NoneType))
    if get_origin(kind) is tuple:
        return _array(arguments[0])
    if get_origin(kind) is dict:
        return _mapping(arguments[1])
    return _scalar(kind)


def _record(kind: Any) -> Converter:
    hints = get_type_hints(kind)
    members = [(one.name, _converter(hints[one.name])) for one in fields(kind)]
    required = {
        one.name
        for one in fields(kind)
        if one.default is MISSING and one.default_factory is MISSING
    }

    def convert(data: object, where: str) -> object:
        document = _expect(dict, data, where)
        if missing := sorted(required - document.keys()):
            raise UnexpectedAnswerError(f"`{missing[0]}` is missing in {where}.", field=missing[0])
        return kind(
            **{name: one(document[name], name) for name, one in members if name in document}
        )

    return convert


def _optional(kind: Any) -> Converter:
    inner = _converter(kind)
    return lambda data, where: None if data is None else inner(data, where)


def _array(kind: Any) -> Converter:
    inner = _converter(kind)
    return lambda data, where: tuple(inner(one, where) for one in _expect(list, data, where))


def _mapping(kind: Any) -> Converter:
    inner = _converter(kind)
    return lambda data, where: {
        name: inner(one, where) for name, one in _expect(dict, data, where).items()
    }


def _scalar(kind: type[Any]) -> Converter:
    return lambda data, where: _expect(kind, data, where)


def _expect(kind: type[T], data: object, where: str) -> T:
    if type(data) is kind:
        return data
    raise UnexpectedAnswerError(f"{where} is not of the type {kind.__name__}.", field=where)
