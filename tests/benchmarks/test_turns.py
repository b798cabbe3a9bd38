from __future__ import annotations

import sys

import pytest

from benchmarks.servers import ServerError
from benchmarks.turns import Turn, working

ECHO = """import json, sys
print(json.dumps({"seconds": 0}), flush=True)
for line in sys.stdin:
    print(json.dumps({"seconds": json.loads(line)["count"]}), flush=True)
"""


def test_a_turn_is_split_into_groups_and_the_last_may_be_smaller() -> None:
    groups = list(Turn("store", 10, 25, 10).groups())
    assert groups == [range(10, 20), range(20, 30), range(30, 35)]


def test_a_process_takes_one_turn_after_the_other() -> None:
    with working([sys.executable, "-c", ECHO], {}) as worker:
        assert [worker.turn(Turn("read", 0, many, 1)) for many in (3, 5)] == [3, 5]


@pytest.mark.parametrize("script", ["", "print('no')", "raise SystemExit(1)"])
def test_a_process_that_cannot_begin_is_an_error(script: str) -> None:
    with pytest.raises(ServerError, match="answered"), working([sys.executable, "-c", script], {}):
        pass
