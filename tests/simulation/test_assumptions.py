"""What the proof takes for granted, taken away: each time something it promises does not hold any more.

An assumption that could be taken away without harm would be none, and its mention in `replicator/core/PROOF.md` would
only look careful.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from replicator.core.dossier import Rules
from replicator.core.view import as_given
from replicator.simulation.histories import Troubles, run
from replicator.simulation.hub import DEADLINE_STEPS, Fate
from replicator.simulation.systems import Ability, Cause
from replicator.simulation.world import World

HISTORIES_MAX = 120


def shows(troubles: Troubles, cause: Cause) -> bool:
    """Whether a history shows an exception for that cause."""
    return any(fault.excuse == cause for seed in range(HISTORIES_MAX) for fault in run(seed, troubles).faults)


@pytest.mark.parametrize(
    ("troubles", "cause"),
    [
        pytest.param(Troubles(late_writes=1), Cause.LATE, id="a call lands before its deadline or never"),
        pytest.param(Troubles(old_copies=1), Cause.OLD_COPY, id="nobody saves an old copy, marker and all"),
        pytest.param(Troubles(dumps=1), Cause.MIXED, id="a dump is seen before it is changed"),
        pytest.param(Troubles(dumps=1), Cause.COUNTED, id="versions are times"),
        pytest.param(Troubles(crashes=1), Cause.UNHEARD, id="a write leaves a marker, or its answer is heard"),
    ],
)
def test_where_this_does_not_hold_markers_cannot_tell_who_wrote(troubles: Troubles, cause: Cause) -> None:
    assert shows(troubles, cause)


def test_a_copy_of_what_nobody_knows_to_have_landed_may_be_taken_for_it() -> None:
    """Both bear the marker of the call under way; the one that is read first is it."""
    world = _two()
    world.persons.make("medusa", "s0")
    world.follow(world.hub.hints[0], 0)
    _finish(world)
    world.claim("directus", "e0", Fate(lands=0, answers=False), 0)
    _finish(world)
    world.persons.copy("directus", "directus-1", "c0")
    world.tick(DEADLINE_STEPS)
    world.follow(("directus", "directus-2"), 0)
    _finish(world)
    faults = world.close()

    assert {fault.excuse for fault in faults} == {Cause.COPIED}


def test_a_copy_whose_original_is_gone_before_anyone_looked_is_told_by_its_key() -> None:
    world = _two()
    world.persons.make("medusa", "s0")
    _settled(world)
    world.persons.edit("medusa", "medusa-1", "title", "newer")
    world.persons.copy("directus", "directus-1", "c0")
    world.persons.erase("directus", "directus-1")

    assert world.close() == []
    assert {each.entity.value("sku") for each in world.hub.tables.dossiers.values()} == {"s0", "c0"}


def test_an_undeclared_normal_form_is_taken_for_an_edit_but_is_no_loop() -> None:
    world = _two(lowers=True)
    _undeclared(world)
    world.persons.make("medusa", "s0")
    world.persons.edit("medusa", "medusa-1", "title", "Capitals")
    faults = {fault.what for fault in world.close()}

    assert "phantom" in faults
    assert "loops" not in faults


def test_what_no_hook_told_is_found_by_listing_only() -> None:
    world = _two()
    world.persons.make("medusa", "s0")
    world.lose(("medusa", "medusa-1"))
    world.tick(10_000)
    due_without_listing = world.hub.due()
    faults = world.close()  # which lists everything

    assert due_without_listing == []
    assert faults == []
    assert [each.fields["title"] for each in world.systems["directus"].records.values()] == ["Ts0"]


def test_automations_that_never_stop_are_stopped_and_nothing_else_would_stop_them() -> None:
    fighting = run(0, Troubles(automations=1))

    assert fighting.unexcused() == []
    assert any(draft.changes[key].depth for draft in fighting.world.hub.tables.log for key in draft.changes)


def test_two_who_write_at_once_are_told_apart_by_the_deadline_alone() -> None:
    """A worker whose clock is ahead takes a call for over that may still land: that is a call that lands too late."""
    world = _two()
    world.persons.make("medusa", "s0")
    world.follow(("medusa", "medusa-1"), 1)
    for _ in range(5):
        world.go_on(1)
    world.claim("directus", "e0", Fate(lands=50, answers=False), 2)
    for _ in range(4):
        world.go_on(2)
    world.tick(31)
    world.expire(2)

    assert world.hub.due() == [("directus", "e0")]


def _settled(world: World) -> None:
    """Hooks are followed, and what is due is written."""
    for number, told in enumerate(list(world.hub.hints)):
        world.follow(told, number)
    _finish(world)
    world.claim(*world.hub.due()[0], Fate(lands=0), 0)
    _finish(world)


def _finish(world: World) -> None:
    while world.tasks:
        world.tick()
        world.go_on(next(iter(world.tasks)))


def _two(*, lowers: bool = False) -> World:
    return World([Ability(name="medusa", marks=True), Ability(name="directus", marks=True, lowers=lowers)])


def _undeclared(world: World) -> None:
    """The connector does not say in which form that system gives values back."""
    views = {name: replace(view, normal=as_given) for name, view in world.rules.views.items()}
    world.hub.rules = Rules(schema=world.rules.schema, views=views)
    world.audit.rules = world.hub.rules
