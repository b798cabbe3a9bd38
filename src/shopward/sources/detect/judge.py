"""Weighs the evidence on a column: its values, its name, its table and its type.

Confidence is the chance that the column is what it is called here, as 1 - the product of each
evidence's doubt; a name that the values contradict counts a fifth. It is reproducible arithmetic,
not a probability that was fitted to anything.

- Values that pass a validator prove a kind without a name; a name alone is never more than likely.
- Few values prove little: n values count as n/(n+1) of many.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from shopward.sources.detect.kinds import ABOUT, Kind
from shopward.sources.detect.names import Suggestion
from shopward.sources.detect.tally import Tally
from shopward.sources.detect.values import Shape


class Level(StrEnum):
    """Confidence in a word."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a finding.

    Attributes:
        what: A phrase for people.
        count: How many values bear it out; 0 where it is no count.
        of: Out of how many.
    """

    what: str
    count: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a column holds.

    Attributes:
        kind: The kind of data.
        confidence: From 0 to 1, two digits.
        evidence: What speaks for it, strongest first.
        holds: For free text, sessions and the like: the kinds found inside.
        test_share: The share of what was found that is made for tests.
    """

    kind: Kind
    confidence: float
    evidence: tuple[Evidence, ...]
    holds: tuple[Kind, ...] = ()
    test_share: float = 0.0

    @property
    def level(self) -> Level:
        """Confidence in a word."""
        if self.confidence >= 0.9:
            return Level.CERTAIN
        return Level.LIKELY if self.confidence >= 0.65 else Level.POSSIBLE


LEAST: Final = 0.35
VALIDATORS: Final = MappingProxyType(
    {
        Kind.EMAIL: (0.97, "well-formed mail addresses"),
        Kind.PHONE: (0.95, "possible numbers with a country code"),
        Kind.CARD: (0.97, "issuer's range and check digit hold"),
        Kind.IBAN: (0.99, "country's format and check digits hold"),
        Kind.VAT_ID: (0.9, "country's format and check digits hold"),
        Kind.SSN: (0.9, "in a range that was issued"),
        Kind.IP: (0.95, "valid addresses"),
        Kind.SECRET: (0.97, "shaped like an issuer's keys"),
        Kind.PASSWORD_HASH: (0.99, "in the form of a password hash"),
    }
)
_SHAPES: Final = MappingProxyType(
    {
        Kind.FIRST_NAME: {Shape.WORDS},
        Kind.LAST_NAME: {Shape.WORDS},
        Kind.NAME: {Shape.WORDS},
        Kind.CITY: {Shape.WORDS},
        Kind.PROVINCE: {Shape.WORDS, Shape.CODE},
        Kind.COUNTRY: {Shape.WORDS, Shape.CODE},
        Kind.COMPANY: {Shape.WORDS, Shape.TEXT, Shape.CODE},
        Kind.STREET: {Shape.TEXT, Shape.WORDS, Shape.CODE},
        Kind.POSTCODE: {Shape.CODE, Shape.NUMBER, Shape.TEXT, Shape.PHONE},
        Kind.PHONE: {Shape.PHONE, Shape.NUMBER},
        Kind.BIRTH_DATE: {Shape.DATE},
        Kind.GENDER: {Shape.TITLE},
        Kind.WEB_PAGE: {Shape.CODE, Shape.OTHER},
        Kind.USERNAME: {Shape.WORDS, Shape.CODE, Shape.NUMBER, Shape.OTHER},
        Kind.NOTE: {Shape.TEXT, Shape.WORDS, Shape.MAIL},
        Kind.LOCATION: {Shape.NUMBER, Shape.OTHER},
        Kind.DEVICE: {Shape.TEXT, Shape.CODE, Shape.HEX, Shape.OTHER},
        Kind.SESSION: {Shape.HEX, Shape.CODE, Shape.OTHER, Shape.TEXT},
        Kind.SECRET: {Shape.HEX, Shape.CODE, Shape.OTHER},
        Kind.PASSWORD: {Shape.WORDS, Shape.CODE, Shape.HEX, Shape.OTHER, Shape.NUMBER, Shape.TEXT},
        Kind.MAIL_HASH: {Shape.HEX},
        Kind.PHONE_HASH: {Shape.HEX},
        Kind.CARD_CODE: {Shape.NUMBER},
        Kind.CARD_PART: {Shape.NUMBER, Shape.CODE, Shape.DATE, Shape.OTHER},
        Kind.NATIONAL_ID: {Shape.CODE, Shape.NUMBER, Shape.PHONE, Shape.TEXT},
        Kind.BANK_ACCOUNT: {Shape.CODE, Shape.NUMBER, Shape.PHONE, Shape.TEXT},
        Kind.VAT_ID: {Shape.CODE, Shape.NUMBER, Shape.TEXT},
    }
)
_AS_SUGGESTED: Final = MappingProxyType(
    {
        Kind.PASSWORD_HASH: {Kind.PASSWORD, Kind.SECRET},
        Kind.SSN: {Kind.NATIONAL_ID},
        Kind.EMAIL: {Kind.USERNAME},
        Kind.CARD: {Kind.CARD},
    }
)
_SURE, _UNSURE, _IN_CONTEXT = 0.75, 0.2, 0.65
_AGREES, _AGREES_A_LITTLE = 0.6, 0.1
_MOST: Final = 0.6
_NOT_BY_CHANCE: Final = 0.3
_PLUG_IN: Final = 0.7


