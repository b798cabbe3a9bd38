"""The table of routes: what there is, who may knock, and what answers.

The dispatcher and the OpenAPI description are both made from this table, so that the description
cannot differ from what is served.
"""

from __future__ import annotations

from functools import partial

from shopward.api import (
    admin,
    find,
    freezes,
    jobs,
    ledger,
    retention,
    wire,
    wire_find,
    wire_freezes,
)
from shopward.api.handlers import batch, single
from shopward.api.route import Parameter, Route
from shopward.api.routes_hooks import HOOK_ROUTES
from shopward.api.routes_keys import KEY_ROUTES
from shopward.api.verbs import VERBS
from shopward.api.wire_jobs import JOB_ID, JobList, JobMoved, JobRequest
from shopward.api.wire_past import PastLogs
from shopward.api.wire_retention import RetentionPreview

REFUSALS = {
    "store": (403, 409),
    "reveal": (403, 404, 410),
    "search": (403,),
    "update": (403, 404, 409, 410),
    "erase": (403, 404, 409, 410),
    "explain": (403, 404, 410),
    "facts": (403, 404, 409, 410),
    "record": (403, 409),
}
"""How a verb refuses one request that is well-formed; in a batch these stand in the items."""
OPERATORS = {"explain", "record"}
"""Verbs that the operator has too."""
TILE = (
    r"^(?:[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/)*[0-9]{3}"
    r"(?:\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?$"
)


INDEX = Parameter("index", "path", "integer", "Position of the entry, from 0.", example=0)
ENTRY = Parameter("index", "query", "integer", INDEX.summary, example=0)
SIZE = Parameter(
    "size", "query", "integer", "Entries in the tree; the present size.", required=False, least=1
)
OLD = Parameter("old", "query", "integer", "Entries in the earlier tree.", least=1, example=1)
NEW = Parameter(
    "new",
    "query",
    "integer",
    "Entries in the later tree; the present size.",
    required=False,
    least=1,
)
START = Parameter("start", "query", "integer", "First entry; 0.", required=False, example=0)
COUNT = Parameter(
    "count",
    "query",
    "integer",
    "Entries at most; more than 1000 are never given; 100.",
    required=False,
    example=100,
)
LOG = Parameter(
    "log",
    "query",
    "integer",
    "A past log by its number, from 1; 0 for the present one.",
    required=False,
    example=0,
)
SUBJECT = Parameter(
    "subject",
    "query",
    "string",
    "The customer.",
    pattern=f"^{wire.REFERENCE}$",
    example="external:1041",
)
OWN_SUBJECT = Parameter(
    "subject", "query", "string", "The customer's own token.", pattern="^cus_[0-9a-z]{27}$"
)
BEFORE = Parameter(
    "before", "query", "integer", "Entries before this one; the newest.", required=False, least=0
)
PATH = Parameter(
    "path",
    "path",
    "string",
    "A path as in C2SP tlog-tiles; its slashes stand as they are.",
    pattern=TILE,
    example="0/000.p/1",
)
FROZEN = Parameter(
    "frozen",
    "path",
    "string",
    "A customer's own token, or a caller's id.",
    pattern="^(?:cus_[0-9a-z]{27}|[0-9a-f]{12})$",
)
AT = Parameter(
    "at",
    "query",
    "string",
    "As of this moment; now.",
    required=False,
    pattern=f"^{wire.MOMENT}$",
    example="2030-12-24T18:00:00Z",
)
CALLER = Parameter("id", "path", "string", "The caller's id.", pattern="^[0-9a-f]{12}$")
JOB = Parameter("id", "path", "string", "The job's id.", pattern=JOB_ID, example="rewrap-1")
TEXT, BINARY = "text/plain", "application/octet-stream"


def _verb_routes() -> list[Route]:
    routes = []
    for verb in VERBS:
        needs_role = verb.name not in OPERATORS
        routes += [
            Route(
                verb.method,
                verb.path,
                single(verb),
                verb.summary,
                verb.name,
                problems=REFUSALS[verb.name],
                status=verb.status,
                request=verb.request,
                response=verb.response,
                verb=verb,
                needs_role=needs_role,
            ),
            Route(
                "POST",
                f"{verb.path}/batch",
                batch(verb),
                f"{verb.summary}, many at once",
                f"{verb.name}-batch",
                response=wire.BatchAnswer,
                is_batch=True,
                verb=verb,
                needs_role=needs_role,
            ),
        ]
    return routes


_read = partial(Route, "GET")


