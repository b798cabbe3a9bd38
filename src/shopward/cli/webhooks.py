"""`shopward webhook`: shops that say what became of an order, or what a customer asks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from shopward.cli import connection, options, terminal
from shopward.cli.options import manual
from shopward.errors import InvalidError

FORMATS = ("woocommerce", "shopify", "signed")


@click.group("webhook")
def webhook_verb() -> None:
    """Webhooks: a shop's own messages, signed by it.

    An order that is open or closed becomes a fact; what a customer asks becomes a request for a
    person (`shopward request`). A webhook can look at nothing. Use it at the operator's socket.
    """


secret_file = click.option(
    "--secret-file",
    type=click.File("rb"),
    metavar="FILE",
    help="The secret that the shop software signs with; - reads stdin. Without it one is made.",
)


@webhook_verb.command(
    "add",
    epilog=manual(
        example=(
            "shopward webhook add web --format woocommerce",
            "shopward webhook add store --format shopify --secret-file client-secret",
        )
    ),
)
@click.argument("name")
@click.option("--format", "form", required=True, type=click.Choice(FORMATS), help="Who signs, how.")
@click.option("--role", default="shop-events", show_default=True, help="May state facts alone.")
@secret_file
@click.pass_obj
def add(
    config: Path | None, *, name: str, form: str, role: str, secret_file: BinaryIO | None
) -> None:
    """Register a shop's webhook and print its secret, this once.

    Medusa and Magento have no signature of their own: `signed` is ours, for a few lines of code in
    the shop. Shopify signs with the app's client secret, which has to be given.
    """
    given = _secret(secret_file)
    with connection.as_operator(config) as client:
        made = client.add_webhook(name, form, role, secret=given)
    terminal.pairs({"name": made.name, "format": made.format, "path": made.path})
    _show(made.secret)


@webhook_verb.command("list")
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, as_json: bool) -> None:
    """List every webhook that is not revoked."""
    with connection.as_operator(config) as client:
        known = client.webhooks().hooks
    if as_json:
        terminal.document([asdict(one) for one in known])
        return
    terminal.table(
        ("name", "format", "role", "path", "created", "secret"),
        [
            (
                one.name,
                one.format,
                one.role,
                one.path,
                one.created,
                "kept" if one.has_secret else "missing",
            )
            for one in known
        ],
    )


@webhook_verb.command("rotate")
@click.argument("name")
@click.option(
    "--grace-hours",
    type=click.IntRange(0, 168),
    default=24,
    show_default=True,
    help="How long the old secret is taken as well; 0 ends it at once.",
)
@secret_file
@click.pass_obj
def rotate(
    config: Path | None, *, name: str, grace_hours: int, secret_file: BinaryIO | None
) -> None:
    """Give a webhook a new secret and print it, this once."""
    given = _secret(secret_file)
    with connection.as_operator(config) as client:
        turned = client.rotate_webhook(name, secret=given, grace_hours=grace_hours)
    terminal.pairs({"name": turned.name, "entry": turned.receipt.index})
    _show(turned.secret)


@webhook_verb.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke(config: Path | None, *, name: str) -> None:
    """End a webhook, at once and for good."""
    with connection.as_operator(config) as client:
        gone = client.revoke_webhook(name)
    terminal.pairs({"revoked": gone.id, "entry": gone.receipt.index})


def _secret(file: BinaryIO | None) -> str | None:
    """What the file holds, without the end of its line.

    Raises:
        InvalidError: It is no secret: 16 to 200 visible ASCII characters.
    """
    if file is None:
        return None
    text = file.read(4_096).strip()
    if not 16 <= len(text) <= 200 or not all(0x21 <= byte <= 0x7E for byte in text):
        raise InvalidError(
            "The file holds no secret of 16 to 200 visible ASCII characters.",
            hint="Write the secret alone into it.",
            field="secret",
        )
    return text.decode()


def _show(secret: str | None) -> None:
    if secret is not None:
        terminal.pairs({"secret": secret})
        terminal.say("give it to the shop software now; it is not shown again")
