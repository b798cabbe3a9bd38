"""`shopward ledger`: read the ledger, verify it, and take evidence of it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopward import clock
from shopward.cli import connection, options, terminal
from shopward.cli.asking import write_receipt
from shopward.cli.options import FILE, manual
from shopward.cli.replay import RemoteLog, size_of
from shopward.errors import IntegrityError, NotFoundError, SignatureError
from shopward.ledger.chain import verify_chain
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.consistency import format_consistency, verify_extends
from shopward.ledger.entry import parse_leaf
from shopward.ledger.keychain import KeyChain, parse_chain
from shopward.signing import Verifier, decode_base64
from shopward.sources.durable import replace_durably

if TYPE_CHECKING:
    from shopward.vault.inspect import StoredLedger
    from shopward_client import Client, EntryRow

POLL_S = 1.0
VERIFY = "python docs/spec/verify_receipt.py"

caller_option = options.caller("auditor, or the operator where there is none")
log_option = click.option(
    "--log",
    "number",
    type=click.IntRange(0),
    default=0,
    help="A log before the present one, by its number from 1; `ledger logs` lists them.",
)
key_option = click.option(
    "--key",
    metavar="VKEY|FILE",
    help="The ledger's verifier key, as you know it from elsewhere. Without it, the key is asked "
    "of the data plane itself.",
)


@click.group("ledger")
def ledger_verb() -> None:
    """The ledger: every look and every refusal, unchangeable unseen.

    Entries are numbered and hashed into one tree; a signed checkpoint pins all before it.
    """


@ledger_verb.command("tail")
@click.option("--from", "start", type=click.IntRange(0), help="The first entry to show.")
@click.option("--count", type=click.IntRange(1), default=10, show_default=True)
@click.option("--follow", "-f", is_flag=True, help="Go on with every new entry; Ctrl-C stops.")
@caller_option
@options.as_json
@click.pass_obj
def tail(
    config: Path | None,
    *,
    start: int | None,
    count: int,
    follow: bool,
    caller: str | None,
    as_json: bool,
) -> None:
    """Show the last entries: when, what kind, who, for what.

    With --json, one document per line. Details of erased customers are gone and shown as null.
    """
    if follow:
        connection.refuse_stopped(config)
    with connection.as_auditor(config, caller) as client:
        log = RemoteLog(client)
        first = max(0, log.size - count) if start is None else start
        for row in log.entries(first, count):
            _show(row, as_json=as_json)
        if follow:
            with suppress(KeyboardInterrupt):
                for row in client.follow(min(first + count, log.size), poll_s=POLL_S):
                    _show(row, as_json=as_json)


@ledger_verb.command("verify")
@click.option(
    "--checkpoint",
    type=FILE,
    help="A checkpoint kept from earlier: shows that nothing before it was changed or cut off.",
)
@key_option
@click.option(
    "--keys",
    type=FILE,
    help="The keys of a ledger that changed its key, from `ledger key --all`. Without it they are "
    "asked of the data plane; every hand-over is verified.",
)
@caller_option
@click.pass_obj
def verify(
    config: Path | None,
    *,
    checkpoint: Path | None,
    key: str | None,
    keys: Path | None,
    caller: str | None,
) -> None:
    """Replay the whole ledger and name every damage.

    Each leaf is hashed again, each tile compared, details compared with their commitments, and the
    root with the signed checkpoint. After a restore the logs before are replayed too, and that
    each is continued by the next. Exit code 1 when anything is wrong.

    The holder of the key could sign a rewritten ledger: only a checkpoint kept elsewhere shows
    that, so keep one with `shopward ledger checkpoint --out FILE`.

    Without a data plane the store is read as it lies there, however damaged.
    """
    earlier = checkpoint.read_text("utf-8", "replace") if checkpoint else None
    with connection.as_ledger_reader(config, caller) as (log, own_key):
        text = keys.read_text("utf-8", "replace") if keys else log.keys()
        verifier = _chain(_parse_key(key or own_key), text)
        shown = list(verify_chain(log, verifier, checkpoint=earlier, watch=_watched))
    for one in shown:
        for finding in one.findings:
            where = "-" if finding.index is None else finding.index
            prefix = "" if one.is_last else f"{one.origin}  "
            terminal.data(f"{prefix}{finding.damage}  {where}  {finding.detail}")
    damages = sum(len(one.findings) for one in shown)
    if damages:
        many = "1 damage" if damages == 1 else f"{damages} damages"
        raise IntegrityError(f"The ledger does not verify: {many} found.")
    against = f" and continue {checkpoint.name}" if checkpoint else ""
    for one in shown:
        if one.lost:
            terminal.say(f"{one.lost} entries were lost between {one.before} and its restore")
        named = f" of {one.origin}" if len(shown) > 1 else ""
        continues = f", continuing {one.before}" if one.before else ""
        told = against if one.is_last else ""
        terminal.data(f"{one.size} entries{named} verify{told}{continues}")
    if not key:
        terminal.say("the key was the data plane's own word; --key takes the one you know")


def _watched(log: RemoteLog | StoredLedger, origin: str) -> Callable[[], object]:
    """A progress bar that follows what is read of a log; what ends it."""
    del origin
    bar = terminal.Progress("verify", log.size)
    log.progress = bar.to
    return bar.close


@ledger_verb.command(
    "checkpoint",
    epilog=manual(
        example=(
            "shopward ledger checkpoint --out monday.checkpoint",
            "shopward ledger checkpoint --out friday.checkpoint \\",
            "  --since monday.checkpoint --proof proof.json",
            f"{VERIFY} consistency \\",
            "  monday.checkpoint friday.checkpoint proof.json --key VKEY",
        )
    ),
)
@click.option("--out", type=FILE, help="Write it to this file; keep it outside this machine.")
@click.option("--since", type=FILE, help="An earlier checkpoint to prove consistency with.")
@click.option("--proof", type=FILE, help="Write the consistency proof to this file.")
@key_option
@caller_option
@click.pass_obj
def checkpoint(
    config: Path | None,
    *,
    out: Path | None,
    since: Path | None,
    proof: Path | None,
    key: str | None,
    caller: str | None,
) -> None:
    """Print the signed head of the ledger, which pins every entry before it."""
    if (since is None) != (proof is None):
        raise click.UsageError("--since and --proof belong together.")
    with connection.as_auditor(config, caller) as client:
        note = client.checkpoint()
        if since and proof:
            _prove(client, _verifier(client, key), since, note, proof)
    if out:
        replace_durably(out, note.encode())
        terminal.say(f"the checkpoint is in {out}")
    else:
        click.echo(note, nl=False)


@ledger_verb.command("key")
@click.option(
    "--all", "every", is_flag=True, help="Every key it had, with the hand-overs, as JSON."
)
@caller_option
@click.pass_obj
def key_(config: Path | None, *, every: bool, caller: str | None) -> None:
    """Print the ledger's verifier key, to be kept by whoever verifies."""
    with connection.as_auditor(config, caller) as client:
        terminal.data(client.log_keys() if every else client.log_key())


