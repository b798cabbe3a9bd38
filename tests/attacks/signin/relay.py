"""What foreign tools are pointed at: it carries their requests to the copy.

Each request comes from a network of its own, to the processes by turns. A form's token against
forgery is fetched and filled in, and what is random in every page is taken out of the answer. So
the tools meet the forms themselves, and neither the count of networks nor the tokens.

    GET  /any/page/?…     asked as it is
    POST /any/form/       filled in; what stands in the query of the tool's address goes along
    GET  /notes/?about=…  the relay's own: SQL put together by hand. A tool has to find that one
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qsl, urlsplit

from tests.attacks.signin.browser import Answer, Browser
from tests.attacks.signin.copy import Copy

BUSY = 503
RANDOM = re.compile(r'(csrfmiddlewaretoken" value|data-options)="[^"]*"')
NOTES = "/notes/"
LONGEST = 20_000


@dataclass(slots=True)
class Relay:
    """Where it listens, and what went through it.

    Args:
        copy: What is attacked.
        url: Its own address.
        answers: Method and status of each.
    """

    copy: Copy
    url: str = ""
    answers: list[tuple[str, int]] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=count)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def carry(self, method: str, place: str, body: str) -> Answer:
        """The copy's answer; one that had no room is asked for again."""
        while True:
            browser = Browser(self.copy.source())
            door = self.copy.public[next(self._turns) % 2]
            if method == "POST":
                form = dict(parse_qsl(body, keep_blank_values=True))
                answer = browser.send(door, place, browser.token(door, place), **form)
            else:
                answer = browser.get(door, place)
            browser.close()
            self.answers.append((method, answer.status))
            if answer.status != BUSY:
                return answer


def told(answer: Answer) -> str:
    """Status, place and page, the same each time they are the same."""
    return f"{answer.status} leads to {answer.location}\n{RANDOM.sub('', answer.text)}"


def notes(place: str) -> str:
    """Deliberately vulnerable."""
    said = dict(parse_qsl(urlsplit(place).query)).get("about", "")
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE note (about TEXT, text TEXT)")
        database.execute("INSERT INTO note VALUES ('tea', 'four minutes')")
        try:
            asked = f"SELECT text FROM note WHERE about = '{said}'"  # noqa: S608 - to be found
            found = database.execute(asked).fetchall()
        except sqlite3.Error as error:
            return f"sqlite3.OperationalError: {error}"
    return "<br>".join(str(row[0]) for row in found)


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(notes(self.path) if self.path.startswith(NOTES) else self._carried(""))

        def do_POST(self) -> None:
            size = min(int(self.headers.get("Content-Length", "0")), LONGEST)
            self._say(self._carried(self.rfile.read(size).decode("utf-8", "replace")))

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def _carried(self, body: str) -> str:
            return told(relay.carry(self.command, self.path, body))

        def _say(self, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@contextmanager
def relaying(copy: Copy) -> Iterator[Relay]:
    """A relay on a free port of 127.0.0.1 until the end."""
    relay = Relay(copy)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(relay)) as server:
        relay.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
