"""What the histories found in the core and in what drives it, each as the short story it came down to."""

from __future__ import annotations

from replicator.core.document import money
from replicator.core.event import Act
from replicator.core.schema import Policy
from replicator.simulation.hub import DEADLINE_STEPS, Fate
from replicator.simulation.script import Setting, play
from replicator.simulation.systems import Ability
from replicator.simulation.world import World

AT_ONCE = Fate(lands=0)


def shop(*, marks: bool = True, halves: bool = False) -> World:
    """Two systems; medusa's record has been read and is due at directus."""
    world = World([Ability(name="medusa", marks=marks), Ability(name="directus", marks=marks, halves=halves)])
    world.persons.make("medusa", "s0")
    world.persons.edit("medusa", "medusa-1", "body", "words")
    read(world)
    return world


def read(world: World) -> None:
    """Every hint is followed to its end."""
    for number, told in enumerate(list(world.hub.hints)):
        world.follow(told, number)
    finish(world)


def finish(world: World) -> None:
    while world.tasks:
        world.tick()
        world.go_on(next(iter(world.tasks)))


def write(world: World, fate: Fate = AT_ONCE) -> None:
    world.claim(*world.hub.due()[0], fate, 0)
    finish(world)


def events(world: World) -> int:
    return sum(draft.act is Act.CHANGE for draft in world.hub.tables.log)


def test_a_record_half_made_by_a_call_that_timed_out_is_not_taken_for_somebody_s_deletions() -> None:
    world = shop(halves=True)
    world.claim("directus", "e0", Fate(lands=27, answers=False), 0)
    finish(world)
    world.hub.hints.append(("directus", "directus-1"))
    read(world)

    assert set(world.systems["directus"].records["directus-1"].fields) == {"sku", "title"}
    assert events(world) == 1
    assert world.close() == []


def test_a_read_that_began_during_the_call_and_is_judged_long_after_it_is_stale() -> None:
    world = shop(halves=True)
    world.claim("directus", "e0", Fate(lands=20, answers=False), 0)
    for _ in range(5):
        world.go_on(0)
    world.tick(2)
    world.follow(("directus", "directus-1"), 1)
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
    world.persons.back_up("directus", "directus-1", 0)
    world.persons.edit("directus", "directus-1", "title", "new")
    read(world)
    world.persons.restore("directus", 0)
    read(world)

    assert events(world) == 2
    assert world.close() == []
    assert world.systems["directus"].records["directus-1"].fields["title"] == "new"


def test_a_late_hint_of_a_record_that_was_made_anew_does_not_delete_the_new_one() -> None:
    world = shop()
    write(world)
    world.persons.edit("medusa", "medusa-1", "title", "seen by nobody yet")
    world.persons.erase("directus", "directus-1")
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
    world.persons.edit("medusa", "medusa-1", "title", "B")
    read(world)
    write(world, Fate(lands=None, answers=False))
    world.tick(DEADLINE_STEPS)
    world.persons.edit("medusa", "medusa-1", "title", "C")
    world.hub.hints.append(("directus", "directus-1"))
    read(world)
    world.persons.edit("directus", "directus-1", "title", "B")
    read(world)

    assert world.close() == []
    assert len(world.hub.tables.conflicts) == 1


def read_from(step: int, system: str, remote_id: str) -> list[tuple[int, str, tuple[object, ...]]]:
    """A hint of a record, followed to its end."""
    return [(step, "tell", (system, remote_id, False, "")), *[(step + n, "go on", (step,)) for n in range(1, 5)]]


def test_the_answer_to_a_slow_worker_is_not_the_answer_to_the_retry_of_its_write() -> None:
    """A retry keeps its sync id; the first worker woke up, heard "busy", and took the second one's intent away."""
    steps = [
        (1, "make", ("medusa", "s0")),
        *read_from(10, "medusa", "medusa-1"),
        (20, "claim", ("directus", "e0", AT_ONCE)),
        *[(20 + n, "go on", (20,)) for n in range(1, 4)],
        (25, "expire", (20,)),
        (26, "tick", (DEADLINE_STEPS + 1,)),
        (27, "edit", ("medusa", "medusa-1", "title", "newer")),
        (30, "claim", ("directus", "e0", Fate(lands=4))),
        *[(30 + n, "go on", (30,)) for n in range(1, 4)],
    ]
    unmarked = Setting(abilities=(Ability(name="medusa"), Ability(name="directus")))

    assert play(unmarked, steps).faults == []


