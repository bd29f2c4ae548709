"""What the histories found in the core and in what drives it, each as the short story it came down to."""

from __future__ import annotations

from replicator.core.event import Act
from tests.simulation.hub import DEADLINE_STEPS, Fate
from tests.simulation.systems import Ability
from tests.simulation.world import World


def shop(*, marks: bool = True, halves: bool = False) -> World:
    """Two systems; medusa's record has been read and is due at directus."""
    world = World([Ability(name="medusa", marks=marks), Ability(name="directus", marks=marks, halves=halves)])
    world.make("medusa", "s0")
    world.edit("medusa", "medusa-1", "body", "words")
    read(world)
    return world


def read(world: World) -> None:
    """Every hint is followed to its end."""
    for _ in list(world.hub.hints):
        world.follow(0)
    finish(world)


def finish(world: World) -> None:
    while world.tasks:
        world.tick()
        world.go_on(0)


def write(world: World, fate: Fate = Fate(lands=0)) -> None:  # noqa: B008 - a fate is immutable
    world.claim(*world.hub.due()[0], fate)
    finish(world)


def events(world: World) -> int:
    return sum(draft.act is Act.CHANGE for draft in world.hub.tables.log)


def test_a_record_half_made_by_a_call_that_timed_out_is_not_taken_for_somebody_s_deletions() -> None:
    world = shop(halves=True)
    world.claim("directus", "e0", Fate(lands=27, answers=False))
    finish(world)
    world.hub.hints.append(("directus", "directus-1"))
    read(world)

    assert set(world.systems["directus"].records["directus-1"].fields) == {"sku", "title"}
    assert events(world) == 1
    assert world.close() == []


def test_a_read_that_began_during_the_call_and_is_judged_long_after_it_is_stale() -> None:
    world = shop(halves=True)
    world.claim("directus", "e0", Fate(lands=20, answers=False))
    for _ in range(5):
        world.go_on(0)
    world.tick(2)
    world.hub.hints[:] = [("directus", "directus-1")]
    world.follow(0)
    world.go_on(1)
    world.go_on(1)  # the half-made record has been read
    world.crash(0)
    world.tick(DEADLINE_STEPS)
    finish(world)

    assert events(world) == 1
    assert world.close() == []


def test_a_dump_with_our_last_marker_on_it_is_put_right_and_is_no_event() -> None:
    world = shop()
    write(world)
    world.tick()
    world.systems["directus"].back_up("directus-1")
    world.edit("directus", "directus-1", "title", "new")
    read(world)
    world.restore("directus", world.systems["directus"].backups[0])
    read(world)

    assert events(world) == 2
    assert world.close() == []
    assert world.systems["directus"].records["directus-1"].fields["title"] == "new"


def test_a_late_hint_of_a_record_that_was_made_anew_does_not_delete_the_new_one() -> None:
    world = shop()
    write(world)
    world.edit("medusa", "medusa-1", "title", "seen by nobody yet")
    world.erase("directus", "directus-1")
    world.hub.hints.reverse()
    read(world)
    write(world)
    world.hub.hints.append(("directus", "directus-1"))
    read(world)

    assert "directus-2" in world.systems["directus"].records
    assert world.close() == []
    assert "directus-2" in world.systems["directus"].records


def test_what_a_lost_write_asked_for_is_a_person_s_when_a_person_types_it_later() -> None:
    world = shop(marks=False)
    write(world)
    world.edit("medusa", "medusa-1", "title", "B")
    read(world)
    write(world, Fate(lands=None, answers=False))
    world.tick(DEADLINE_STEPS)
    world.edit("medusa", "medusa-1", "title", "C")
    world.hub.hints.append(("directus", "directus-1"))
    read(world)
    world.edit("directus", "directus-1", "title", "B")
    read(world)

    assert world.close() == []
    assert len(world.hub.tables.conflicts) == 1
