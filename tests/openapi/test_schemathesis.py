"""Both doors do what their descriptions say, whatever is sent.

The share of successes by operation is written to build/openapi/<door>.json. Much of what is sent is
meant to be refused, so the share among requests that fit the description stands beside it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.openapi.campaign import FUZZING, Report, campaign
from tests.openapi.relay import relay
from tests.openapi.running import Running

BUILD = Path(__file__).parents[2] / "build" / "openapi"
EXAMPLES, MANY = 40, 400
PHASES = {"examples", "coverage", FUZZING, "stateful"}

ACCEPTED = ["2xx", "401", "403", "404", "409", "410", "413"]
"""410 and 413 beside the usual: a customer may be erased, and a body has a limit of its own."""
REJECTED = ["400", "401", "403", "404", "405", "409", "410", "413", "415", "429"]
BEYOND_A_SCHEMA = {
    "the policy, not the description, knows which fields there are and what a value looks like": (
        "store",
        "reveal",
        "search",
        "update",
        "erase",
        "explain",
        "facts",
        "list-facts",
        "add-caller",
    ),
    "a freeze is of one or the other, ends soon, and is of somebody there": ("freeze", "thaw"),
    "a month has the days it has": ("retention-preview",),
    "a month has its days, and a token its check character": ("record",),
    "only the work knows what its argument may be, and whether it can be done here": ("start-job",),
    "a proof is about a tree no larger than the ledger's": ("inclusion", "consistency"),
}
"""Why a request that fits its schema may get a 400, by operation; a batch may not."""
NEVER_SERVED = {
    # by an assertion alone, or by a shop's signature
    "callers": {"POST /v1/events", "POST /v1/jobs", "POST /v1/hooks/{name}"},
    "operator": set[str](),
}
BY_CHANCE = {"DELETE /v1/jobs/{id}", "POST /v1/requests/close", "POST /v1/webhook-secrets"}
"""Most jobs end before they can be cancelled, a request is closed once, and a webhook that has gone
has no new secret.

`tests/vault/test_jobs.py` and `tests/scenarios/test_hooks.py` do all three for sure.
"""
EXCLUDED = {
    "object_level_authorization": "A customer belongs to the shop, not to whoever stored them: "
    "callers of one role see the same, which the policy decides and the ledger records.",
}

SETTINGS: dict[str, Any] = {
    "request-timeout": 60.0,
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ACCEPTED},
        "negative_data_rejection": {"expected-statuses": REJECTED},
        **{name: {"enabled": False} for name in EXCLUDED},
    },
    "operations": [
        {
            # Deriving a key from a passphrase is slow on purpose.
            "include-operation-id": "change-passphrase",
            "generation": {"max-examples": 2},
        },
        {
            "include-operation-id": [name for names in BEYOND_A_SCHEMA.values() for name in names],
            "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "400"]}},
        },
    ],
}


def judge(door: str, report: Report, plane: Running) -> None:
    table = report.table()
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / f"{door}.json").write_text(json.dumps(table, indent=1))
    assert not report.found, "\n\n".join(f"{what}\n{how}" for what, how in report.found.items())
    assert set(report.phases) >= PHASES
    assert report.phases["stateful"] > EXAMPLES
    never = {name for name, row in table.items() if row["2xx"] == 0}
    assert never - BY_CHANCE == NEVER_SERVED[door]
    assert [name for name, row in table.items() if row["5xx"] != 0] == []
    assert " at " not in plane.log(), "an unexpected error was logged"


def callers_door(plane: Running, examples: int) -> None:
    judge(
        "callers", campaign(plane.url, plane, SETTINGS, examples=examples, as_callers=True), plane
    )


def operators_door(plane: Running, examples: int) -> None:
    with relay(plane.home / "admin.sock") as url:
        report = campaign(url, plane, SETTINGS, examples=examples, as_callers=False)
    judge("operator", report, plane)


def test_callers_meet_what_is_described(plane: Running) -> None:
    callers_door(plane, EXAMPLES)


def test_the_operator_meets_what_is_described(plane: Running) -> None:
    operators_door(plane, EXAMPLES)


@pytest.mark.slow
def test_callers_meet_what_is_described_at_length(plane: Running) -> None:
    callers_door(plane, MANY)


@pytest.mark.slow
def test_the_operator_meets_what_is_described_at_length(plane: Running) -> None:
    operators_door(plane, MANY)
