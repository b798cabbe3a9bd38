"""`make crash`: the full run. Prints the tables, and writes them into the page unless told not to.

Every campaign can be run alone, shorter, and under another seed; only a full run is written down.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from tests.crash import report
from tests.crash.campaigns import CAMPAIGNS, CONTROLS, FULL
from tests.crash.power import Power

CONTROL_RUNS = 20
CONTROL_CUTS = 6


def main() -> int:
    """0 when nothing was broken and every control lost something."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--share", type=float, default=1.0, help="of the full run's crashes")
    parser.add_argument("--only", choices=[*FULL, "controls"], help="one campaign alone")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    names = [name for name in FULL if chosen.only in {None, name}]
    campaigns = [_run(name, chosen.seed, chosen.share) for name in names]
    controls = [] if chosen.only not in {None, "controls"} else [_control(one) for one in CONTROLS]
    run = report.result(chosen.seed, campaigns, controls)
    print(report.tables(run))
    if chosen.only is None and chosen.share >= 1:
        report.write(run)
    broken = [words for one in campaigns for words in one["words"]]
    for words in broken:
        print(words)
    return int(bool(broken) or any(one["bitten"] == 0 for one in controls))


def _run(name: str, seed: int, share: float) -> report.Result:
    title, make = CAMPAIGNS[name]
    campaign: Any = make(seed)
    start = time.monotonic()
    campaign.run(max(1, round(FULL[name] * share)))
    print(f"{name}: {dict(campaign.counts)}", flush=True)
    return report.campaign(title, campaign.verdict, campaign.counts, time.monotonic() - start)


def _control(name: str) -> report.Result:
    pragma, kind = CONTROLS[name]
    bitten = 0
    for seed in range(CONTROL_RUNS):
        power = Power(seed, pragma=pragma, kind=kind)
        power.run(CONTROL_CUTS)
        bitten += bool(power.verdict.words)
    return {"name": name, "runs": CONTROL_RUNS, "bitten": bitten}


if __name__ == "__main__":
    sys.exit(main())
