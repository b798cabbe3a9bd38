"""Examples and links of the description: what to send, and what an answer leads to.

The names in the examples are those of `policy.example.toml`; the customers are invented. Data
only: nothing here is served but in the description.
"""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "store": {
        "fields": {"first_name": "Grace", "email": "grace@example.com", "country": "US"},
        "external": "2001",
        "tokens": ["email"],
    },
    "reveal": {
        "subject": "email:ada@example.com",
        "fields": ["first_name", "phone"],
        "purpose": "account",
    },
    "search": {"field": "email", "value": "ada@example.com", "purpose": "account"},
    "find": {
        "fields": {"last_name": "Lovelace", "postcode": "SW1A 1AA"},
        "way": "compound",
        "purpose": "account",
    },
    "update": {
        "subject": "email:ada@example.com",
        "fields": {"city": "London", "company": None},
    },
    "erase": {"subject": "external:1040", "classes": ["order"]},
    "explain": {
        "role": "warehouse",
        "purpose": "fulfil",
        "fields": ["last_name", "phone"],
        "subject": "external:1041",
        "fact": "order:1041",
    },
    "facts": {
        "type": "order",
        "id": "1041",
        "subject": "external:1041",
        "state": "open",
        "expires": "2030-12-24T18:00:00+01:00",
    },
    "change-passphrase": {"passphrase": "correct horse battery staple"},
    "start-job": {"name": "rewrap"},
    "freeze": {
        "subject": "external:1041",
        "until": "2030-12-24T18:00:00+01:00",
        "reason": "account-taken-over",
    },
    "record": {
        "kind": "console:started",
        "at": "2026-12-24T18:00:00Z",
        "actor": "console",
        "about": "version=0.1.0",
    },
    "add-webhook": {"name": "web", "format": "woocommerce", "role": "order-system"},
    "rotate-webhook": {"name": "web", "grace_hours": 24},
    "close-request": {"type": "access-request", "id": "web-5f0c91d2a7b4", "how": "done"},
    "add-caller": {"name": "till-2", "role": "support", "assurance": 2},
}
"""A request of each route that takes a body, by the route's name."""

SUBJECT = "{$response.body#/subject}"
FIRST = "{$response.body#/items/0/result/subject}"
INDEX = "$response.body#/receipt/index"

RECEIPT = ("receipt", {"parameters": {"index": INDEX}})
PROOF = ("inclusion", {"parameters": {"index": INDEX}})


def _asking(token: str, *names: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, {"requestBody": {"subject": token}}) for name in names]


LINKS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "store": [
        *_asking(SUBJECT, "reveal", "update", "facts", "explain", "erase"),
        ("list-facts", {"parameters": {"subject": "$response.body#/subject"}}),
        RECEIPT,
        PROOF,
    ],
    "store-batch": _asking(FIRST, "reveal", "erase"),
    "reveal": [RECEIPT],
    "search": [RECEIPT],
    "find": [RECEIPT],
    "update": [*_asking(SUBJECT, "reveal"), RECEIPT],
    "erase": [RECEIPT],
    "explain": [RECEIPT],
    "record": [RECEIPT],
    "facts": [
        (
            "reveal",
            {
                "requestBody": {
                    "subject": "{$request.body#/subject}",
                    "fact": "{$response.body#/type}:{$response.body#/id}",
                }
            },
        ),
        ("list-facts", {"parameters": {"subject": "$request.body#/subject"}}),
        RECEIPT,
    ],
    "entries": [("receipt", {"parameters": {"index": "$response.body#/entries/0/index"}})],
    "add-caller": [("revoke-caller", {"parameters": {"id": "$response.body#/id"}}), RECEIPT],
    "revoke-caller": [RECEIPT],
    "start-job": [("cancel-job", {"parameters": {"id": "$response.body#/job/id"}})],
    "freeze": [("thaw", {"parameters": {"frozen": "$response.body#/subject"}}), RECEIPT],
    "thaw": [RECEIPT],
    "list-freezes": [RECEIPT],
}
"""(target, its parameters or body) of what a success leads to, by the name of the source."""
