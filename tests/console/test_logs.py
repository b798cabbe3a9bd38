"""What the control plane's log holds: routes and kinds, no address, no value."""

from __future__ import annotations

import io
import logging
import sys
from types import SimpleNamespace

import pytest

from shopward.console import logs
from shopward.console.logs import RouteFormatter


def line(**more: object) -> str:
    record = logging.LogRecord(
        "django.request", logging.ERROR, "x", 1, "%s", ("/join/SECRET/",), None
    )
    vars(record).update(more)
    return RouteFormatter().format(record)


def test_a_page_is_named_by_its_route_and_an_error_by_its_kind_and_place() -> None:
    match = SimpleNamespace(route="join/<str:token>/")
    request = SimpleNamespace(method="GET", resolver_match=match, path="/join/SECRET/")
    try:
        raise ValueError("SECRET")
    except ValueError:
        said = line(request=request, status_code=500, exc_info=sys.exc_info())

    assert said.startswith("500 GET join/<str:token>/ ValueError at console/test_logs.py:")
    assert "SECRET" not in said


def test_what_belongs_to_no_page_names_its_logger() -> None:
    assert line() == "ERROR django.request"


def test_whoever_logs_an_error_is_held_to_that(monkeypatch: pytest.MonkeyPatch) -> None:
    root, said = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setattr(sys, "stderr", said)
    logs.set_up()
    try:
        raise ValueError("SECRET")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in %s", "SECRET")

    assert said.getvalue().startswith("ERROR uvicorn.error ValueError at console/test_logs.py:")
    assert "SECRET" not in said.getvalue()
