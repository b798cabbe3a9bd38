"""The first minutes of `shopward run`: callers, customers, facts, and five commands to try.

Everything goes through the real doors of the running data plane, like any caller's request. What
was done by an earlier start is found done; the ledger's key file is written last and marks it.
"""

from __future__ import annotations

import csv
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click

from shopward.cli import connection, credentials, importing, importjob, terminal
from shopward.cli.callers import CONTROL_PLANE
from shopward.cli.importjob import Files
from shopward.cli.installation import CALLERS, EXAMPLE_CUSTOMERS, Installation
from shopward.cli.replay import size_of
from shopward.policy.parse import load as load_policy
from shopward.settings import Secret, Settings
from shopward.sources import Progress
from shopward.sources.durable import replace_durably
from shopward_client import UnauthenticatedError

FACTS = (("order:1042", "open"), ("order:1041", "closed"), ("ticket:77", "open"))
"""About the first customer of the example shop."""
FOREIGN = "order:2001"
"""About the second one."""


@dataclass(frozen=True, slots=True)
class Tour:
    """What `run` does once the data plane answers.

    Attributes:
        place: The installation.
        house: Its settings.
        example: The folder with the example shop.
        stop: True once the person wants to stop.
    """

    place: Installation
    house: Settings
    example: Path
    stop: Callable[[], bool]

    def take(self) -> None:
        """Set up what is missing, then print what to do next."""
        self._make_callers()
        self._register_console()
        mails = self._mails()
        if not self.place.key.exists() and not self._fill(mails):
            return
        with connection.as_auditor(self.place.settings, None) as client:
            size = size_of(client.checkpoint())
        self._print(mails[0], size)

    def _make_callers(self) -> None:
        """A credential file for every local caller; one whose file was lost is made anew."""
        missing = {
            name: role
            for name, role in CALLERS.items()
            if not credentials.path_of(self.house, name).exists()
        }
        if not missing:
            return
        with connection.as_operator(self.place.settings) as client:
            for row in client.callers():
                if row.revoked is None and row.name in missing:
                    client.revoke_caller(row.id)
            for name, role in missing.items():
                made = client.add_caller(name, role)
                path = credentials.path_of(self.house, name)
                credentials.save(path, name, role, Secret(made.credential or ""))

    def _register_console(self) -> None:
        """The control plane's key is known to the data plane; one that was lost is replaced."""
        from shopward.console import asserting

        with suppress(UnauthenticatedError), asserting.itself(self.house) as itself:
            itself.policy()
            return
        with connection.as_operator(self.place.settings) as client:
            for row in client.callers():
                if row.revoked is None and row.name == asserting.NAME:
                    client.revoke_caller(row.id)
            key = asserting.signer_of(self.house).vkey
            client.add_caller(asserting.NAME, CONTROL_PLANE, key=key)

    def _mails(self) -> list[str]:
        """The addresses of the first two customers of the example shop."""
        with (self.example / EXAMPLE_CUSTOMERS).open(encoding="utf-8", newline="") as file:
            return [row["Email"] for row in islice(csv.DictReader(file), 2)]

    def _fill(self, mails: list[str]) -> bool:
        """Import the customers and state the facts; False when the person stopped it."""
        if not self._import().finished:
            return False
        with connection.as_caller(self.place.settings, "orders", "orders") as client:
            for fact, state in FACTS:
                client.put_fact(fact, f"email:{mails[0]}", state)
            client.put_fact(FOREIGN, f"email:{mails[1]}", "open")
            replace_durably(self.place.key, client.log_key().encode() + b"\n")
        return True

    def _import(self) -> Progress:
        policy = load_policy(self.house.policy)
        plan = importing.plan_of(self.example / EXAMPLE_CUSTOMERS, None, policy)
        files = Files.of(self.house.home / importing.FOLDER, plan)
        bar = terminal.Progress("importing the example shop's customers", plan.rows)
        with connection.as_caller(self.place.settings, "importer", "importer") as client:
            done = importjob.run(client, plan, files, bar.to, self.stop)
        bar.close()
        if done.finished:
            terminal.say(f"imported {done.stored:,} customers; {done.rejected} rows were rejected")
        return done

    def _print(self, mail: str, size: int) -> None:
        shopward, python = _program("shopward"), _program("python")
        if self.place.home != Path("var"):
            shopward += f" --config {shlex.quote(str(self.place.settings))}"
        receipt = shlex.quote(str(self.place.home / "receipt.json"))
        script = shlex.quote(os.path.relpath(self.example / "docs/spec/verify_receipt.py"))
        key = shlex.quote(str(self.place.key))
        look = f"{shopward} reveal email:{mail} first_name last_name phone \\\n"
        look += f"       --caller warehouse --purpose fulfil --receipt {receipt}"
        console = self.house.console
        staff = f"https://{console.staff_host}:{console.staff.rpartition(':')[2]}"
        public = f"https://{console.public_host}:{console.public.rpartition(':')[2]}"
        click.echo(
            f"""
Shopward is running. Its files are in {self.place.home}/: policy.toml says who may see what,
store/ holds the sealed customers and the ledger, secrets/ the keys, imports/ the tokens.

The web pages: {staff}  for who works here
               {public}  for customers

Try these in another terminal, here:

  1  store a customer
     {shopward} store email=ada.{size}@example.com first_name=Ada last_name=Lovelace

  2  see what the warehouse needs for an open order, and keep the receipt
     {look} --fact order:1042

  3  the same for an order that is closed: denied, and entered in the ledger
     {look} --fact order:1041

  4  find a customer by mail address
     {shopward} search email={mail} --purpose account

  5  verify the last receipt offline, without Shopward
     {python} {script} receipt {receipt} --key "$(cat {key})"

Ctrl-C stops it; the data stays.
""",
        )


def _program(name: str) -> str:
    """The program beside this Python, as typed from here."""
    path, here = Path(sys.executable).with_name(name), Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
