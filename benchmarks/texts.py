"""What discovery is measured on: an access log, a JSON log and a dump of customers, all made up.

The same lines for the same number, so that both sides read the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

FIRST = ("ada", "joerg", "marie", "linus", "priya", "tomasz", "eva", "nils", "chloe", "bo")
LAST = ("lovelace", "mueller", "dahl", "oneil", "vandijk", "nowak", "berg", "silva", "ek")
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/12{}.0.0.0 Safari/537.36"
IBANS = ("DE75512108001245126199", "GB33BUKB20201555555555", "NL02ABNA0123456789")


def mail(number: int) -> str:
    """A mail address of somebody."""
    return f"{FIRST[number % 10]}.{LAST[number % 9]}{number}@post{number % 7}.se"


def address(number: int) -> str:
    """An address of a network."""
    return f"{11 + number % 180}.{number % 251}.{number * 7 % 253}.{1 + number % 250}"


def access_log(number: int) -> str:
    """A line in the Combined format; one in twenty has a mail in its query."""
    query = f"/account?mail={mail(number)}" if number % 20 == 0 else f"/product/oak-chair-{number}"
    return (
        f'{address(number)} - - [10/Oct/2026:13:{number % 60:02}:36 +0000] "GET {query} HTTP/1.1" '
        f'200 {number * 37 % 90000} "https://shop.se/category/{number % 40}" '
        f'"{AGENT.format(number % 8)}"'
    )


def json_log(number: int) -> str:
    """An application's line; one in ten has a mail or a phone in its message."""
    messages = (f"signed in as {mail(number)}", f"courier called +46 8 {5000000 + number}")
    said = messages[number % 2] if number % 10 < 2 else f"rendered page {number} of the catalogue"
    return json.dumps(
        {
            "ts": f"2026-10-10T13:{number % 60:02}:36.123Z",
            "level": ("info", "warning")[number % 9 == 0],
            "msg": said,
            "http": {"ip": address(number), "status": 200, "ms": number * 13 % 900},
            "request_id": f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}",
        }
    )


def customers(number: int) -> str:
    """A dump's statement with one customer: nearly every value is personal."""
    return (
        "INSERT INTO `customers` (`id`,`first_name`,`last_name`,`email`,`phone`,`street`,`city`,"
        f"`iban`,`last_ip`) VALUES ({number},'{FIRST[number % 10].title()}',"
        f"'{LAST[number % 9].title()}','{mail(number)}','+46 8 {5000000 + number}',"
        f"'Storgatan {number % 99}','Malmo','{IBANS[number % 3]}','{address(number)}');"
    )


TEXTS: dict[str, Callable[[int], str]] = {
    "access.log": access_log,
    "app.log": json_log,
    "customers.sql": customers,
}


def lines(name: str, count: int) -> Iterator[str]:
    """The first lines of a text."""
    return map(TEXTS[name], range(count))


def write(folder: Path, name: str, count: int) -> Path:
    """A file of so many lines."""
    path = folder / name
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines(name, count))
    return path
