"""What discovery found and what people decided about it: from both, a map and a new policy.

What was found is a file that `shopward discover --for-console` writes; what was decided is in the
console's database, by source, table and column, and outlives the next scan. Nothing is in force by
deciding: the policy is changed on the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shopward.console.models import Decision
from shopward.policy import Policy
from shopward.settings import Settings
from shopward.sources import found as files
from shopward.sources.found import Found, Kept, Known, Left, Row

ROLE = "shop-backend"
"""Who is allowed the new fields in a proposed policy, if the policy has this role."""


@dataclass(frozen=True, slots=True)
class Line:
    """A finding and what was decided about it; None is still open."""

    row: Row
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class State:
    """Everything that was found, with what was decided."""

    found: Found
    lines: list[Line]

    @property
    def open(self) -> list[Line]:
        """What nobody has decided."""
        return [one for one in self.lines if one.decision is None]

    @property
    def decided(self) -> int:
        """How many have been decided."""
        return len(self.lines) - len(self.open)

    @property
    def kept(self) -> list[Kept]:
        """The columns that become fields."""
        return [_kept(one.decision, one.row) for one in self.lines if _is(one, "keep")]

    @property
    def left(self) -> list[Left]:
        """The columns that stay, and the copies."""
        return [
            Left(one.row.table, one.row.column, one.decision.reason, _what(one))
            for one in self.lines
            if one.decision is not None and not _is(one, "keep")
        ]

    def at(self, slug: str) -> Line | None:
        """The line of an address."""
        return next((one for one in self.lines if one.row.slug == slug), None)

    def beside(self, line: Line) -> frozenset[str]:
        """The fields of other columns of the same table."""
        return frozenset(
            one.decision.field
            for one in self.lines
            if one.decision is not None and one.row.table == line.row.table and one is not line
        ) - {""}

    def after(self, slug: str) -> Line | None:
        """The next open line behind this one, or the first open one."""
        slugs = [one.row.slug for one in self.lines]
        start = slugs.index(slug) + 1 if slug in slugs else 0
        ordered = [*self.lines[start:], *self.lines[:start]]
        return next((one for one in ordered if one.decision is None), None)


def state(house: Settings) -> State | None:
    """What there is to decide; None where nothing was handed over.

    Raises:
        InvalidError: The file is something else.
    """
    found = files.read(house.home)
    if found is None:
        return None
    decided = {(one.table, one.column): one for one in Decision.objects.filter(source=found.source)}
    return State(found, [Line(row, decided.get((row.table, row.column))) for row in found.rows])


def unseen(house: Settings) -> list[str] | None:
    """Columns that are likely personal and that nobody decided; None where nothing was found yet.

    Raises:
        InvalidError: The file is something else.
    """
    now = state(house)
    if now is None:
        return None
    return [f"{one.row.table}.{one.row.column}" for one in now.open if one.row.level != "possible"]


def map_text(now: State) -> str:
    """The confirmed map."""
    return files.columns_toml(now.found.source, now.kept, now.left)


def policy_text(now: State, policy: Policy, text: str) -> str:
    """The policy in force and what it lacks for the confirmed columns."""
    known = Known(frozenset(policy.fields), frozenset(policy.classes), frozenset(policy.purposes))
    roles = [ROLE, *policy.roles]
    role = next(name for name in roles if name in policy.roles)
    added = files.additions_toml(now.kept, known, role)
    return f"{text.rstrip()}\n{added}" if added else text


def _is(line: Line, choice: str) -> bool:
    return line.decision is not None and line.decision.choice == choice


def _what(line: Line) -> str:
    return line.row.side_copy if _is(line, "copy") else ""


def _kept(decision: Decision | None, row: Row) -> Kept:
    assert decision is not None  # noqa: S101 - `_is` looked
    proposed = row.proposed
    return Kept(
        table=row.table,
        column=row.column,
        field=decision.field,
        title=proposed.title if proposed and proposed.field == decision.field else row.title,
        category=decision.category,
        retention=decision.retention,
        purpose=decision.purpose,
        type=proposed.type if proposed else "text",
        token=decision.token,
        max_chars=proposed.max_chars if proposed else 1000,
        is_unique=bool(proposed and proposed.is_unique),
    )


def groups(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """Lines by table, in the order they were found."""
    made: dict[str, list[Line]] = {}
    for one in lines:
        made.setdefault(one.row.table, []).append(one)
    return list(made.items())
