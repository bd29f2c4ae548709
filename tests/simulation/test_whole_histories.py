"""The invariants hold in random histories over the whole engine, Postgres included, with a clock moved by hand.

Far more of them: `make simulate ENGINE_HISTORIES=2000`.
"""

import pytest

from replicator.simulation.crowd import ENGINE, Crowd
from replicator.simulation.whole.histories import run
from replicator.simulation.whole.play import Stage

HISTORIES = 30


@pytest.mark.timeout(300)
def test_the_invariants_hold(database_server: str) -> None:
    tally = Crowd(tier=ENGINE, seed=0, histories=HISTORIES, server=database_server).play()
    happened = {**tally.outcomes, **tally.sums}
    few = {"event": 100, "echo": 250, "stale": 40, "edits": 400, "faults": 250, "writes": 150}

    assert [(each.seed, each.faults) for each in tally.failures] == []
    assert {name: happened.get(name) for name, least in few.items() if happened.get(name, 0) < least} == {}


async def test_the_same_seed_gives_the_same_history(stage: Stage) -> None:
    first, second = [await run(stage, 3) for _ in range(2)]

    assert first.steps == second.steps
    assert first.sums == second.sums
    assert first.world.outcomes == second.world.outcomes


async def test_a_history_that_was_written_down_is_played_again(stage: Stage) -> None:
    improvised = await run(stage, 5)
    played = await stage.play(improvised.setting, improvised.steps)

    assert played.sums == improvised.sums
    assert played.world.outcomes == improvised.world.outcomes


@pytest.mark.parametrize("seed", [314, 346, 2048, 2049, 3019])
async def test_what_was_found_once(stage: Stage, seed: int) -> None:
    """314: a system let go of a reference to what we deleted there; nobody had edited it.

    346: a person's word on emptied values was forgotten by a listing before those values were judged again.

    2048: a page of a listing, judged after what it showed was deleted, made that record anew.

    2049: a copy whose original was gone took its place, key and all, and clashed with whom that key belonged to.

    3019: a thing that refers to a shelf which was deleted before anybody had read it waits, and `status` says so."""
    assert (await run(stage, seed)).unexcused() == []
