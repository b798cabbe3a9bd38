"""The other side of the discovery rows: Presidio's own recognisers over a file, a line at a time.

    PYTHON benchmarks/presidio_side.py FILE LINES      -> {"seconds": …, "bytes": …, "hits": …}

It runs in an environment of its own, where presidio-analyzer is installed, and imports nothing of
Shopward. The recognisers of the seven pattern types are called directly, without a language model
and without its words of context: less work than `AnalyzerEngine` does.
"""

from __future__ import annotations

import json
import logging
import sys
import time

logging.disable(logging.CRITICAL)

from presidio_analyzer import predefined_recognizers as ready  # noqa: E402 - after its log is quiet

RECOGNISERS = (
    ready.EmailRecognizer(),
    ready.UrlRecognizer(),
    ready.IpRecognizer(),
    ready.CreditCardRecognizer(),
    ready.IbanRecognizer(),
    ready.UsSsnRecognizer(),
    ready.PhoneRecognizer(),
)


def hits(line: str) -> int:
    """How much all of them find in a line."""
    return sum(len(one.analyze(line, one.supported_entities, None) or []) for one in RECOGNISERS)


def main() -> None:
    """Time the analysis alone; imports and a first line come before."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - a file and no more
        lines = [line.rstrip("\n") for _, line in zip(range(int(sys.argv[2])), file, strict=False)]
    hits(lines[0])
    began = time.process_time()
    found = sum(map(hits, lines))
    seconds = time.process_time() - began
    size = sum(len(line.encode()) + 1 for line in lines)
    print(json.dumps({"seconds": seconds, "bytes": size, "hits": found}))


if __name__ == "__main__":
    main()
