"""Labelled sentences of presidio-research: each pattern type reaches an F1 of 0.95."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shopward.sources.detect import Kind, scan

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "discovery" / "synth_dataset_v2.json"
TYPES = {
    Kind.EMAIL: "EMAIL_ADDRESS",
    Kind.URL: "DOMAIN_NAME",
    Kind.IP: "IP_ADDRESS",
    Kind.CARD: "CREDIT_CARD",
    Kind.IBAN: "IBAN_CODE",
    Kind.SSN: "US_SSN",
    Kind.PHONE: "PHONE_NUMBER",
}
LEAST = 0.95

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason="outside data absent: shared/data/discovery"
)


def labelled(sentence: dict[str, Any]) -> set[tuple[str, int, int]]:
    """The spans, in bytes."""
    text = sentence["full_text"]
    return {
        (
            span["entity_type"],
            len(text[: span["start_position"]].encode()),
            len(text[: span["end_position"]].encode()),
        )
        for span in sentence["spans"]
        if span["entity_type"] in TYPES.values()
    }


def test_every_pattern_type_is_found_and_little_else() -> None:
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    sentences = json.loads(FILE.read_bytes())
    for sentence in sentences:
        hits = scan(sentence["full_text"].encode())
        found = {(TYPES[hit.kind], hit.start, hit.end) for hit in hits if hit.kind in TYPES}
        wanted = labelled(sentence)
        right.update(kind for kind, _, _ in wanted & found)
        wrong.update(kind for kind, _, _ in wanted ^ found)

    f1 = {kind: 2 * right[kind] / (2 * right[kind] + wrong[kind]) for kind in TYPES.values()}
    assert len(sentences) == 1500
    assert min(f1.values()) >= LEAST, f1
