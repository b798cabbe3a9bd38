"""`make crash`: the full run. Prints the tables, and writes them into the page.

Each campaign can be run alone, under another seed, or shorter; a shorter one is not written down.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from tests.crash import report
from tests.crash.campaigns import CAMPAIGNS, CONTROLS, FULL

CONTROL_RUNS = 20


def main() -> int:
    """0 when nothing was broken and every control lost something."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--share", type=float, default=1.0, help="of the full run's crashes")
    parser.add_argument(
        "--only", nargs="+", choices=[*FULL, "controls"], default=[*FULL, "controls"]
    )
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    campaigns = {
        name: _run(name, chosen.seed, chosen.share) for name in FULL if name in chosen.only
    }
    controls = {name: _control(name) for name in CONTROLS if "controls" in chosen.only}
    print(report.tables({"campaigns": campaigns, "controls": controls}))
    if chosen.share >= 1:
        report.write(campaigns, controls)
    broken = [words for one in campaigns.values() for words in one["words"]]
    for words in broken:
        print(words)
    return int(bool(broken) or any(one["bitten"] == 0 for one in controls.values()))


def _run(name: str, seed: int, share: float) -> report.Result:
    title, make = CAMPAIGNS[name]
    campaign: Any = make(seed)
    campaign.run(max(1, round(FULL[name] * share)))
    print(f"{name}: {dict(campaign.counts)}", flush=True)
    return report.campaign(title, seed, campaign.verdict, campaign.counts)


def _control(name: str) -> report.Result:
    bitten = sum(bool(CONTROLS[name].run(seed).verdict.words) for seed in range(CONTROL_RUNS))
    return report.measured(0, name=name, runs=CONTROL_RUNS, bitten=bitten)


if __name__ == "__main__":
    sys.exit(main())
