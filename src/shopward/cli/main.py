"""The `shopward` command: its verbs, and how every way to fail looks.

Exit codes: 0 done · 1 denied, not found or failed · 2 wrong usage · 3 the vault is unavailable.

- An expected error is two lines on stderr, never a stack trace.
- An unexpected one names its kind only: a message of another library may hold a value. `--debug`
  adds where it happened, still without messages or local values.
- A verb's module is imported when the verb is used, so that `--help` is quick.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from shopward.cli import terminal
from shopward.errors import PolicyError, ShopwardError, UnavailableError

DONE, FAILED, USAGE, UNAVAILABLE = 0, 1, 2, 3

MODULES = {
    "run": "running",
    "serve": "serve",
    "console": "console",
    "discover": "discover",
    "leak-scan": "leaks",
    "protect": "protect",
    "import": "importing",
    "store": "records",
    "reveal": "records",
    "search": "records",
    "find": "finding",
    "update": "records",
    "erase": "records",
    "explain": "records",
    "fact": "facts",
    "webhook": "webhooks",
    "request": "requests",
    "ledger": "ledger",
    "policy": "policy",
    "caller": "callers",
    "job": "jobs",
    "index": "indexes",
    "key": "keys",
    "epoch": "keys",
    "certificate": "certificates",
    "retention": "retention",
    "freeze": "freezes",
    "unfreeze": "freezes",
    "backup": "backups",
    "restore": "restoring",
    "trust": "trust",
    "staff": "staff",
    "oidc": "oidc",
    "password": "password",
    "doctor": "doctor",
}


class Verbs(click.Group):
    """The verbs in the order of a first day with Shopward, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb."""
        del ctx
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command; None when there is no such verb."""
        del ctx
        if cmd_name not in MODULES:
            return None
        module = importlib.import_module(f"shopward.cli.{MODULES[cmd_name]}")
        command = getattr(module, f"{cmd_name.replace('-', '_')}_verb")
        return command if isinstance(command, click.Command) else None


@click.group(cls=Verbs)
@click.version_option(package_name="shopward", prog_name="shopward")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The operator's settings. Default: SHOPWARD_CONFIG, then ./shopward.toml, then "
    "./var/shopward.toml.",
)
@click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    help="After an unexpected error, show where it happened.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Every field of customer data has a lock, a reason and a receipt.

    Shopward keeps a shop's customer data sealed, shows a field only for a purpose that the policy
    permits, and enters every look in a ledger that anyone can verify.

    Verbs that read or write customers ask the running data plane over its Unix socket. When none
    runs, they open the store themselves, under a lock, and close it again.

    Credentials and passphrases are never given on the command line. Data is written to stdout,
    messages to stderr. Exit codes: 0 done, 1 denied or failed, 2 wrong usage, 3 unavailable.
    """
    ctx.obj = config


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and say what went wrong, if anything did.

    Returns:
        The exit code.
    """
    try:
        answer = cli.main(args=list(arguments), prog_name="shopward", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as wrong:
        return _misused(wrong)
    except (click.Abort, KeyboardInterrupt):
        terminal.say("stopped")
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as wrong:  # noqa: BLE001 - the last resort, so that no value is printed
        return failed(wrong, debug="--debug" in arguments)
    return answer if isinstance(answer, int) else DONE


def failed(wrong: Exception, *, debug: bool = False) -> int:
    """Say what went wrong in two lines; the exit code for it."""
    # The client is imported only here: it costs a fifth of a second that --help need not spend.
    from shopward_client import NoAnswerError
    from shopward_client import ShopwardError as Refused
    from shopward_client import UnavailableError as Away

    if isinstance(wrong, PolicyError):
        terminal.error(wrong.detail.partition(": ")[0], None)
        for mistake in wrong.mistakes:
            click.echo(f"  {mistake}", err=True)
        terminal.say(f"hint: {wrong.hint}")
    elif isinstance(wrong, ShopwardError | Refused):
        terminal.error(wrong.detail, wrong.hint)
    elif isinstance(wrong, OSError):
        terminal.error(f"{wrong.filename or 'a file or socket'}: {wrong.strerror or 'failed'}")
    else:
        return _unexpected(wrong, debug=debug)
    is_away = isinstance(wrong, UnavailableError | NoAnswerError | Away)
    return UNAVAILABLE if is_away else FAILED


def _misused(wrong: click.ClickException) -> int:
    if isinstance(wrong, click.exceptions.NoArgsIsHelpError):
        click.echo(wrong.message, err=True)
        return USAGE
    if not isinstance(wrong, click.UsageError):
        terminal.error(wrong.format_message())
        return FAILED
    path = wrong.ctx.command_path if wrong.ctx else "shopward"
    terminal.error(wrong.format_message(), f"`{path} --help` shows how it is used.")
    return USAGE


def _unexpected(wrong: Exception, *, debug: bool) -> int:
    terminal.error(
        f"this should not have happened ({type(wrong).__name__})",
        "Run it again with `shopward --debug …` and report it as CONTRIBUTING.md says."
        if not debug
        else "Report it with these lines as CONTRIBUTING.md says.",
    )
    if debug:
        frames = traceback.extract_tb(wrong.__traceback__)
        click.echo("".join(traceback.format_list(frames)), err=True, nl=False)
    return FAILED
