"""Detection: what a value, a column or a stretch of text holds, from evidence that is counted.

Pure: bytes and names in, findings out; it opens nothing and keeps no value longer than a sample.

- A finding says how many values bear it out and what checked them; it never holds a value.
- Patterns run on RE2, so no text can make them slow.

Standards followed: ISO/IEC 7812 (card numbers), ISO 13616 (IBAN), E.164, RFC 5321, RFC 4291.
"""

from __future__ import annotations

from shopward.sources.detect.judge import Evidence, Finding, Level, judge
from shopward.sources.detect.kinds import ABOUT, About, Group, Kind
from shopward.sources.detect.tally import Tally
from shopward.sources.detect.text import Hit, scan

__all__ = [
    "ABOUT",
    "About",
    "Evidence",
    "Finding",
    "Group",
    "Hit",
    "Kind",
    "Level",
    "Tally",
    "judge",
    "scan",
]
