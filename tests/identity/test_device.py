"""A device is known by its cookie and by looking alike."""

from __future__ import annotations

import pytest

from shopward.identity import device

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (FIREFOX.format(v=140), "Firefox on Windows"),
        (CHROME, "Chrome on Linux"),
        (CHROME + " Edg/142.0", "Edge on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile", "Chrome on Android"),
        ("curl/8", "an unknown browser"),
        ("", "an unknown browser"),
    ],
)
def test_the_fingerprint_is_coarse_and_readable(agent: str, label: str) -> None:
    assert device.label(agent) == label


def test_an_update_of_the_browser_is_the_same_device() -> None:
    cookie = device.new_cookie()
    stored = [device.digest(cookie, device.label(FIREFOX.format(v=140)))]
    assert device.is_known(stored, cookie, device.label(FIREFOX.format(v=141)))


def test_a_cookie_in_another_browser_is_a_new_device() -> None:
    cookie = device.new_cookie()
    stored = [device.digest(cookie, device.label(FIREFOX.format(v=140)))]
    assert not device.is_known(stored, cookie, device.label(CHROME))
    assert not device.is_known(stored, device.new_cookie(), device.label(FIREFOX.format(v=140)))
    assert not device.is_known([], cookie, device.label(CHROME))


def test_only_what_was_made_here_is_taken_for_a_cookie() -> None:
    assert device.is_cookie(device.new_cookie())
    assert not device.is_cookie("")
    assert not device.is_cookie("x" * 23)
    assert not device.is_cookie("x" * 21 + "\n")
