"""The way through Apprise, to a provider of our own on loopback; what it says stays unsaid."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_django import Settings as SettingsWrapper

from shopward.console import sms, sms_apprise
from shopward.console.sms_apprise import AppriseSender
from shopward.errors import ConfigError
from shopward.identity.sms import NotSentError
from shopward.settings import Secret, Settings, SmsSettings

NUMBER = "+491715550142"
TOKEN = "token-of-the-provider-4711"


class Provider(ThreadingHTTPServer):
    """Keeps what it is asked, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"json://shop:{TOKEN}@127.0.0.1:{self.server_port}/send/{{number}}/"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.got.append((self.path, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *given: Any) -> None:
        """Says nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_message_goes_to_its_number(provider: Provider) -> None:
    AppriseSender(Secret(provider.address)).send(NUMBER, "12345678 is your code")

    ((path, body),) = provider.got
    assert NUMBER in path.replace("%2B", "+")
    assert body["message"] == "12345678 is your code"


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_refusal_names_nobody(
    provider: Provider, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.status = status

    with pytest.raises(NotSentError) as caught:
        AppriseSender(Secret(provider.address)).send(NUMBER, "12345678 is your code")

    said = repr(caught.value) + str(caught.value.__cause__) + caplog.text
    for canary in (NUMBER, NUMBER[1:], TOKEN, "12345678"):
        assert canary not in said


def test_a_provider_that_is_not_there_names_nobody_either(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gone = Provider()
    gone.server_close()

    with pytest.raises(NotSentError):
        AppriseSender(Secret(gone.address)).send(NUMBER, "12345678 is your code")

    for canary in (NUMBER[1:], TOKEN, "12345678"):
        assert canary not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "twilio://account:token@+4930123456/+491715550142",
        "json://127.0.0.1/{number}/{number}",
        "nobody-knows://127.0.0.1/{number}",
        "{number}",
    ],
)
def test_an_address_that_is_not_understood_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        AppriseSender(Secret(url)).send(NUMBER, "text")

    assert caught.value.field == "sms.url_file"
    assert url not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "url",
    [
        f"twilio://AC{'a' * 32}:{'b' * 32}@+493012345678/{{number}}",
        "vonage://keykeyke:secretsecretsecr@493012345678/{number}",
        "seven://keykeykeykeykeykey/{number}",
        "d7sms://token@{number}",
    ],
)
def test_addresses_of_real_providers_are_understood(url: str) -> None:
    plugin = AppriseSender(Secret(url))._plugin(NUMBER)

    assert NUMBER[1:] in str(plugin.targets)


def test_the_address_comes_from_a_file_that_its_owner_alone_reads(
    house: Settings, settings: SettingsWrapper, tmp_path: Path, provider: Provider
) -> None:
    path = tmp_path / "provider"
    path.write_text(provider.address + "\n")
    path.chmod(0o600)
    settings.SHOPWARD = msgspec.structs.replace(house, sms=SmsSettings(url_file=path))
    sms.sender().send(NUMBER, "text")
    assert len(provider.got) == 1
    assert TOKEN not in repr(sms.sender())

    path.chmod(0o644)
    with pytest.raises(ConfigError, match="read by others"):
        sms.sender()


def test_without_the_extra_the_operator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sms_apprise._apprise.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)

    with pytest.raises(ConfigError, match="need Apprise"):
        AppriseSender(Secret("json://127.0.0.1/{number}")).send(NUMBER, "text")

    sms_apprise._apprise.cache_clear()
