"""The invariants hold in random histories over the whole engine, Postgres included, with a clock moved by hand.

Far more of them: `make simulate ENGINE_HISTORIES=2000`.
"""

import pytest

from replicator.log import dossiers
from replicator.simulation.crowd import ENGINE, Crowd
from replicator.simulation.hub import Fate
from replicator.simulation.systems import Ability
from replicator.simulation.whole.histories import run
from replicator.simulation.whole.play import Stage, WholeSetting
from replicator.simulation.whole.runner import Doom

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


@pytest.mark.parametrize("seed", [314, 346, 2048, 2049, 3019, 6015])
async def test_what_was_found_once(stage: Stage, seed: int) -> None:
    """314: a system let go of a reference to what we deleted there; nobody had edited it.

    346: a person's word on emptied values was forgotten by a listing before those values were judged again.

    2048: a page of a listing, judged after what it showed was deleted, made that record anew.

    2049: a copy whose original was gone took its place, key and all, and clashed with whom that key belonged to.

    3019: a thing that refers to a shelf which was deleted before anybody had read it waits, and `status` says so.

    6015: a record that had just landed, and a copy made of it, were read in one batch: both were taken for ours."""
    assert (await run(stage, seed)).unexcused() == []


async def test_what_its_system_says_that_we_made_is_not_new_where_there_are_no_markers(stage: Stage) -> None:
    """Nobody heard that it had landed, and it was deleted where it came from: it is deleted, and nobody's event."""
    lost = Doom(fate=Fate(lands=0, answers=False))
    steps = [
        (0, "make", ("thing", "medusa", "s0")),
        (1, "tell", ("thing", "medusa", "medusa-thing-1", "")),
        (2, "judge", ("medusa", Doom())),
        *_to_its_end(2),
        (10, "pay", ("directus", lost)),
        *_to_its_end(10),
        (20, "tick", (1,)),
        (21, "kill", (10,)),
        (22, "erase", ("thing", "medusa", "medusa-thing-1")),
        (23, "tick", (31,)),
        (24, "tell", ("thing", "medusa", "medusa-thing-1", "")),
        (25, "judge", ("medusa", Doom())),
        *_to_its_end(25),
    ]
    tells = Ability(name="directus", tells=True)
    result = await stage.play(WholeSetting(abilities=(Ability(name="medusa", marks=True), tells)), steps)

    assert result.faults == []
    assert result.world.sites["directus"].types["thing"].made == 1
    assert result.world.sites["directus"].types["thing"].records == {}
    assert result.sums["events"] == 3  # made, deleted, and whose our record is


async def test_a_copy_does_not_take_the_place_of_its_original_that_is_gone(stage: Stage) -> None:
    steps = [
        (0, "make", ("thing", "medusa", "s0")),
        (1, "tell", ("thing", "medusa", "medusa-thing-1", "")),
        (2, "judge", ("medusa", Doom())),
        *_to_its_end(2),
        (10, "pay", ("directus", Doom(fate=Fate(lands=0)))),
        *_to_its_end(10),
        (20, "tick", (1,)),
        *_to_its_end(10),
        (30, "copy", ("thing", "directus", "directus-thing-1", "c1")),
        (31, "erase", ("thing", "directus", "directus-thing-1")),
        (32, "tell", ("thing", "directus", "directus-thing-1", "")),
        (33, "judge", ("directus", Doom())),
        *_to_its_end(33),
    ]
    both = (Ability(name="medusa", marks=True), Ability(name="directus", marks=True))
    result = await stage.play(WholeSetting(abilities=both), steps)
    async with stage.database.look() as conn:
        found = await dossiers.load(conn, await dossiers.page(conn, "thing", "", 9), lock=False)

    assert result.faults == []
    assert {str(each.value("sku")): each.exists for each, _ in found.values()} == {"s0": False, "c1": True}


def _to_its_end(task: int) -> list[tuple[int, str, tuple[int]]]:
    return [(task, "go on", (task,))] * 5
