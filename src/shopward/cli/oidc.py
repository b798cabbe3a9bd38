"""`shopward oidc`: the shops that customers sign in to through Shopward."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import click

from shopward.cli import connection, options, terminal


def _shops(config: Path | None) -> ModuleType:
    """The verbs of the control plane, over its database."""
    from shopward.console import server

    server.prepare(connection.settings_of(config))
    from shopward.console import shops

    return shops


@click.group("oidc")
def oidc_verb() -> None:
    """Let customers sign in to the shop with OpenID Connect.

    These verbs open the control plane's database; the web pages may run meanwhile. How a shop is
    connected is told in docs/operations/openid.md.
    """


@oidc_verb.group("client")
def client() -> None:
    """Shops that customers can sign in to."""


@client.command("add")
@click.argument("name")
@click.option(
    "--redirect",
    "redirects",
    multiple=True,
    required=True,
    metavar="URL",
    help="Where customers come back to, letter for letter; repeatable.",
)
@click.option(
    "--after-sign-out",
    multiple=True,
    metavar="URL",
    help="Where they may be sent after signing out; repeatable.",
)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="FIELD",
    help="A field of the policy that the shop may read with a customer's sign-in; repeatable.",
)
@click.option(
    "--role", default="shop-sign-in", show_default=True, help="As which role it reads them."
)
@click.option("--purpose", default="account", show_default=True, help="For which purpose.")
@click.option("--title", default="", help="What customers know it as. Default: the shop's name.")
@click.option("--security", is_flag=True, help="It may show a customer how safe her account is.")
@click.option("--public", is_flag=True, help="An app or a page, which can keep no secret.")
@click.pass_obj
def add(
    config: Path | None,
    *,
    name: str,
    redirects: tuple[str, ...],
    after_sign_out: tuple[str, ...],
    fields: tuple[str, ...],
    role: str,
    purpose: str,
    title: str,
    public: bool,
    security: bool,
) -> None:
    """Register a shop, and print its secret once.

    The secret is written nowhere else: the control plane keeps a hash. The scopes that the shop may
    ask for follow from its fields.
    """
    shops = _shops(config)
    asked = shops.Registration(
        name, redirects, role, purpose, fields, after_sign_out, title, public, security
    )
    terminal.pairs(shops.add(asked))
    if not public:
        terminal.say("keep the secret now: it cannot be shown again")


@client.command("list")
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, as_json: bool) -> None:
    """List every shop."""
    shops = _shops(config)
    known = shops.listed()
    if as_json:
        terminal.document(known)
        return
    heads = ("client_id", "kind", "role", "purpose", "scopes", "redirects", "made")
    terminal.table(heads, [tuple(str(one[head]) for head in heads) for one in known])


@client.command("remove")
@click.argument("name")
@click.pass_obj
def remove(config: Path | None, *, name: str) -> None:
    """Remove a shop, and end at once all that it was given."""
    shops = _shops(config)
    shops.remove(name)
    terminal.pairs({"removed": name})


@oidc_verb.group("key")
def key() -> None:
    """The keys that sign ID tokens; they are turned by themselves every 90 days."""


@key.command("list")
@options.as_json
@click.pass_obj
def keys(config: Path | None, *, as_json: bool) -> None:
    """List every key, and which one signs."""
    known = _shops(config).listed_keys()
    if as_json:
        terminal.document(known)
        return
    heads = ("key_id", "made", "state")
    terminal.table(heads, [tuple(one[head] for head in heads) for one in known])


@key.command("replace")
@click.pass_obj
def replace(config: Path | None) -> None:
    """After a theft: sign with a new key at once, and withdraw every other.

    Every sign-in at every shop ends, and customers sign in there anew. Shops may remember the old
    list of keys for an hour: tell them to fetch it. Run it again if it was interrupted, as the user
    that runs the control plane.
    """
    terminal.pairs(_shops(config).replace_keys())
    terminal.say("tell every shop to fetch the list of keys now")