def test_an_answer_that_comes_after_the_record_was_made_anew_by_a_person_is_not_judged() -> None:
    steps = [
        (1, "make", ("medusa", "s0")),
        *read_from(10, "medusa", "medusa-1"),
        (20, "claim", ("directus", "e0", AT_ONCE)),
        *[(20 + n, "go on", (20,)) for n in range(1, 5)],
        (30, "tick", (1,)),
        (31, "erase", ("directus", "directus-1")),
        (32, "make", ("directus", "s0")),
        (33, "tick", (DEADLINE_STEPS,)),
        (34, "edit", ("directus", "directus-2", "price@usd", money(9, "usd"))),
        *read_from(40, "directus", "directus-2"),
    ]
    marked = Setting(abilities=(Ability(name="medusa", marks=True), Ability(name="directus", marks=True)))

    assert play(marked, steps).faults == []


def test_an_answer_that_was_overtaken_by_a_restored_dump_is_not_judged() -> None:
    """The worker slept past its deadline; what was read meanwhile is newer than the answer it had all the while."""
    steps = [
        (1, "make", ("medusa", "s0")),
        *read_from(10, "medusa", "medusa-1"),
        (20, "claim", ("directus", "e0", AT_ONCE)),
        *[(20 + n, "go on", (20,)) for n in range(1, 5)],
        (25, "tick", (1,)),
        *[(25 + n, "go on", (20,)) for n in range(1, 3)],
        (30, "back up", ("directus", "directus-1")),
        (31, "edit", ("medusa", "medusa-1", "brand", "words")),
        *read_from(40, "medusa", "medusa-1"),
        (50, "edit", ("directus", "directus-1", "body", "unseen")),
        (60, "claim", ("directus", "e0", AT_ONCE)),
        *[(60 + n, "go on", (60,)) for n in range(1, 5)],
        (70, "tick", (1,)),
        (71, "restore", ("directus", 30)),
        (73, "edit", ("medusa", "medusa-1", "body", "newer")),
        *read_from(90, "medusa", "medusa-1"),
        (72, "tick", (DEADLINE_STEPS,)),
        *read_from(80, "directus", "directus-1"),
    ]
    marked = Setting(abilities=(Ability(name="medusa", marks=True), Ability(name="directus", marks=True)))

    assert play(marked, steps).faults == []


def test_a_price_that_somebody_removed_before_we_knew_that_it_had_landed_is_an_edit() -> None:
    """It was in no answer and not known yet, so nobody compared it: nothing was told, and nothing was ever due."""
    world = shop()
    world.persons.edit("medusa", "medusa-1", "price@eur", money(3, "eur"))
    read(world)
    write(world, Fate(lands=0, answers=False))
    world.persons.edit("directus", "directus-1", "price@eur", None)
    world.tick(DEADLINE_STEPS)
    world.hub.hints.append(("directus", "directus-1"))
    read(world)

    assert world.hub.tables.dossiers["e0"].entity.value("price@eur") is None
    assert world.close() == []


def test_a_create_of_what_was_deleted_since_is_not_taken_for_what_was_made_in_its_place() -> None:
    """Seed 13045: half of it stood there, signed, when the other was looked for by its natural key."""
    able = [("medusa", False), ("directus", True)]
    abilities = [Ability(name=name, marks=True, tells=True, rounds=False, halves=halves) for name, halves in able]
    strange = Ability(name="strapi", marks=False, tells=False, rounds=False, ahead=-300)
    late = Fate(lands=20, answers=False)
    result = play(
        Setting(abilities=(*abilities, strange), title=Policy.LATEST, keeps_deleted="strapi"),
        [
            (0, "make", ("medusa", "s0")),
            (3, "tell", ("medusa", "medusa-1", False, "")),
            (4, "edit", ("medusa", "medusa-1", "tags", ["d"])),
            (9, "go on", (3,)),
            (10, "go on", (3,)),
            (15, "claim", ("directus", "e0", late)),
            (24, "erase", ("medusa", "medusa-1")),
            (25, "tell", ("medusa", "medusa-1", False, "")),
            (28, "make", ("strapi", "s2")),
            (54, "tell", ("strapi", "strapi-1", False, "")),
            (55, "make", ("medusa", "s0")),
            (165, "tell", ("medusa", "medusa-2", False, "")),
            (167, "claim", ("directus", "e2", Fate(lands=4))),
        ],
    )

    assert result.unexcused() == []
