"""`shopward key` and `shopward epoch`: versions, dates and rotations; the operator alone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from shopward.cli import connection, options, terminal
from shopward.cli.options import FILE, manual
from shopward.cli.waiting import until_over
from shopward.sources.durable import replace_durably

if TYPE_CHECKING:
    from shopward_client.answers import Key, KeyRing

ROTATIONS: Final = {
    "epoch": ("rewrap", "turn"),
    "data": ("rewrap", "renew"),
    "index": ("reindex", ""),
    "ledger": ("resign", ""),
    "backup": ("backup-key", ""),
}
HEADERS: Final = ("key", "state", "begins", "ends", "dies")


@click.group("key")
def key_verb() -> None:
    """Keys: what versions there are, and new ones.

    Every rotation runs while customers are served and goes on after a restart. At its end the old
    versions are refused.
    """


@key_verb.command("list")
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, as_json: bool) -> None:
    """List every version of every kind of key, without a secret."""
    with connection.as_operator(config) as client:
        found = client.key_versions()
    _show(found, as_json=as_json)


@key_verb.command(
    "rotate",
    epilog=manual(
        "epoch: a new epoch key now, and every data key wrapped under it. data: new data keys, and "
        "every value sealed anew. index: new keys for every search index. ledger: another key "
        "signs the ledger. backup: another key for the backups to come.",
        example=("shopward key rotate index --wait",),
    ),
)
@click.argument("kind", type=click.Choice(list(ROTATIONS)))
@click.option("--wait", is_flag=True, help="Stay until it is done, with its progress.")
@click.pass_obj
def rotate(config: Path | None, *, kind: str, wait: bool) -> None:
    """Begin the rotation of one kind of key."""
    is_served = connection.is_running(connection.settings_of(config).listen.admin_socket)
    with connection.as_operator(config) as client:
        job = client.start_job(*ROTATIONS[kind]).job
        terminal.pairs({"job": job.id, "state": job.state})
        if not is_served:
            terminal.say("no data plane runs; it is done when one is started")
        elif wait:
            terminal.say(until_over(client, job.id, job.total).note)


@key_verb.command(
    "passphrase",
    epilog=manual(example=("shopward key passphrase --new new-passphrase.txt",)),
)
@click.option("--new", type=FILE, help="A file with the new passphrase; asked for when left out.")
@click.pass_obj
def passphrase(config: Path | None, *, new: Path | None) -> None:
    """Seal the keystore under a new passphrase; the old one opens it no longer.

    Where `custodian.passphrase_file` is set, the new one is written there. An older copy of the
    keystore still opens with the old one: destroy those copies.
    """
    house = connection.settings_of(config)
    text = _read(new)
    file = house.custodian.passphrase_file
    waiting = file.with_name(f"{file.name}.next") if file else None
    if waiting is not None:
        replace_durably(waiting, f"{text}\n".encode())
    with connection.as_operator(config) as client:
        changed = client.change_passphrase(text)
    if file is not None and waiting is not None:
        waiting.replace(file)
        terminal.say(f"the new passphrase is in {file}")
    else:
        terminal.say("start the data plane with the new passphrase from now on")
    terminal.pairs({"changed": "passphrase", "entry": changed.receipt.index})


@click.group("epoch")
def epoch_verb() -> None:
    """Epochs: the weekly keys whose destruction makes erasures final."""


@epoch_verb.command("list")
@options.as_json
@click.pass_obj
def epochs(config: Path | None, *, as_json: bool) -> None:
    """List every epoch: when it ended, and when its key dies or was destroyed."""
    with connection.as_operator(config) as client:
        found = [one for one in client.key_versions() if one.kind == "epoch"]
    _show(found, as_json=as_json)


def _show(found: list[KeyRing] | tuple[KeyRing, ...], *, as_json: bool) -> None:
    if as_json:
        terminal.document([asdict(one) for one in found])
        return
    rows = [_row(ring, key) for ring in found for key in ring.keys]
    terminal.table(HEADERS, rows)


def _row(ring: KeyRing, key: Key) -> tuple[str, ...]:
    if key.destroyed:
        state = f"destroyed {key.destroyed[:10]}"
    else:
        state = "refused" if key.number < ring.least else "in use"
    ends, dies = (one[:10] if one else "-" for one in (key.ends, key.dies))
    return f"{ring.kind} {key.number}", state, key.begins[:10], ends, dies


def _read(file: Path | None) -> str:
    """The new passphrase, from a file or typed twice."""
    if file is None:
        text: str = click.prompt(
            "New passphrase", hide_input=True, confirmation_prompt=True, err=True
        )
        return text
    return file.read_text("utf-8").rstrip("\r\n")
