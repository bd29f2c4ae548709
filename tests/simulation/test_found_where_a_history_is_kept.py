"""What the histories found where a system keeps every change of its own, each as the short story it came down to."""

from __future__ import annotations

from replicator.simulation.hub import Fate
from replicator.simulation.systems import Ability
from replicator.simulation.world import World

AT_ONCE = Fate(lands=0)


def kept(name: str) -> World:
    """Two systems that agree on one record; this one keeps a history."""
    abilities = [
        Ability(name=each, marks=True, tells=each == name, keeps=each == name) for each in ("medusa", "strapi")
    ]
    world = World(abilities)
    world.persons.make("medusa", "s0")
    settled(world)
    return world


def settled(world: World) -> None:
    """Every hint is followed to its end, and all that is due is written."""
    while world.hub.hints or world.hub.due():
        for number, told in enumerate(list(world.hub.hints)):
            world.follow(told, number)
        finish(world)
        for number, (system, entity) in enumerate(world.hub.due()):
            world.claim(system, entity, AT_ONCE, number)
        finish(world)


def finish(world: World) -> None:
    while world.tasks:
        world.tick()
        world.go_on(next(iter(world.tasks)))


def titles(world: World) -> list[object]:
    """The titles that the log tells, one after another."""
    return [draft.changes["title"].after for draft in world.hub.tables.log if "title" in draft.changes]


def test_a_restored_dump_whose_history_was_not_told_is_not_told_again() -> None:
    """Seed 7907: our last write was in the dump as well, so all after it seemed to be new."""
    world = kept("strapi")
    world.persons.edit("strapi", "strapi-1", "title", "A")
    settled(world)
    world.persons.edit("strapi", "strapi-1", "title", "B")
    world.persons.back_up("strapi", "strapi-1", 1)
    world.tick()
    world.persons.edit("strapi", "strapi-1", "body", "newer")
    world.follow(("strapi", "strapi-1"), 0, lacking="history")
    finish(world)
    world.persons.restore("strapi", 1)
    settled(world)

    assert titles(world) == ["Ts0", "A", "B"]
    assert world.close() == []
