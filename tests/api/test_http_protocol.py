"""The HTTP protocol alone: an application that echoes, and a client that writes bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from uvicorn.server import ServerState

from shopward.api.app import Receive, Scope, Send
from shopward.api.exchange import render
from shopward.api.http_protocol import KEEP_ALIVE_S, HttpProtocol, Hub, target

Story = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Hub], Coroutine[Any, Any, None]]
QUIET_S = 5.0


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers path, query and body; `/late` once its body is whole, `/raise` not at all."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if scope["path"] == "/raise":
        raise LookupError("customer@example.com")
    if scope["path"] == "/split":
        headers = [(b"x-said", body), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    said = b"%b?%b %b" % (scope["path"].encode(), scope["query_string"], body)
    headers = [(b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


def talk(story: Story, app: Any = echo) -> None:
    """Runs a story against a server of its own on loopback."""

    async def stage() -> None:
        hub = Hub(app, ServerState())
        server = await asyncio.get_running_loop().create_server(
            lambda: HttpProtocol(hub), "127.0.0.1"
        )
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            async with asyncio.timeout(QUIET_S):
                await story(reader, writer, hub)
        finally:
            writer.close()
            server.close()
            await asyncio.sleep(0.05)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(stage())


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.splitlines() if line.startswith(b"content-length")
    )
    return head, await reader.readexactly(length)


def post(path: bytes, body: bytes, more: bytes = b"") -> bytes:
    """A whole request."""
    return b"POST %b HTTP/1.1\r\nHost: x\r\n%bContent-Length: %d\r\n\r\n%b" % (
        path,
        more,
        len(body),
        body,
    )


def test_requests_that_come_at_once_are_answered_in_their_order() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hub) -> None:
        writer.write(b"".join(post(b"/%d" % number, b"a") for number in range(50)))
        for number in range(50):
            assert (await answer(reader))[1] == b"/%d? a" % number

    talk(story)


def test_a_body_in_pieces_and_larger_than_what_is_held_arrives_whole() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hub) -> None:
        body = bytes(1_000_000)
        request = post(b"/p", body)
        for start in range(0, len(request), 300_000):
            writer.write(request[start : start + 300_000])
            await asyncio.sleep(0.01)
        assert (await answer(reader))[1] == b"/p? " + body

    talk(story)


def test_a_chunked_body_arrives_whole() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hub) -> None:
        head = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head + b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")
        assert (await answer(reader))[1] == b"/c? abcde"

    talk(story)


def test_whoever_asks_first_is_told_to_send_the_body() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hub) -> None:
        request = post(b"/e", b"abc", b"Expect: 100-continue\r\n")
        writer.write(request[:-3])
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        assert (await answer(reader))[1] == b"/e? abc"

    talk(story)


@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"]
)
def test_what_follows_a_last_request_is_not_answered(request_line: bytes) -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hub) -> None:
        writer.write(request_line + post(b"/second", b""))
        head, _body = await answer(reader)
        assert b"\r\nconnection: close\r\n" in head
        assert await reader.read() == b""

    talk(story)


def test_an_application_that_raises_is_answered_500_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hub) -> None:
        writer.write(post(b"/raise", b""))
        head, body = await answer(reader)
        assert head.startswith(b"HTTP/1.1 500 ")
        assert body == b""
        assert await reader.read() == b""

    talk(story)
    assert "LookupError" in caplog.text
    assert "customer@example.com" not in caplog.text


def test_a_line_end_in_a_header_refuses_the_answer() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hub) -> None:
        writer.write(post(b"/split", b"a\r\nset-cookie: b"))
        head, _body = await answer(reader)
        assert head.startswith(b"HTTP/1.1 500 ")
        assert b"set-cookie" not in head

    talk(story)


@pytest.mark.parametrize("value", [b"a\nb", b"a\rb", b"a\r\nb"])
def test_no_header_is_rendered_with_a_line_end(value: bytes) -> None:
    with pytest.raises(ValueError, match="line end"):
        render(b"HTTP/1.1 200 OK\r\n", [(b"x", value)])


def test_a_client_that_leaves_ends_what_waits_for_its_body() -> None:
    told = asyncio.Event()

    async def listen(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] == "http.request":
            pass
        told.set()

    async def story(_: asyncio.StreamReader, writer: asyncio.StreamWriter, hub: Hub) -> None:
        writer.write(post(b"/", b"abc")[:-1])
        await asyncio.sleep(0.05)
        writer.close()
        await told.wait()
        await asyncio.sleep(0)
        assert not hub.state.connections
        assert not hub.state.tasks

    talk(story, listen)


def test_a_connection_that_asks_for_nothing_is_closed() -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hub: Hub) -> None:
        writer.write(post(b"/", b""))
        await answer(reader)
        (connection,) = list(hub.state.connections)
        assert isinstance(connection, HttpProtocol)
        now_s = asyncio.get_running_loop().time()
        connection.close_if_stalled(now_s + KEEP_ALIVE_S - 5)
        writer.write(post(b"/again", b""))
        assert (await answer(reader))[1] == b"/again? "
        connection.close_if_stalled(now_s + KEEP_ALIVE_S + 5)
        assert await reader.read() == b""

    talk(story)


@pytest.mark.parametrize(
    ("url", "path", "query"),
    [
        (b"/v1/reveal", "/v1/reveal", b""),
        (b"/v1/entries?start=1&count=2", "/v1/entries", b"start=1&count=2"),
        (b"/caf%C3%A9", "/café", b""),
        (b"/a#b", "/a", b""),
        (b"http://shop.example/a?b", "/a", b"b"),
    ],
)
def test_a_target_is_a_decoded_path_and_a_raw_query(url: bytes, path: str, query: bytes) -> None:
    assert target(url) == (path, query)