@ledger_verb.command(
    "receipt",
    epilog=manual(
        example=(
            "shopward ledger receipt 17 --out receipt.json",
            f'{VERIFY} receipt receipt.json --key "$(shopward ledger key)"',
        )
    ),
)
@click.argument("index", type=click.IntRange(0))
@click.option("--out", type=FILE, help="Write it to this file.")
@log_option
@caller_option
@click.pass_obj
def receipt(
    config: Path | None, *, index: int, out: Path | None, number: int, caller: str | None
) -> None:
    """Print the receipt of one entry: a document that verifies offline."""
    with connection.as_auditor(config, caller) as client:
        document = client.receipt(index, number).to_json()
    if out:
        write_receipt(out, document)
    else:
        click.echo(document, nl=False)


@ledger_verb.command(
    "export",
    epilog=manual(
        "Both together verify elsewhere.",
        example=(
            "shopward ledger export ledger.jsonl",
            f"{VERIFY} log ledger.jsonl ledger.jsonl.checkpoint --key VKEY",
        ),
    ),
)
@click.argument("file", type=FILE)
@click.option(
    "--tiles",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the full tiles of hashes under this folder, too.",
)
@log_option
@caller_option
@click.pass_obj
def export(
    config: Path | None, *, file: Path, tiles: Path | None, number: int, caller: str | None
) -> None:
    """Write every entry to FILE, a JSON document a line, and the checkpoint to FILE.checkpoint.

    Without a data plane the store is read as it lies there, however damaged.
    """
    from shopward.cli.export import checkpoint_of, write, write_tiles

    with connection.as_ledger_reader(config, caller) as (present, _):
        log = _log_of(present, number)
        size = log.size
        bar = terminal.Progress("export", size)
        write(log, file, bar.to)
        bar.close()
        if tiles is not None:
            terminal.say(f"{write_tiles(log, tiles)} full tiles are in {tiles / 'tile'}")
    terminal.say(f"{size} entries are in {file}, their checkpoint in {checkpoint_of(file)}")


