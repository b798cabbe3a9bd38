"""May this look happen? One pure function, which denies by default.

It reads no clock, no store and no file, and never raises: whatever is unknown, missing or odd is
a `Deny`.

- Every field asked for is permitted, or the whole ask is denied.
- A matching denial wins over every allowance.
- Of several allowances for a field the clearest whose conditions are met wins.
- A purpose that rests on a fact needs one that is known, the customer's own, of the right type,
  open and not expired. A fact that is named though none is needed must hold as well: it goes
  into the receipt.
- A freeze of the caller is told first; one of the customer, data past its date and a budget that is
  spent last: only who might look at all learns of them.
- A freeze of the customer does not stop a purpose with `despite_freeze`; one of the caller does.
- Reasons are found in the order of `Reason`, so a stranger learns the least.
"""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from shopward.policy.budget import next_day, next_minute
from shopward.policy.model import LEAST_ASSURANCE, Allowance, Policy, Show
from shopward.policy.verdict import Ask, Deny, FactView, Permit, Reason


def decide(policy: Policy, ask: Ask, now: datetime) -> Permit | Deny:
    """Judge a look at the aware moment `now`.

    A naive `now` or `expires_at` cannot be compared and counts as outside hours or expired.
    """
    if (stop := ask.caller_frozen) is not None and stop.holds(ask.verb, now):
        return Deny(Reason.CALLER_FROZEN, until=stop.until)
    answer = _by_rules(policy, ask, now)
    if isinstance(answer, Deny):
        return answer
    if ask.frozen is None and ask.spent is None and not ask.over:
        return answer
    return _held_back(policy, ask, now) or answer


def _by_rules(policy: Policy, ask: Ask, now: datetime) -> Permit | Deny:
    """What the file says, whoever the customer is."""
    scope = policy.scopes.get((ask.role, ask.purpose))
    if scope is None or ask.verb not in scope.may:
        return _refuse_scope(policy, ask)
    names = ask.fields
    if not names:
        return Deny(Reason.FIELD_MISSING)
    found = [scope.rules.get(name, ()) for name in names]
    if () in found:
        return _refuse_field(policy, ask, names[found.index(())])
    if scope.fact is not None or ask.fact_ref is not None:
        reason = fact_unmet(scope.fact, ask.fact_ref, ask.fact, now)
        if reason is not None:
            return Deny(reason)
    is_plain = ask.assurance >= LEAST_ASSURANCE and ask.find is None
    free = scope.free if is_plain else {}
    shows: list[Show] = []
    for name, rules in zip(names, found, strict=True):
        answer = free.get(name) or clearest(rules, ask, now, policy.shop.time_zone)
        if isinstance(answer, Reason):
            return Deny(answer, name)
        shows.append(answer)
    return Permit(tuple(shows))


def _held_back(policy: Policy, ask: Ask, now: datetime) -> Deny | None:
    """What keeps a look from happening that the file permits."""
    stop = ask.frozen
    if stop is not None and stop.holds(ask.verb, now) and not goes_on(policy, ask):
        return Deny(Reason.SUBJECT_FROZEN, until=stop.until)
    for name in ask.fields:
        if policy.fields[name].retention in ask.over:
            return Deny(Reason.RETENTION_OVER, name)
    return over_budget(policy, ask, now)


def goes_on(policy: Policy, ask: Ask) -> bool:
    """Whether the purpose goes on while the customer is frozen."""
    purpose = policy.purposes.get(ask.purpose or "")
    return purpose is not None and purpose.despite_freeze


def over_budget(policy: Policy, ask: Ask, now: datetime) -> Deny | None:
    """What of the caller's budget is used up, and when there is some again."""
    budget, spent = policy.budget_of.get((ask.role, ask.purpose)), ask.spent
    if budget is None or spent is None:
        return None
    if budget.reads_per_minute is not None and spent.reads >= budget.reads_per_minute:
        return Deny(Reason.READS_SPENT, until=next_minute(now))
    limit = budget.customers_per_day
    if limit is not None and spent.customers >= limit and not spent.is_counted:
        return Deny(Reason.CUSTOMERS_SPENT, until=next_day(now, policy.shop.time_zone))
    return None


