"""What a shop's log says once the filter has seen it."""

from __future__ import annotations

import logging

import pytest

from shopward_client.django.logs import Discreet


@pytest.mark.parametrize(
    ("said", "args", "kept"),
    [
        ("Sending email to %s", ("ada@example.com",), "Sending email to <mail>"),
        ("<ada+x@mail.example> wrote", (), "<<mail>> wrote"),
        (
            '"%s" %s %s',
            ("GET /dashboard/orders/?name=Lovelace&page=2 HTTP/1.1", "200", "17"),
            '"GET /dashboard/orders/?… HTTP/1.1" 200 17',
        ),
        ("%d of %d%%, is it? yes @ noon", (3, 4), "3 of 4%, is it? yes @ noon"),
    ],
)
def test_mail_addresses_and_queries_stay_out(
    said: str, args: tuple[object, ...], kept: str
) -> None:
    record = logging.LogRecord("shop", logging.INFO, "x.py", 1, said, args, None)
    assert Discreet().filter(record)
    assert record.getMessage() == kept
