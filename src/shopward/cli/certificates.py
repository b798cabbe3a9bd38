"""`shopward certificate`: the signed word that an erasure is final, and by when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward.cli import connection, options, terminal
from shopward.cli.options import FILE, manual
from shopward.sources.durable import replace_durably

if TYPE_CHECKING:
    from shopward_client import Client

VERIFY = "python docs/spec/verify_receipt.py"


@click.command(
    "certificate",
    epilog=manual(
        "ERASURE is the customer's token (`cus_…`) or the number of the erasure's entry.",
        example=(
            "shopward certificate 17 --out certificate.json --pdf certificate.pdf",
            f'{VERIFY} certificate certificate.json --key "$(shopward ledger key)"',
        ),
    ),
)
@click.argument("erasure")
@click.option("--out", type=FILE, help="Write it to this file.")
@click.option("--pdf", type=FILE, help="Also write it as a PDF for a person.")
@options.caller("auditor, or the operator where there is none")
@click.pass_obj
def certificate_verb(
    config: Path | None, *, erasure: str, out: Path | None, pdf: Path | None, caller: str | None
) -> None:
    """Print the certificate of an erasure, which verifies offline."""
    with connection.as_auditor(config, caller) as client:
        document = fetch(client, erasure)
    write(document, out, pdf)


def fetch(client: Client, erasure: str | int) -> str:
    """The certificate of an erasure, by entry or token."""
    if isinstance(erasure, int) or erasure.isdigit():
        return client.certificate(index=int(erasure))
    return client.certificate(subject=erasure)


def write(document: str, out: Path | None, pdf: Path | None) -> None:
    """Write the document, and the page made from it, where they are wanted; else print it."""
    if out is not None:
        replace_durably(out, document.encode())
        terminal.say(f"the certificate is in {out}")
    if pdf is not None:
        from shopward.portal.certificate_page import draw
        from shopward.portal.erasure import statement_of

        replace_durably(pdf, draw(statement_of(document), document))
        terminal.say(f"the page is in {pdf}")
    if out is None and pdf is None:
        click.echo(document)
