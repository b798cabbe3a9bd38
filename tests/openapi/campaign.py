"""Runs schemathesis against one door: every phase, one report of calls and of what was found.

Examples, boundaries of the schema and fuzzing go operation by operation; the stateful phase follows
the links of the description. The seed is fixed; tokens are not, so two runs differ in those.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, HookContext
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.schemas import BaseSchema

from tests.openapi.feeds import Fed, feeds, operators_feeds
from tests.openapi.running import Running

SEED = 9110
FUZZING = "fuzzing"
FAILED_ITEM = re.compile(rb'"status":5\d\d')
SERVED = frozenset({200, 201, 404, 409, 410})
"""What a fed request may get: others erase the same customers and take the same names."""
USUAL = {
    "explain": "auditor",
    "facts": "orders",
    "list-facts": "orders",
    "freeze": "guard",
    "thaw": "guard",
    "list-freezes": "guard",
    "list-requests": "privacy",
    "close-request": "privacy",
}
"""Who asks where no feed says it; else the shop's backend for verbs and the auditor for reads."""


@dataclass(slots=True)
class Report:
    """Statuses by operation, calls by phase, and one example of each thing found.

    `fit` counts the answers to requests that fit the description.
    """

    calls: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    fit: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    phases: Counter[str] = field(default_factory=Counter)
    found: dict[str, str] = field(default_factory=dict)
    fed: set[str] = field(default_factory=set)

    def table(self) -> dict[str, dict[str, float]]:
        """By operation: calls, and the share of each class of status in percent."""
        return {
            name: _row(statuses) | {"2xx of fitting": _share(self.fit[name], 2)}
            for name, statuses in sorted(self.calls.items())
        }

    def take(self, phase: str, recorder: ScenarioRecorder) -> None:
        self.phases[phase] += len(recorder.interactions)
        for name, interaction in recorder.interactions.items():
            case, response = recorder.cases[name].value, interaction.response
            label, status = case.operation.label, response.status_code if response else 0
            self.calls[label][status] += 1
            if case.meta and case.meta.generation.mode is GenerationMode.POSITIVE:
                self.fit[label][status] += 1
            if response is not None and FAILED_ITEM.search(response.content or b""):
                self.found[f"{label}: an item of a batch got a 5xx"] = interaction.request.uri
            if response is None:
                self.found[f"{label}: no answer"] = interaction.request.uri
            elif phase == FUZZING and name in self.fed and status not in SERVED:
                said = (response.content or b"").decode()
                self.found.setdefault(f"{label}: a fed request got {status}", said)
        for checks in recorder.checks.values():
            for check in checks:
                if check.status is not Status.SUCCESS and check.failure_info is not None:
                    failure = check.failure_info.failure
                    said = f"{failure.operation}: {check.name}: {failure.message}"
                    self.found.setdefault(said[:600], check.failure_info.code_sample[:2000])


def _row(statuses: Counter[int]) -> dict[str, float]:
    shares = {f"{kind}xx": _share(statuses, kind) for kind in (2, 4, 5)}
    return {"calls": statuses.total(), **shares}


def _share(statuses: Counter[int], kind: int) -> float:
    """Percent of the statuses that are of a kind: 2 for 2xx."""
    of_kind = sum(count for status, count in statuses.items() if status // 100 == kind)
    return round(100 * of_kind / max(1, statuses.total()), 1)


def campaign(
    url: str, plane: Running, settings: Mapping[str, Any], *, examples: int, as_callers: bool
) -> Report:
    """Tests every operation that `url` describes; `settings` are those of schemathesis."""
    generation = {"deterministic": True, "max-examples": examples, "database": "none"}
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "generation": generation,
            "phases": {
                "coverage": {"generate-duplicate-query-parameters": True},
                "stateful": {"generation": generation | {"max-examples": 2 * examples}},
            },
            **settings,
        }
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    report = Report()
    if as_callers:
        _authenticate(schema, plane)
    _leave_out_fractions(schema)
    _feed(schema, plane, report.fed, as_callers=as_callers)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            report.take(event.phase.value, event.recorder)
        elif isinstance(event, events.NonFatalError):
            report.found[event.label] = event.info.format()
        elif isinstance(event, events.FatalError):
            raise event.exception
    return report


def _name(case: Case) -> str:
    return str(case.operation.definition.raw["operationId"])


def _authenticate(schema: BaseSchema, plane: Running) -> None:
    @schema.auth(refresh_interval=None)
    class _Bearer:
        def get(self, case: Case, _: object) -> str:
            usual = "auditor" if case.operation.method.lower() == "get" else "shop"
            return plane.credentials[USUAL.get(_name(case).removesuffix("-batch"), usual)]

        def set(self, case: Case, credential: str, _: object) -> None:
            case.headers["Authorization"] = f"Bearer {credential}"


def _leave_out_fractions(schema: BaseSchema) -> None:
    """JSON Schema calls 1.0 an integer; here an integer is written without a fraction."""

    @schema.hook
    def filter_case(_: HookContext, case: Case) -> bool:
        assert case.meta is not None
        return case.meta.generation.mode is GenerationMode.NEGATIVE or not _has_fraction(case.body)


def _has_fraction(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_fraction, value.values()))
    return any(map(_has_fraction, value)) if isinstance(value, list) else isinstance(value, float)


def _feed(schema: BaseSchema, plane: Running, fed: set[str], *, as_callers: bool) -> None:
    known = feeds(plane) if as_callers else {**feeds(plane), **operators_feeds(plane)}

    @schema.hook
    def flatmap_case(_: HookContext, case: Case) -> st.SearchStrategy[Case]:
        assert case.meta is not None
        if case.meta.generation.mode is not GenerationMode.POSITIVE or _name(case) not in known:
            return st.just(case)
        part, feed = known[_name(case)]

        def put(drawn: Fed) -> Case:
            caller, value = drawn
            setattr(case, part, value)
            case.headers.pop("Idempotency-Key", None)
            if as_callers:
                case.headers["Authorization"] = f"Bearer {plane.credentials[caller]}"
            fed.add(case.id)
            return case

        return st.integers(0, 3).flatmap(lambda number: feed.map(put) if number else st.just(case))
