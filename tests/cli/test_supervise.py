"""Both processes are kept running; none of them outlives the command that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopward.settings import child_environment
from shopward_client import Client, Retry
from tests.cli import shop as shops
from tests.scenarios.plane import kind_of, wait_until

READY = "Ctrl-C stops it"


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[shops.Shop, subprocess.Popen[str]]]:
    folder = tmp_path_factory.mktemp("supervised")
    shop = shops.Shop(folder, shops.environment(folder))
    with shop.started("run") as process:
        shops.wait_for(process, READY)
        yield shop, process


def child(process: subprocess.Popen[str], verb: str) -> int:
    """The process id of the child that runs a verb of ours; 0 when there is none."""
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == process.pid and verb.encode() in words:
            return int(entry.name)
    return 0


def restarts(shop: shops.Shop) -> list[str]:
    with Client(f"unix:{shop.home / 'run/admin.sock'}", retry=Retry(attempts=1)) as operator:
        page = operator.entries(0, 1000)
        rows = [*page.entries, *operator.entries(1000, 1000).entries]
    return [row.details or "" for row in rows if kind_of(row.leaf) == "process:restarted"]


# httpcore leaves a socket open when a Unix socket is not there.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("verb", "name"), [("console", "control-plane"), ("serve", "data-plane")])
def test_a_child_that_is_killed_is_started_again_and_that_is_entered(
    running: tuple[shops.Shop, subprocess.Popen[str]], verb: str, name: str
) -> None:
    shop, process = running
    wait_until(lambda: child(process, verb), 30)
    before = child(process, verb)
    assert before > 0  # signal 9 to process 0 would end this very test
    os.kill(before, signal.SIGKILL)

    wait_until(lambda: child(process, verb) not in (0, before), 30)

    def is_entered() -> bool:
        try:
            return any(f"process={name} status=-9" in one for one in restarts(shop))
        except Exception:  # noqa: BLE001 - it is not up again yet
            return False

    wait_until(is_entered, 60)


def test_the_control_plane_has_neither_store_nor_keystore_open(
    running: tuple[shops.Shop, subprocess.Popen[str]],
) -> None:
    _, process = running
    wait_until(lambda: child(process, "console"), 30)
    opened = {
        str(one.readlink())
        for one in Path(f"/proc/{child(process, 'console')}/fd").iterdir()
        if one.exists()
    }

    assert not [path for path in opened if "/store/" in path or "/secrets/" in path]


def test_no_child_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    shop = shops.Shop(tmp_path, shops.environment(tmp_path))
    with shop.started("run") as process:
        shops.wait_for(process, READY)
        children = [child(process, verb) for verb in ("serve", "console")]
        assert all(children)
        process.kill()
        process.wait()
        until = time.monotonic() + 10
        while time.monotonic() < until and not all(map(shops.is_gone, children)):
            time.sleep(0.05)

        assert all(map(shops.is_gone, children))


def test_the_passphrase_is_given_to_the_data_plane_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPWARD_PASSPHRASE", "canary-4711")
    monkeypatch.setenv("LANG", "C.UTF-8")

    assert child_environment(with_secrets=True)["SHOPWARD_PASSPHRASE"] == "canary-4711"
    assert "canary-4711" not in child_environment(with_secrets=False).values()
    assert child_environment(with_secrets=False)["LANG"] == "C.UTF-8"