def judge(
    tally: Tally, suggestion: Suggestion | None, *, about_people: bool, table: str = ""
) -> Finding | None:
    """What a column holds; None when nothing speaks for anything.

    Args:
        tally: Its values.
        suggestion: Its name.
        about_people: Whether its table is about people.
        table: The table's name, for the evidence.
    """
    proven = _proven(tally)
    if proven is not None:
        return _joined(tally, proven, suggestion)
    named = _named(tally, suggestion, about_people=about_people, table=table)
    if named is not None and named.confidence < LEAST:
        named = None
    return _free_text(tally, named) or named


def _weight(count: int, of: int) -> float:
    return count / of * (of / (of + 1)) if of else 0.0


def _proven(tally: Tally) -> Kind | None:
    """The kind that a good part of all values is."""
    kind, count = max(tally.whole.items(), key=lambda item: item[1], default=(None, 0))
    if kind is None or not tally.filled:
        return None
    return kind if count / tally.filled >= _MOST else None


def _joined(tally: Tally, kind: Kind, suggestion: Suggestion | None) -> Finding:
    weight, words = VALIDATORS[kind]
    count = tally.whole[kind]
    doubt = 1 - weight * _weight(count, tally.filled)
    evidence = [Evidence(words, count, tally.filled)]
    if suggestion and (suggestion.kind is kind or suggestion.kind in _AS_SUGGESTED.get(kind, ())):
        doubt *= 1 - _SURE
        evidence.append(Evidence(f"the column's name says {ABOUT[suggestion.kind].title}"))
    return Finding(kind, round(1 - doubt, 2), tuple(evidence), (), _test_share(tally))


def _named(
    tally: Tally, suggestion: Suggestion | None, *, about_people: bool, table: str
) -> Finding | None:
    if suggestion is None:
        return None
    kind = suggestion.kind
    trust = _SURE if suggestion.sure else _IN_CONTEXT if about_people else _UNSURE
    if kind is Kind.SECRET and tally.filled and tally.shapes[Shape.HEX] / tally.filled >= _MOST:
        trust = _SURE
    evidence = [Evidence(f"the column's name says {ABOUT[kind].title}")]
    if not suggestion.sure and about_people:
        evidence.append(
            Evidence(f"the table is about people ({table})" if table else "about people")
        )
    confidence = trust
    if tally.filled:
        fitting = _fitting(tally, kind)
        share = fitting / tally.filled
        agrees = _AGREES_A_LITTLE if trust == _UNSURE else _AGREES
        doubt = (1 - trust) * (1 - agrees * _weight(fitting, tally.filled))
        confidence = 1 - doubt if share >= 0.5 else trust / 5
        if share >= 0.5:
            evidence.append(Evidence("written like one", fitting, tally.filled))
    else:
        evidence.append(Evidence("no values to look at"))
    return Finding(kind, round(confidence, 2), tuple(evidence), (), _test_share(tally))


def _fitting(tally: Tally, kind: Kind) -> int:
    """How many values look as values of this kind do; a kind with a validator has passed it."""
    shapes = _SHAPES.get(kind, set())
    return max(tally.whole[kind], sum(tally.shapes[shape] for shape in shapes))


def _free_text(tally: Tally, named: Finding | None) -> Finding | None:
    """Kinds inside running text; one value that passes a validator is enough to tell."""
    counts = tally.inside + tally.whole
    held = {kind: count for kind, count in counts.items() if _counts(tally, kind, count)}
    if not held:
        return None
    evidence = tuple(
        Evidence(f"{ABOUT[kind].title} in the text", count, tally.filled)
        for kind, count in sorted(held.items(), key=lambda item: -item[1])
    )
    strongest = max(_trust(kind) * count / (count + 0.5) for kind, count in held.items())
    kind, confidence = Kind.NOTE, strongest
    if named is not None:
        kind, confidence = named.kind, max(strongest, named.confidence)
        evidence += named.evidence
    return Finding(kind, round(confidence, 2), evidence, tuple(held), _test_share(tally))


def _trust(kind: Kind) -> float:
    """How far a value inside a text is believed; least where a plug-in says so."""
    return VALIDATORS[kind][0] if kind in VALIDATORS else _PLUG_IN


def _counts(tally: Tally, kind: Kind, count: int) -> bool:
    """Not a number that passes a check digit by chance, one time in ten."""
    if kind is Kind.VAT_ID:
        return False
    digits = tally.shapes[Shape.NUMBER] + tally.shapes[Shape.CODE]
    by_chance = kind in {Kind.CARD, Kind.SSN} and digits > tally.filled / 2
    return not (by_chance and count / tally.filled < _NOT_BY_CHANCE)


def _test_share(tally: Tally) -> float:
    found = sum(tally.whole.values()) + sum(tally.inside.values())
    return round(min(1.0, tally.tests / found), 2) if found else 0.0