@ledger_verb.command("logs")
@caller_option
@options.as_json
@click.pass_obj
def logs(config: Path | None, *, caller: str | None, as_json: bool) -> None:
    """List the logs there are: the present one, and those that restores ended.

    Each has a name and a key of its own; receipts of an ended log verify with its key as ever.
    """
    with connection.as_auditor(config, caller) as client:
        rows = [
            {"log": one.number, "origin": one.origin, "entries": one.size, "key": one.key}
            for one in client.past_logs()
        ]
        vkey, size = client.log_key(), size_of(client.checkpoint())
    name = vkey.partition("+")[0]
    rows.insert(0, {"log": 0, "origin": name, "entries": size, "key": vkey})
    if as_json:
        terminal.document(rows)
    else:
        terminal.table(tuple(rows[0]), [tuple(row.values()) for row in rows])


def _log_of(present: RemoteLog | StoredLedger, number: int) -> RemoteLog | StoredLedger:
    """The present log, or one before it by its number."""
    if not number:
        return present
    pasts = present.pasts()
    if number <= len(pasts):
        return pasts[number - 1][1]
    raise NotFoundError("There is no past log of that number.", hint="`ledger logs` lists them.")


def _prove(client: Client, verifier: Verifier, since: Path, note: str, proof: Path) -> None:
    """Verify, and write, the proof that the log at `note` begins with the log in `since`."""
    earlier = since.read_text("utf-8", "replace")
    old, new = (open_checkpoint(one, verifier).size for one in (earlier, note))
    hashes = [decode_base64(one, "a hash") for one in client.consistency(old, new).hashes]
    document = format_consistency(hashes)
    verify_extends(earlier, note, document, verifier)
    replace_durably(proof, document)
    terminal.say(f"the proof that {new} entries begin with those {old} is in {proof}")


def _verifier(client: Client, key: str | None) -> Verifier:
    return _parse_key(key or client.log_key())


def _chain(trusted: Verifier, document: str | None) -> Verifier | KeyChain:
    """Every key of the log, if the trusted one is among them; else that one alone."""
    if document is None:
        return trusted
    try:
        return parse_chain(document, trusted)
    except SignatureError:
        return trusted


def _parse_key(key: str) -> Verifier:
    if Path(key).is_file():
        key = Path(key).read_text("utf-8", "replace")
    return Verifier.parse(key)


def _show(row: EntryRow, *, as_json: bool) -> None:
    leaf = parse_leaf(decode_base64(row.leaf, "a leaf"))
    time = clock.from_ms(leaf.time_ms).isoformat(timespec="milliseconds")
    details = _details(row)
    if as_json:
        known = {"index": row.index, "time": time, "kind": leaf.kind, "details": details}
        click.echo(terminal.json_text(known))
        return
    missing = "(details damaged)" if row.is_damaged else "(details erased)"
    words = missing if details is None else " ".join(_words(details))
    terminal.data(f"{row.index:>7}  {time}  {leaf.kind:<18}  {words}".rstrip())


def _details(row: EntryRow) -> dict[str, Any] | None:
    try:
        details = json.loads(row.details) if row.details else None
    except ValueError:
        return None
    return details if isinstance(details, dict) else None


def _words(details: dict[str, Any]) -> Iterator[str]:
    """`name=value` for what a person wants to read; the full details are in --json."""
    for name, value in details.items():
        if name not in {"v", "policy", "assurance"}:
            shown = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{name}={shown}"