ROUTES = (
    *_verb_routes(),
    Route(
        "POST",
        "/v1/find",
        find.find,
        "Find customers by a part of a value, or by several values",
        "find",
        request=wire_find.FindRequest,
        response=wire_find.Matches,
        problems=(403, 409),
        needs_role=True,
    ),
    _read(
        "/v1/facts",
        admin.list_facts,
        "The facts about a customer",
        "list-facts",
        response=wire.FactList,
        parameters=(SUBJECT,),
        problems=(403, 404, 410),
        needs_role=True,
        is_own=True,
    ),
    Route(
        "POST",
        "/v1/freezes",
        freezes.freeze,
        "Freeze a customer or a caller for a while",
        "freeze",
        status=201,
        request=wire_freezes.FreezeRequest,
        response=wire_freezes.Frozen,
        problems=(403, 404, 410),
        is_own=True,
    ),
    Route(
        "DELETE",
        "/v1/freezes/",
        freezes.thaw,
        "End a freeze",
        "thaw",
        response=wire_freezes.Thawed,
        parameters=(FROZEN,),
        problems=(403, 404, 410),
        tail=True,
        is_own=True,
    ),
    _read(
        "/v1/freezes",
        freezes.list_freezes,
        "Every freeze that stands",
        "list-freezes",
        response=wire_freezes.FreezeList,
        problems=(403,),
    ),
    _read(
        "/v1/retention",
        retention.preview_retention,
        "What is past its date, counted",
        "retention-preview",
        response=RetentionPreview,
        parameters=(AT,),
        admin=True,
    ),
    _read("/v1/policy", admin.policy, "The policy in force", "policy", response=wire.PolicyState),
    _read(
        "/v1/receipts/",
        ledger.receipt,
        "The receipt of an entry",
        "receipt",
        parameters=(INDEX, LOG),
        response=wire.ReceiptDocument,
        problems=(404,),
        tail=True,
        is_public=True,
    ),
    _read(
        "/v1/log/checkpoint",
        ledger.checkpoint,
        "The signed head",
        "checkpoint",
        media=TEXT,
        is_public=True,
    ),
    _read(
        "/v1/log/key",
        ledger.key,
        "The key that verifies checkpoints",
        "log-key",
        media=TEXT,
        is_public=True,
    ),
    _read(
        "/v1/log/tile/",
        ledger.tile,
        "A tile of hashes",
        "tile",
        media=BINARY,
        parameters=(PATH, LOG),
        problems=(404,),
        tail=True,
        is_public=True,
    ),
    _read(
        "/v1/log/proof/inclusion",
        ledger.inclusion,
        "The inclusion proof of an entry",
        "inclusion",
        response=wire.Proof,
        parameters=(ENTRY, SIZE),
        is_public=True,
    ),
    _read(
        "/v1/log/proof/consistency",
        ledger.consistency,
        "The proof that a tree begins with an earlier one",
        "consistency",
        response=wire.Proof,
        parameters=(OLD, NEW),
        is_public=True,
    ),
    _read(
        "/v1/log/entries",
        ledger.entries,
        "Entries with their details, for auditors",
        "entries",
        response=wire.Entries,
        parameters=(START, COUNT, LOG),
        problems=(403, 404),
    ),
    _read(
        "/v1/log/own",
        ledger.own_entries,
        "A customer's entries with their details, the newest first",
        "own-entries",
        response=wire.Entries,
        parameters=(OWN_SUBJECT, BEFORE, COUNT),
        problems=(403, 404, 410),
        is_own=True,
    ),
    _read(
        "/v1/log/past",
        ledger.past,
        "The logs that restores ended",
        "past-logs",
        response=PastLogs,
    ),
    Route(
        "POST",
        "/v1/callers",
        admin.add_caller,
        "Make a caller",
        "add-caller",
        status=201,
        request=wire.CallerRequest,
        response=wire.CallerMade,
        problems=(409,),
        admin=True,
    ),
    _read(
        "/v1/callers",
        admin.list_callers,
        "Every caller",
        "list-callers",
        response=wire.CallerList,
        problems=(403,),
    ),
    Route(
        "DELETE",
        "/v1/callers/",
        admin.revoke_caller,
        "Revoke a caller",
        "revoke-caller",
        response=wire.CallerRevoked,
        parameters=(CALLER,),
        problems=(404,),
        tail=True,
        admin=True,
    ),
    Route(
        "POST",
        "/v1/policy/reload",
        admin.reload_policy,
        "Look at the policy file now",
        "reload-policy",
        response=wire.PolicyState,
        admin=True,
    ),
    _read("/v1/jobs", jobs.list_jobs, "Every job", "list-jobs", response=JobList, problems=(403,)),
    Route(
        "POST",
        "/v1/jobs",
        jobs.start_job,
        "Begin a job",
        "start-job",
        status=201,
        request=JobRequest,
        response=JobMoved,
        problems=(403, 409),
    ),
    Route(
        "DELETE",
        "/v1/jobs/",
        jobs.cancel_job,
        "End a job where it stands",
        "cancel-job",
        response=JobMoved,
        parameters=(JOB,),
        problems=(403, 404, 409),
        tail=True,
    ),
    *KEY_ROUTES,
    *HOOK_ROUTES,
)
