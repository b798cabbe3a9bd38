"""`shopward policy`: find mistakes in a policy, compare two, and ask one why.

All of it but `reload` works on files and needs no running data plane.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from shopward import clock
from shopward.cli import connection, terminal
from shopward.cli.options import FILE, manual
from shopward.errors import PolicyError
from shopward.policy import Ask, Deny, FactView, Permit, Policy, Verb, may
from shopward.policy.diff import diff as differences
from shopward.policy.explain import explain, verdict
from shopward.policy.parse import load
from shopward.policy.words import REASONS

STATES = ("open", "closed", "expired", "foreign", "unknown")
LOOKS = frozenset({Verb.REVEAL, Verb.SEARCH})


@click.group("policy")
def policy_verb() -> None:
    """The data policy: check it, compare two, ask it why.

    A policy says which data the shop keeps and who may see which part of it for what reason.
    """


@policy_verb.command("check")
@click.argument("file", type=FILE, required=False)
@click.pass_obj
def check(config: Path | None, *, file: Path | None) -> None:
    """Find every mistake in a policy, and list its purposes.

    FILE is a policy file; without it, the one that the settings name is checked.
    """
    path = file or connection.settings_of(config).policy
    policy = load(path)
    language = policy.shop.languages[0]
    terminal.table(
        ("purpose", "basis", "fact", "to …"),
        [
            (one.name, one.basis, one.fact or "-", one.title.say(language))
            for one in policy.purposes.values()
        ],
    )
    terminal.say(
        f"{path.name} has no mistakes: {len(policy.fields)} fields, {len(policy.purposes)} "
        f"purposes, {len(policy.roles)} roles"
    )


@policy_verb.command("diff")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
def diff(*, old: Path, new: Path) -> None:
    """Say in words what changes for customers between two policies.

    Who may see more comes first.
    """
    sentences = differences(load(old), load(new))
    for sentence in sentences:
        terminal.data(f"{sentence.effect:<5}  {sentence.text}")
    if not sentences:
        terminal.say("nothing changes for customers")


@policy_verb.command(
    "explain",
    epilog=manual(
        example=(
            "shopward policy explain phone --role courier --purpose deliver --fact shipment:7",
            "shopward policy explain email --role support --purpose support --fact ticket:1 \\",
            "  --assurance 2 --at 2026-11-22T21:00",
        )
    ),
)
@click.argument("fields", nargs=-1, metavar="FIELD...")
@click.option("--role", required=True, help="Who would ask.")
@click.option("--purpose", help="What for.")
@click.option(
    "--verb",
    type=click.Choice([str(one) for one in Verb]),
    default=str(Verb.REVEAL),
    show_default=True,
)
@click.option("--fact", metavar="TYPE:ID", help="The fact that would be named.")
@click.option(
    "--fact-state",
    type=click.Choice(STATES),
    default="open",
    show_default=True,
    help="What the vault would know of the fact.",
)
@click.option("--assurance", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option(
    "--auth-age-s",
    type=click.IntRange(0),
    help="Seconds since a person signed in; without it, a program asks.",
)
@click.option("--clause", "clauses", multiple=True, help="What the caller carries; repeatable.")
@click.option("--at", metavar="TIME", help="ISO 8601; without a zone, on the shop's clock.")
@click.option("--policy", "file", type=FILE, help="Default: the policy the settings name.")
@click.pass_obj
def explain_(
    config: Path | None,
    *,
    fields: tuple[str, ...],
    role: str,
    purpose: str | None,
    verb: str,
    fact: str | None,
    fact_state: str,
    assurance: int,
    auth_age_s: int | None,
    clauses: tuple[str, ...],
    at: str | None,
    file: Path | None,
) -> None:
    """Say what a policy would answer and why, rule by rule, without a data plane."""
    policy = load(file or connection.settings_of(config).policy)
    now = _moment(at, policy)
    seen = _fact(fact, fact_state, now)
    carried = frozenset(clauses)
    ask = Ask(verb, role, purpose, fields, assurance, carried, fact, seen, auth_age_s=auth_age_s)
    if verb in LOOKS:
        _show_look(policy, ask, now)
    else:
        _show_verdict(may(policy, role, verb) or Permit(()), ())


@policy_verb.command("reload")
@click.pass_obj
def reload_(config: Path | None) -> None:
    """Let the running data plane read its policy file now.

    It does so by itself every second. A file with mistakes is refused: the policy in force stays.
    """
    with connection.as_operator(config) as client:
        state = client.reload_policy()
    terminal.pairs({"policy of": state.shop, "sha256": state.sha256, "loaded": state.loaded})
    if state.refused:
        raise PolicyError(
            state.refused, name="the policy file is refused and the old one stays; it"
        )


def _show_look(policy: Policy, ask: Ask, now: datetime) -> None:
    steps = explain(policy, ask, now)
    for step in steps:
        terminal.data(f"{'yes' if step.passed else 'no':<3}  {step.rule}: {step.words}")
    _show_verdict(verdict(steps), ask.fields)


def _show_verdict(answer: Permit | Deny, fields: tuple[str, ...]) -> None:
    if isinstance(answer, Deny):
        about = f" ({answer.field})" if answer.field else ""
        terminal.data(f"denied: {answer.reason}{about}. {REASONS[answer.reason].sentence}")
        terminal.say(f"hint: {REASONS[answer.reason].hint}")
        return
    shows = ", ".join(f"{name} {show}" for name, show in zip(fields, answer.shows, strict=True))
    terminal.data(f"permitted: {shows}" if shows else "permitted")


def _moment(text: str | None, policy: Policy) -> datetime:
    if text is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write it like 2026-11-22T09:30", param_hint="--at") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=policy.shop.time_zone)


def _fact(reference: str | None, state: str, now: datetime) -> FactView | None:
    """What the store would find under the fact that was named."""
    if reference is None or state == "unknown":
        return None
    return FactView(
        type=reference.partition(":")[0],
        state="closed" if state == "closed" else "open",
        expires_at=now if state == "expired" else None,
        belongs=state != "foreign",
    )
