"""Guesses that arrive all at once, over TLS, at the control plane: ten at most are verified."""

from __future__ import annotations

import re
import sqlite3
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.browser.staff_site import StaffSite, running

GUESSES = 24


@pytest.fixture
def site(tmp_path: Path) -> Iterator[StaffSite]:
    with running(tmp_path) as made:
        yield made


def guess(site: StaffSite, email: str) -> int:
    """One wrong password from a browser of its own; the status of the answer."""
    context = ssl.create_default_context(cafile=str(site.home / "tls" / "root.pem"))
    context.check_hostname = False  # it asks 127.0.0.1, where no name has to be resolved
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPCookieProcessor(CookieJar()),
    )
    host = site.origin.removeprefix("https://")
    address = f"https://127.0.0.1:{host.rpartition(':')[2]}/sign-in/"
    headers = {"Host": host, "Referer": f"{site.origin}/sign-in/"}
    ask = urllib.request.Request(address, headers=headers)
    page = opener.open(ask, timeout=60).read().decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    form = {"csrfmiddlewaretoken": found[1], "email": email, "password": "not the right one"}
    sent = urllib.request.Request(address, urllib.parse.urlencode(form).encode(), headers)
    try:
        return int(opener.open(sent, timeout=60).status)
    except urllib.error.HTTPError as error:
        return error.code


def test_parallel_guesses_do_not_overtake_the_count(site: StaffSite) -> None:
    with ThreadPoolExecutor(GUESSES) as crowd:
        said = Counter(crowd.map(lambda _: guess(site, "robin@shop.example"), range(GUESSES)))

    with closing(sqlite3.connect(site.home / "console" / "console.db")) as database:
        verified = "SELECT count(*) FROM console_event WHERE kind = 'staff:sign-in-failed'"
        tried = int(database.execute(verified).fetchone()[0])
        (failures,) = database.execute(
            "SELECT failures FROM identity_throttle WHERE key LIKE 'person:%'"
        ).fetchone()
    assert set(said) <= {403, 503}, said
    assert tried <= 10
    assert failures == tried
    assert tried + said[503] >= 10
