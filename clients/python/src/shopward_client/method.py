"""Turns functions that make calls into methods of a client, with their text and signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from shopward_client.call import Call

Method = TypeVar("Method", bound=Callable[..., Any])


def described(method: Method, build: Callable[..., Call[Any]]) -> Method:
    """Give a method the name, text and parameters of the function that makes its calls."""
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.signature(build)
    parameters = [itself, *signature.parameters.values()]
    method.__name__, method.__doc__ = build.__name__, build.__doc__
    shown = signature.replace(parameters=parameters, return_annotation=signature.empty)
    setattr(method, "__signature__", shown)  # noqa: B010 - no attribute that mypy knows
    return method
