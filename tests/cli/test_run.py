"""`shopward run` as a newcomer meets it: from nothing, five commands, stopped, started again."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli import shop as shops

FINAL = "Ctrl-C stops it"


@pytest.fixture
def shop(tmp_path: Path) -> shops.Shop:
    """An empty folder beside nothing of ours: the example shop is found in the sources."""
    return shops.Shop(tmp_path, shops.environment(tmp_path))


def commands(said: str) -> list[str]:
    """The commands that were printed, continuation lines joined by the shell itself."""
    blocks = re.findall(r"^  \d  .*\n((?:     .*\n)+)", said, re.MULTILINE)
    return ["\n".join(line.strip() for line in block.splitlines()) for block in blocks]


def typed(shop: shops.Shop, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=shop.folder,
        env=shop.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_from_nothing_to_five_commands_and_again(shop: shops.Shop) -> None:
    with shop.started("run") as process:
        said = shops.wait_for(process, FINAL)
        assert "imported 1,000 customers" in said
        found = commands(said)
        assert [typed(shop, command).returncode for command in found] == [0, 0, 1, 0, 0]
        assert "•••" in typed(shop, found[1]).stdout
        assert "VERIFIED" in typed(shop, found[4]).stdout
        process.send_signal(signal.SIGINT)
        assert process.wait(shops.STOP_S) == 0
    began = time.monotonic()
    with shop.started("run") as process:
        said = shops.wait_for(process, FINAL)
        took_s = time.monotonic() - began
        assert "imported" not in said
        assert typed(shop, commands(said)[0]).returncode == 0
        assert typed(shop, "shopward ledger verify --key var/ledger.vkey").returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(shops.STOP_S) == 0
    assert took_s < 10  # 3 s on an idle machine; this one may be busy
    kept = [path for path in shop.home.rglob("*") if path.is_file()]
    assert len(kept) > 12
    for path in kept:
        data = path.read_bytes()
        assert path.name == "root.pem" or path.stat().st_mode & 0o077 == 0, path
        assert not any(value in data for value in (b"ashquill", b"Ashquill", b"Tanager Way")), path


def test_killed_in_the_middle_of_the_import_it_goes_on(shop: shops.Shop) -> None:
    with shop.started("run") as process:
        end = time.monotonic() + shops.START_S
        while not list(shop.home.glob("imports/*.journal.json")) and time.monotonic() < end:
            time.sleep(0.005)
        process.kill()
        process.wait()
    (journal,) = shop.home.glob("imports/*.journal.json")
    assert json.loads(journal.read_text())["next_row"] < 1000
    with shop.started("run") as process:
        assert "imported 1,000 customers" in shops.wait_for(process, FINAL)
        process.send_signal(signal.SIGINT)
        process.wait(shops.STOP_S)
    (tokens,) = shop.home.glob("imports/*.tokens.csv")
    assert len({line.split(",")[2] for line in tokens.read_text().splitlines()[1:]}) == 1000
    tail = typed(shop, "shopward ledger tail --from 0 --count 3000 --json").stdout.splitlines()
    kinds = [json.loads(line)["kind"] for line in tail]
    assert kinds.count("record:stored") == 1000


def test_stopped_in_the_middle_of_the_import_it_stops_cleanly(shop: shops.Shop) -> None:
    with shop.started("run") as process:
        end = time.monotonic() + shops.START_S
        while not list(shop.home.glob("imports/*.journal.json")) and time.monotonic() < end:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=shops.STOP_S)
        assert process.returncode == 0
        assert said.splitlines()[-1] == "shopward: stopped; the data is kept"
        assert "error" not in said
    assert typed(shop, "shopward ledger verify").returncode == 0
