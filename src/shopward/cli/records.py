"""The verbs on customers: store, reveal, search, update, erase, explain.

Each is one call to the data plane, which decides and enters it. Values go to stdout alone.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import click

from shopward.cli import certificates, connection, credentials, options, terminal, values
from shopward.cli.asking import Asking, asking
from shopward.cli.options import SUBJECT, VALUES, manual
from shopward.errors import NotFoundError

subject_argument = click.argument("subject")
fields_argument = click.argument("fields", nargs=-1, metavar="FIELD...")
values_argument = click.argument("pairs", nargs=-1, metavar="FIELD=VALUE...")


@click.command(
    "store",
    epilog=manual(
        VALUES, example=("shopward store email=ada@example.com first_name=Ada --token email",)
    ),
)
@values_argument
@options.values_file
@click.option("--external", metavar="ID", help="The shop's own id of the customer.")
@options.tokens
@asking("shop")
def store_verb(
    ask: Asking,
    pairs: tuple[str, ...],
    file: BinaryIO | None,
    external: str | None,
    tokens: tuple[str, ...],
) -> None:
    """Seal a new customer's fields and print the customer's token."""
    fields = values.collect(pairs, file)
    with ask.client() as client:
        stored = client.store(fields, external=external, tokens=tokens)
        ask.show(client, stored, {"subject": stored.subject, **stored.tokens})


@click.command(
    "reveal",
    epilog=manual(
        SUBJECT,
        example=("shopward reveal email:ada@example.com city --purpose fulfil --fact order:1042",),
    ),
)
@subject_argument
@fields_argument
@options.purpose
@options.fact
@asking("support")
def reveal_verb(
    ask: Asking, subject: str, fields: tuple[str, ...], purpose: str | None, fact: str | None
) -> None:
    """Show fields of one customer for a purpose.

    Each field is shown as the policy says: all are permitted or none is. The look is entered in
    the ledger before a value leaves; a refusal is entered too.
    """
    with ask.client() as client:
        shown = client.reveal(subject, fields, purpose=purpose, fact=fact)
        ask.show(client, shown, shown.fields)


@click.command(
    "search",
    epilog=manual(VALUES, example=("shopward search email=ada@example.com --purpose account",)),
)
@click.argument("pairs", nargs=-1, metavar="FIELD=VALUE")
@options.values_file
@options.purpose
@options.fact
@asking("shop")
def search_verb(
    ask: Asking,
    pairs: tuple[str, ...],
    file: BinaryIO | None,
    purpose: str | None,
    fact: str | None,
) -> None:
    """Find a customer by a uniquely indexed field and print the token.

    Exit code 1 when there is none.
    """
    wanted = values.collect(pairs, file)
    if len(wanted) != 1:
        raise click.UsageError("Search by one field.")
    ((field, value),) = wanted.items()
    with ask.client() as client:
        found = client.search(field, value, purpose=purpose, fact=fact)
        ask.show(client, found, {"subject": found.subject} if found.found else {})
    if not found.found:
        raise NotFoundError(
            f"No customer has this value of `{field}`.", hint="Check it for a typing mistake."
        )


@click.command(
    "update",
    epilog=manual(
        SUBJECT,
        VALUES,
        example=("shopward update email:ada@example.com city=London --remove company",),
    ),
)
@subject_argument
@values_argument
@options.values_file
@click.option("--remove", multiple=True, metavar="FIELD", help="Remove this field; repeatable.")
@options.tokens
@asking("shop")
def update_verb(
    ask: Asking,
    subject: str,
    pairs: tuple[str, ...],
    file: BinaryIO | None,
    remove: tuple[str, ...],
    tokens: tuple[str, ...],
) -> None:
    """Replace or remove fields of one customer."""
    given = values.collect(pairs, file) if pairs or file or not remove else {}
    if given.keys() & set(remove):
        raise click.UsageError("A field is given a value and removed.")
    fields = {**given, **dict.fromkeys(remove)}
    with ask.client() as client:
        updated = client.update(subject, fields, tokens=tokens)
        ask.show(client, updated, {"subject": updated.subject, **updated.tokens})


@click.command("erase", epilog=manual(SUBJECT))
@subject_argument
@click.option(
    "--class",
    "classes",
    multiple=True,
    metavar="NAME",
    help="Erase this retention class only; repeatable.",
)
@click.option(
    "--certificate", type=options.FILE, help="Write the certificate of the erasure to this file."
)
@options.yes
@asking("shop")
def erase_verb(
    ask: Asking, subject: str, classes: tuple[str, ...], *, certificate: Path | None, yes: bool
) -> None:
    """Destroy the keys of one customer, for ever.

    Nothing of the data can be opened again, and this cannot be undone. The ledger's entries and
    their proofs stay; their details go.
    """
    terminal.confirm("Erase this customer for ever?", yes=yes)
    with ask.client() as client:
        erased = client.erase(subject, classes=classes or None)
        shown = {"subject": erased.subject or None, "erased": ", ".join(erased.classes)}
        kept = [f"{one.name} until {one.until[:10]}, {one.ground}" for one in erased.stays]
        shown |= {"stays": "; ".join(kept)} if kept else {}
        ask.show(client, erased, shown)
        if certificate is not None:
            certificates.write(certificates.fetch(client, erased.receipt.index), certificate, None)


@click.command(
    "explain",
    epilog=manual(
        SUBJECT,
        example=(
            "shopward explain email:ada@example.com phone --purpose fulfil --role warehouse",
            "shopward explain - phone --purpose fulfil --role warehouse",
        ),
    ),
)
@subject_argument
@fields_argument
@options.purpose
@options.fact
@click.option("--role", help="The role that would ask. Default: that of --caller.")
@click.option("--verb", default="reveal", show_default=True, help="What it would do.")
@asking("support")
def explain_verb(
    ask: Asking,
    subject: str,
    fields: tuple[str, ...],
    purpose: str | None,
    fact: str | None,
    role: str | None,
    verb: str,
) -> None:
    """Say why a look is permitted or refused.

    Takes the same arguments as the look. No value is looked at. The local caller `auditor` asks on
    behalf of --caller; where there is none, the operator does. SUBJECT may be `-` for no customer
    in particular.
    """
    house = connection.settings_of(ask.config)
    about = role or credentials.load(credentials.path_of(house, ask.caller or ask.usual)).role
    with connection.as_auditor(ask.config, None) as client, ask.keeping(client):
        answer = client.explain(
            purpose=purpose,
            fields=fields,
            subject=None if subject == "-" else subject,
            fact=fact,
            role=about,
            verb=verb,
        )
        if ask.as_json:
            terminal.document(asdict(answer))
        else:
            terminal.data(f"{answer.verdict}: {answer.sentence}")
            for step in answer.steps:
                terminal.data(f"  {step}")
        if answer.hint:
            terminal.say(f"hint: {answer.hint}")
        ask.keep(client, answer.receipt)
