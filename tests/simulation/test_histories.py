"""The invariants of the protocol hold in random histories of people, hooks, time-outs, crashes and restored dumps.

Where markers tell who wrote, they hold without exception but those that are named (`Fault.excuse`). Without markers the
loss of an edit, or an event that nobody authored, around a crash is counted, not asserted: less than one in a thousand.
More histories than the test takes: `python -m tests.simulation.histories 3000`.
"""

from collections import Counter

import pytest

from tests.simulation.audit import Fault
from tests.simulation.histories import Mode, Result, run

BATCH = 50
ABOUT_ATTRIBUTION = {"phantom", "swallowed"}


def histories(start: int, mode: Mode) -> list[Result]:
    return [run(seed, mode) for seed in range(start, start + BATCH)]


def told(start: int, faults: list[list[Fault]]) -> list[str]:
    return [f"seed {seed}: {fault}" for seed, each in enumerate(faults, start) for fault in each]


@pytest.mark.parametrize("start", range(0, 6 * BATCH, BATCH))
def test_the_invariants_hold(start: int) -> None:
    results = histories(start, Mode())

    assert told(start, [each.audit.unexcused(marked=True) for each in results]) == []


@pytest.mark.parametrize("mode", [Mode(old_copies=True), Mode(late_writes=True)])
def test_also_where_markers_cannot_tell_all_comes_to_rest_and_agrees(mode: Mode) -> None:
    results = histories(0, mode)
    others = [[fault for fault in each.faults if fault.what not in ABOUT_ATTRIBUTION] for each in results]

    assert told(0, others) == []


def test_the_histories_are_worth_something() -> None:
    """Each thing that can go wrong did happen; otherwise the tests above would say nothing."""
    results = histories(0, Mode())
    outcomes: Counter[str] = Counter()
    for each in results:
        outcomes.update(each.world.hub.outcomes)
    seldom = {"event": 500, "echo": 2000, "stale": 500, "regression": 20, "refused": 20, "rejected": 10}

    assert {name: count for name, count in seldom.items() if outcomes[name] < count} == {}
    assert sum(len(each.world.hub.tables.conflicts) for each in results) > 100
    assert sum(each.audit.writes.total() for each in results) > 500