def may(policy: Policy, role: str, verb: str) -> Deny | None:
    """Judge a verb that takes no purpose and no fields; None permits it."""
    known = policy.roles.get(role)
    if known is None:
        return Deny(Reason.ROLE_UNKNOWN)
    return None if verb in known.may else Deny(Reason.VERB_NOT_ALLOWED)


def field_refused(policy: Policy, ask: Ask, name: str) -> Reason | None:
    """Why the policy never gives this field for the ask's role and purpose; None if it may."""
    if name not in policy.fields:
        return Reason.FIELD_UNKNOWN
    if policy.denial_of(ask.role, ask.purpose or "", name):
        return Reason.DENIED_BY_RULE
    scope = policy.scopes.get((ask.role, ask.purpose))
    return None if scope and name in scope.rules else Reason.FIELD_NOT_ALLOWED


def fact_unmet(
    wanted: str | None, named: str | None, fact: FactView | None, now: datetime
) -> Reason | None:
    """What the fact lacks; `wanted` is the type the purpose rests on, None when it rests on none.

    Whose the fact is comes before its type and state: nothing is told about another customer's.
    """
    if named is None:
        return Reason.FACT_MISSING
    if fact is None:
        return Reason.FACT_UNKNOWN
    if not fact.belongs:
        return Reason.FACT_FOREIGN
    if wanted is not None and fact.type != wanted:
        return Reason.FACT_WRONG_TYPE
    if fact.state != "open":
        return Reason.FACT_CLOSED
    return Reason.FACT_EXPIRED if _is_past(fact.expires_at, now) else None


def clearest(
    rules: tuple[Allowance, ...], ask: Ask, now: datetime, zone: ZoneInfo
) -> Show | Reason:
    """The clearest form whose conditions are met, else what the clearest form lacks."""
    lacks: Reason | None = None
    for rule in rules:
        reason = condition_unmet(rule, ask, now, zone)
        if reason is None:
            return rule.show
        lacks = lacks or reason
    return lacks or Reason.FIELD_NOT_ALLOWED


def condition_unmet(rule: Allowance, ask: Ask, now: datetime, zone: ZoneInfo) -> Reason | None:
    """The first condition of an allowance that this ask does not meet."""
    if ask.find is not None and ask.find not in rule.find:
        return Reason.FIND_NOT_ALLOWED
    if ask.assurance < rule.assurance:
        return Reason.ASSURANCE_TOO_LOW
    if rule.auth_age_s is not None and not _is_fresh(ask.auth_age_s, rule.auth_age_s):
        return Reason.SIGN_IN_TOO_OLD
    if rule.hours is not None and not is_within(rule.hours, now, zone):
        return Reason.OUTSIDE_HOURS
    if rule.require and not rule.require <= ask.clauses:
        return Reason.CLAUSE_UNMET
    return None


def _is_fresh(age_s: int | None, most_s: int) -> bool:
    """Whether a sign-in is young enough; a program never signed in."""
    return age_s is not None and 0 <= age_s <= most_s


def is_within(hours: tuple[time, time], now: datetime, zone: ZoneInfo) -> bool:
    """Whether the wall clock in `zone` is from the first hour on and before the second."""
    if now.tzinfo is None:
        return False
    try:
        clock = now.astimezone(zone).time()
    except OverflowError:
        return False
    start, end = hours
    if start < end:
        return start <= clock < end
    return clock >= start or clock < end


def _is_past(expires_at: datetime | None, now: datetime) -> bool:
    """Whether a fact has run out; moments that cannot be compared count as run out."""
    try:
        return expires_at is not None and expires_at <= now
    except TypeError:
        return True


def _refuse_scope(policy: Policy, ask: Ask) -> Deny:
    """Why there is nothing for this role and purpose at all."""
    barred = may(policy, ask.role, ask.verb)
    if barred is not None:
        return barred
    if not ask.purpose:
        return Deny(Reason.PURPOSE_MISSING)
    if ask.purpose not in policy.purposes:
        return Deny(Reason.PURPOSE_UNKNOWN)
    if not ask.fields:
        return Deny(Reason.FIELD_MISSING)
    return _refuse_field(policy, ask, ask.fields[0])


def _refuse_field(policy: Policy, ask: Ask, name: str) -> Deny:
    return Deny(field_refused(policy, ask, name) or Reason.FIELD_NOT_ALLOWED, name)
