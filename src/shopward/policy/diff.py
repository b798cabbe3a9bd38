"""What a new policy file changes for customers, said in words; more access comes first.

::

    more   Acme Courier may now see your phone number (last 4) to deliver your order, only while
           a shipment is open.
    less   We now keep your company for 90 days after an order is closed; until now 365 days.

- Whatever look the new policy permits and the old one refused, a `more` sentence says so.
- Two files that mean the same give no sentence; reworded titles are no change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shopward.policy.access import LOOKS, Grant, grants, uncovered
from shopward.policy.model import Policy, RetentionClass, Show, Verb
from shopward.policy.words import ACTS, FORMS, STARTED, WAYS, an, conditions, listed, who


class Effect(StrEnum):
    """What a change means for the customer: more of the data is used, less, or otherwise."""

    MORE = "more"
    OTHER = "other"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One change in words."""

    effect: Effect
    text: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A change of one field; parts with the same head and tail become one sentence."""

    effect: Effect
    head: str
    item: str
    tail: str


_ORDER: Final = tuple(Effect)


def diff(old: Policy, new: Policy) -> list[Sentence]:
    """Every change that matters to a customer, more access first, then by its words."""
    found = [
        *_joined([*_access(old, new), *_kept(old, new)]),
        *_acts(old, new),
        *_budgets(old, new),
        *_partners(old, new),
        *_grounds(old, new),
        *_shop(old, new),
        *_together(old, new),
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.effect), one.text))


def _joined(parts: Iterable[_Part]) -> Iterator[Sentence]:
    """One sentence for all fields with which the same happens."""
    items: dict[tuple[Effect, str, str], list[str]] = {}
    for part in parts:
        items.setdefault((part.effect, part.head, part.tail), []).append(part.item)
    for (effect, head, tail), names in items.items():
        yield _sentence(effect, f"{head} your {listed(names)}{tail}")


def _sentence(effect: Effect, words: str) -> Sentence:
    return Sentence(effect, words[:1].upper() + words[1:] + ".")


def _access(old: Policy, new: Policy) -> Iterator[_Part]:
    """Who may see more, and who less."""
    before, after = grants(old), grants(new)
    for role, purpose, name in dict.fromkeys([*after, *before]):
        was, will = before.get((role, purpose, name), ()), after.get((role, purpose, name), ())
        named = new if will else old
        to = f" to {named.purposes[purpose].title.say('en')}"
        title, subject = named.fields[name].title.say("en"), who(named, role)
        until = f"; until now {listed([_how(one) for one in was])}" if was else ""
        for grant in uncovered(will, was):
            head = f"{subject} may now {_look(grant)}"
            yield _Part(Effect.MORE, head, title + _form(grant), to + _only(grant) + until)
        if will and uncovered(was, will):
            rest = f"; from now on {listed([_how(one) for one in will])}"
            yield _Part(Effect.LESS, f"{subject} may see less of", title, to + rest)
        elif was and not will:
            yield _Part(Effect.LESS, f"{subject} may no longer see", title, to)


def _look(grant: Grant) -> str:
    return " or ".join(word for verb, word in _LOOK_WORDS if verb in grant.looks)


GUESSED: Final = "from our indexes, a thief of the database might now guess"
_LOOK_WORDS: Final = (("reveal", "see"), ("search", "find you by"))


def _form(grant: Grant) -> str:
    words = [] if grant.rule.show is Show.CLEAR else [FORMS[grant.rule.show]]
    if grant.rule.find and Verb.SEARCH in grant.looks:
        words.append(f"found by {_ways(grant)}")
    return f" ({'; '.join(words)})" if words else ""


def _ways(grant: Grant) -> str:
    return listed([words for way, words in WAYS.items() if way in grant.rule.find])


def _only(grant: Grant) -> str:
    """The conditions of a grant as the end of a sentence."""
    words = [f"while {an(grant.fact)} is open"] if grant.fact else []
    words += conditions(grant.rule)
    also = ", also while you are frozen" if grant.despite_freeze else ""
    return (f", only {listed(words)}" if words else "") + also


def _how(grant: Grant) -> str:
    found = f", found by {_ways(grant)}" if grant.rule.find else ""
    return FORMS[grant.rule.show] + found + _only(grant)


def _kept(old: Policy, new: Policy) -> Iterator[_Part]:
    """Which fields are kept at all, for how long, and which can be searched by."""
    for name, field in new.fields.items():
        title, earlier = field.title.say("en"), old.fields.get(name)
        if earlier is None:
            yield _Part(Effect.MORE, "we may now store", title, f" {_term(new, name)}")
            continue
        yield from _term_change(old, new, name)
        if field.indexes and not earlier.indexes:
            yield _Part(Effect.MORE, "we can now find you by", title, "")
        if earlier.indexes and not field.indexes:
            yield _Part(Effect.LESS, "we can no longer find you by", title, "")
        if field.accepts_leak is not None and earlier.accepts_leak is None:
            yield _Part(Effect.MORE, GUESSED, title, "")
        if field.category != earlier.category:
            yield _Part(Effect.OTHER, f"we now count as {field.category}", title, "")
    for name, field in old.fields.items():
        if name not in new.fields:
            yield _Part(Effect.LESS, "we no longer store", field.title.say("en"), "")


def _term_change(old: Policy, new: Policy, name: str) -> Iterator[_Part]:
    was, will = old.classes[old.fields[name].retention], new.classes[new.fields[name].retention]
    yield from _hold_change(was, will, new, name)
    if (was.keep_days, was.starts) == (will.keep_days, will.starts):
        return
    effect = Effect.OTHER
    if was.starts == will.starts:
        effect = Effect.MORE if will.keep_days > was.keep_days else Effect.LESS
    tail = f" {_term(new, name)}; until now {_term(old, name)}"
    yield _Part(effect, "we now keep", new.fields[name].title.say("en"), tail)


def _hold_change(
    was: RetentionClass, will: RetentionClass, new: Policy, name: str
) -> Iterator[_Part]:
    """What an erasure leaves, and on what ground."""
    title, ground = new.fields[name].title.say("en"), will.ground and will.ground.say("en")
    if will.survives_erasure and not was.survives_erasure:
        tail = f" until its own date, {_term(new, name)}, because of {ground}"
        yield _Part(Effect.MORE, "when you ask us to erase your data, we now keep", title, tail)
    elif was.survives_erasure and not will.survives_erasure:
        yield _Part(Effect.LESS, "when you ask us to erase your data, we now erase", title, " too")
    elif will.survives_erasure and was.ground != will.ground:
        yield _Part(Effect.OTHER, f"because of {ground}, an erasure leaves", title, "")


def _term(policy: Policy, name: str) -> str:
    kept = policy.classes[policy.fields[name].retention]
    return f"for {kept.keep_days} days {STARTED[kept.starts]}"


def _acts(old: Policy, new: Policy) -> Iterator[Sentence]:
    """What roles may do besides looking, and how often."""
    for name in dict.fromkeys([*new.roles, *old.roles]):
        was, will = old.roles.get(name), new.roles.get(name)
        had = was.may if was else frozenset()
        has = will.may if will else frozenset()
        subject = who(new if will else old, name)
        for verb, words in ACTS.items():
            if verb in has - had - LOOKS:
                yield _sentence(Effect.MORE, f"{subject} may now {words}")
            if verb in had - has - LOOKS:
                yield _sentence(Effect.LESS, f"{subject} may no longer {words}")
        if was and will and was.rate_per_minute != will.rate_per_minute:
            more = will.rate_per_minute > was.rate_per_minute
            yield _sentence(
                Effect.MORE if more else Effect.LESS,
                f"{subject} may now ask {will.rate_per_minute} times a minute; "
                f"until now {was.rate_per_minute}",
            )


def _budgets(old: Policy, new: Policy) -> Iterator[Sentence]:
    """How far a single caller gets, where its role and purpose were there before."""
    for role, purpose in dict.fromkeys([*new.budget_of, *old.budget_of]):
        if not all(role in one.roles and purpose in one.purposes for one in (old, new)):
            continue
        was, will = old.budget_of.get((role, purpose)), new.budget_of.get((role, purpose))
        to = f"to {new.purposes[purpose or ''].title.say('en')}"
        for unit in ("customers_per_day", "reads_per_minute"):
            had, has = getattr(was, unit, None), getattr(will, unit, None)
            if had != has:
                more = has is None or (had is not None and has > had)
                said = f"each caller of {who(new, role)} may now {_UNITS[unit](has)} {to}"
                until = f"until now {'any number' if had is None else had}"
                yield _sentence(Effect.MORE if more else Effect.LESS, f"{said}; {until}")


_UNITS: Final[Mapping[str, Callable[[int | None], str]]] = {
    "customers_per_day": lambda most: f"look at {most or 'any number of'} customers a day",
    "reads_per_minute": lambda most: f"look {most or 'any number of'} times a minute",
}


def _partners(old: Policy, new: Policy) -> Iterator[Sentence]:
    """Who outside the shop receives data."""
    for name in dict.fromkeys([*new.recipients, *old.recipients]):
        was, will = old.recipients.get(name), new.recipients.get(name)
        title = (will or was or new.recipients[name]).title.say("en")
        if will is None:
            yield _sentence(Effect.LESS, f"{title} no longer works for us")
        elif was is None or was.role != will.role:
            acts = f"{title} in {will.country} now works for us as {will.role}"
            yield _sentence(Effect.MORE, acts)
        elif was.country != will.country:
            moved = f"{title} now works from {will.country}; until now from {was.country}"
            yield _sentence(Effect.OTHER, moved)


def _grounds(old: Policy, new: Policy) -> Iterator[Sentence]:
    """On what legal ground, and for which kind of use."""
    for name, purpose in new.purposes.items():
        was = old.purposes.get(name)
        to = f"to {purpose.title.say('en')}"
        if was and was.basis != purpose.basis:
            grounds = f"the legal ground {to} is now {purpose.basis}; until now {was.basis}"
            yield _sentence(Effect.OTHER, grounds)
        if was and was.use != purpose.use:
            uses = f"the use of your data {to} is now {purpose.use}; until now {was.use}"
            yield _sentence(Effect.OTHER, uses)


def _together(old: Policy, new: Policy) -> Iterator[Sentence]:
    """What customers are found by only together."""
    was, will = ({frozenset(one.fields) for one in each.compounds} for each in (old, new))
    for names in will - was:
        titles = [new.fields[name].title.say("en") for name in sorted(names)]
        yield _sentence(Effect.MORE, f"we can now find you by your {listed(titles)} together")
    for names in was - will:
        titles = [old.fields[name].title.say("en") for name in sorted(names)]
        yield _sentence(Effect.LESS, f"we can no longer find you by your {listed(titles)} together")


def _shop(old: Policy, new: Policy) -> Iterator[Sentence]:
    if old.shop.name != new.shop.name:
        named = f"the shop is now called {new.shop.name}; until now {old.shop.name}"
        yield _sentence(Effect.OTHER, named)
    if old.shop.time_zone.key != new.shop.time_zone.key:
        clock = f"the shop's clock is now {new.shop.time_zone.key}"
        yield _sentence(Effect.OTHER, f"{clock}; until now {old.shop.time_zone.key}")
