"""Merge: causality decides first, then the value that is replaced, then the policy; and no order of arrival matters."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from replicator.core.document import Value
from replicator.core.entity import Entity, fold
from replicator.core.event import EXISTENCE, OPERATOR, Draft, Rule
from replicator.core.merge import DEPTH_MAX, Edit
from tests.core.cases import EMPTY, edit, merged, state

SYSTEMS = ["medusa", "directus", "strapi"]
BY_POLICY = {"title": Rule.PREFER, "brand": Rule.OWNER, "body": Rule.LATEST, "note": Rule.MANUAL}
TEXTS = st.sampled_from("abcdef")
TAGS = st.sets(st.sampled_from("abcdef"))


def after(entity: Entity, *edits: Edit) -> Entity:
    """The state after these edits, each resolved against the state it meets."""
    for each in edits:
        draft = Draft(
            id="v",
            type=entity.type,
            entity=entity.id,
            origin=each.origin,
            n=each.dot.n,
            context=each.context,
            clock=each.clock,
            changes=merged(entity, each).changes,
        )
        entity = fold(entity, draft)
    return entity


def values(entity: Entity) -> Mapping[str, Value]:
    return {key: cell.value for key, cell in entity.cells.items()}


@given(st.sampled_from(sorted(BY_POLICY)), TEXTS, TEXTS, TEXTS, st.sampled_from(SYSTEMS))
def test_a_change_that_saw_the_present_value_always_takes_effect(
    key: str, first: str, before: str, then: str, origin: str
) -> None:
    entity = state({key: first}, origin="strapi")
    knowing = edit(origin, entity, {key: (before, then)}, context=entity.vector)

    assert merged(entity, knowing).changes[key].rule is Rule.CAUSAL
    assert merged(entity, knowing).conflicts == ()
    assert after(entity, knowing).value(key) == then


@given(st.sampled_from(sorted(BY_POLICY)), TEXTS, TEXTS)
def test_a_change_of_one_s_own_value_always_takes_effect(key: str, first: str, then: str) -> None:
    entity = state({key: first}, origin="strapi")

    assert after(entity, edit("strapi", entity, {key: ("z", then)})).value(key) == then


@given(st.sampled_from(sorted(BY_POLICY)), TEXTS, TEXTS)
def test_a_change_of_the_very_value_that_is_present_takes_effect_without_a_common_past(
    key: str, first: str, then: str
) -> None:
    entity = state({key: first}, origin="medusa")
    stranger = edit("strapi", entity, {key: (first, then)})

    assert merged(entity, stranger).changes[key].rule is Rule.REPLACES
    assert after(entity, stranger).value(key) == then


@given(
    st.sampled_from(["title", "brand", "body"]),
    st.permutations(SYSTEMS),
    st.permutations(range(1, 4)),
    st.permutations(range(3)),
)
def test_of_concurrent_changes_the_same_one_wins_whichever_came_first(
    key: str, origins: list[str], clocks: list[int], order: list[int]
) -> None:
    edits = [
        edit(origin, EMPTY, {key: (f"before {origin}", f"of {origin}")}, clock=clock)
        for origin, clock in zip(origins, clocks, strict=True)
    ]

    assert values(after(EMPTY, *edits)) == values(after(EMPTY, *(edits[index] for index in order)))


@given(st.sampled_from(sorted(BY_POLICY)), st.permutations(SYSTEMS), st.integers(1, 5), st.integers(1, 5))
def test_the_loser_of_a_conflict_is_kept_with_both_values_and_dots(
    key: str, origins: list[str], first: int, second: int
) -> None:
    entity = after(EMPTY, edit(origins[0], EMPTY, {key: (None, "there")}, clock=first))
    late = edit(origins[1], entity, {key: ("other", "new")}, clock=second)
    result = merged(entity, late)
    (conflict,) = result.conflicts

    assert {conflict.winner, conflict.loser} == {"there", "new"}
    assert conflict.winner == after(entity, late).value(key)
    assert conflict.rule is BY_POLICY[key] is result.changes[key].rule
    assert {conflict.winner_dot, conflict.loser_dot} == {entity.cells[key].dot, late.dot}


@given(st.lists(st.tuples(st.sampled_from(SYSTEMS), st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=5))
def test_a_sum_adds_every_difference_in_any_order(changes: list[tuple[str, int, int]]) -> None:
    edits = [edit(origin, EMPTY, {"stock": (before, then)}) for origin, before, then in changes]
    total = sum(then - before for _, before, then in changes)

    assert after(EMPTY, *edits).value("stock") == total
    assert after(EMPTY, *reversed(edits)).value("stock") == total


@given(TAGS, TAGS, TAGS)
def test_a_union_takes_additions_and_removals_of_different_members_in_any_order(
    present: set[str], first: set[str], second: set[str]
) -> None:
    assume(not (present ^ first) & (present ^ second))
    entity = state({"tags": sorted(present)})
    edits = [
        edit(origin, entity, {"tags": (sorted(present), sorted(then))})
        for origin, then in (("directus", first), ("strapi", second))
    ]
    touched = (present ^ first) | (present ^ second)

    assert after(entity, *edits).value("tags") == sorted(present ^ touched)
    assert after(entity, *reversed(edits)).value("tags") == sorted(present ^ touched)


def test_a_union_has_a_dot_for_each_member_that_was_touched() -> None:
    entity = after(state({"tags": ["a"]}), edit("strapi", EMPTY, {"tags": (["a"], ["b"])}))

    assert {member: dot.origin for member, dot in entity.cells["tags"].elements.items()} == {
        "a": "strapi",
        "b": "strapi",
    }


def test_manual_keeps_the_present_value_and_waits_for_a_person() -> None:
    entity = after(state({"note": "a"}), edit("strapi", EMPTY, {"note": ("z", "b")}))

    assert entity.value("note") == "a"
    assert entity.cells["note"].undecided
    assert (
        not after(entity, edit("strapi", entity, {"note": ("a", "c")}, context=entity.vector)).cells["note"].undecided
    )


def test_what_a_person_decided_is_not_overruled_by_what_was_concurrent() -> None:
    decided = after(state({"title": "a"}), edit(OPERATOR, EMPTY, {"title": ("a", "p")}, decision=True))

    assert after(decided, edit("directus", EMPTY, {"title": ("z", "b")})).value("title") == "p"


def fight(turns: int) -> Entity:
    entity = state({"title": "x"})
    for turn in range(turns):
        origin, change = (("directus", ("x", "y")), ("medusa", ("y", "x")))[turn % 2]
        entity = after(entity, edit(origin, entity, {"title": change}, context=entity.vector))
    return entity


def test_automations_that_rewrite_each_other_are_stopped_and_the_field_waits_for_a_person() -> None:
    assert not fight(DEPTH_MAX).cells["title"].frozen
    entity = fight(DEPTH_MAX + 3)

    assert entity.cells["title"].frozen
    assert merged(entity, edit("medusa", entity, {"title": ("y", "new")}, context=entity.vector)).conflicts


def test_a_person_who_toggles_a_value_at_one_system_is_no_fight() -> None:
    entity = state({"title": "x"})
    for turn in range(3 * DEPTH_MAX):
        entity = after(entity, edit("medusa", entity, {"title": ("xy"[turn % 2], "yx"[turn % 2])}))

    assert not entity.cells["title"].frozen


DELETE = {EXISTENCE: (True, False)}


def test_a_delete_by_one_who_saw_everything_takes_effect() -> None:
    entity = state({"title": "a"})

    assert not after(entity, edit("strapi", entity, DELETE, context=entity.vector)).exists


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_update_beats_a_concurrent_delete_whichever_came_first(order: tuple[int, int]) -> None:
    entity = state({"title": "a"})
    both = (
        edit("strapi", entity, DELETE, context=entity.vector),
        edit("directus", entity, {"title": ("a", "b")}, context=entity.vector),
    )
    result = after(entity, *(both[index] for index in order))

    assert result.exists
    assert result.value("title") == "b"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_delete_that_lost_is_kept_as_a_conflict(order: tuple[int, int]) -> None:
    entity = state({"title": "a"})
    both = (
        edit("strapi", entity, DELETE, context=entity.vector),
        edit("directus", entity, {"title": ("a", "b")}, context=entity.vector),
    )
    first, second = (both[index] for index in order)
    (conflict,) = merged(after(entity, first), second).conflicts

    assert (conflict.key, conflict.winner, conflict.loser) == (EXISTENCE, True, False)
    assert conflict.loser_dot == both[0].dot


def test_a_decision_brings_back_what_was_deleted_only_if_it_says_so() -> None:
    entity = state({"title": "a"})
    gone = after(entity, edit("strapi", entity, DELETE, context=entity.vector))

    assert not after(gone, edit(OPERATOR, gone, {"title": ("a", "b")}, decision=True)).exists
    assert after(gone, edit(OPERATOR, gone, {EXISTENCE: (False, True)}, decision=True)).exists
