from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest

from shopward.cli import main
from shopward.errors import ConflictError, PolicyError, UnavailableError

CANARY = "ada@example.com"


def raising(error: BaseException) -> click.Command:
    @click.command("doctor")
    def command() -> None:
        raise error

    return command


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir("/")
    return monkeypatch


def put(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    module = importlib.import_module("shopward.cli.doctor")
    monkeypatch.setattr(module, "doctor_verb", raising(error))


def test_every_verb_can_be_had() -> None:
    group = main.cli
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(67)[-3:] != "..."


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ConflictError("twice", hint="once"), 1, "error: twice\nshopward: hint: once\n"),
        (UnavailableError("later", hint="wait"), 3, "error: later\nshopward: hint: wait\n"),
        (click.UsageError("no"), 2, "error: no\n"),
        (click.Abort(), 1, "stopped\n"),
        (KeyboardInterrupt(), 1, "stopped\n"),
        (FileNotFoundError(2, "No such file", "x.csv"), 1, "error: x.csv: No such file\n"),
        (PolicyError(("a: b", "c: d")), 1, "policy.toml has 2 mistakes\n  a: b\n  c: d\n"),
    ],
)
def test_an_expected_error_is_two_lines_and_an_exit_code(
    verb: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    said: str,
) -> None:
    put(verb, error)
    assert main.run(["doctor"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("debug", [False, True])
def test_an_unexpected_error_never_shows_what_it_says(
    verb: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, debug: bool
) -> None:
    put(verb, KeyError(CANARY))
    assert main.run([*(["--debug"] if debug else []), "doctor"]) == 1
    err = capsys.readouterr().err
    assert "(KeyError)" in err
    assert CANARY not in err
    assert ("File " in err) is debug


def test_help_is_quick() -> None:
    """No verb's module, and neither HTTP client nor ciphers, is imported for the list of verbs."""
    code = (
        "import sys; from shopward.cli.main import run; run(['--version']);"
        "sys.exit([m for m in ('httpx2', 'uvicorn', 'cryptography', 'apsw') if m in sys.modules]"
        " != [])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", f"{sys.executable} -m shopward run --help | true"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
