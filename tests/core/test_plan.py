"""Planning: what a system is due, and the intent that is recorded before the call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replicator.core.entity import Entity
from replicator.core.plan import given_up, intend, plan
from replicator.core.replica import Doing, Replica
from replicator.core.vector import Dot
from tests.core.cases import NOW, intent, row, state, view

HELD = {"title": "A", "body": "b"}
DELETED = replace(state(HELD), deleted=Dot("medusa", 1))


def test_nothing_is_written_where_all_was_asked_for_already() -> None:
    assert plan(state(HELD), row(HELD), view()) is None


def test_a_system_that_gives_values_back_in_another_form_is_not_written_for_ever() -> None:
    lowered = row({"title": "a", "body": "b"}, asked=HELD)

    assert plan(state(HELD), lowered, view(lowers=True)) is None


def test_an_update_writes_only_what_differs_from_what_was_asked() -> None:
    planned = plan(state(HELD), row({"title": "A", "body": "old"}), view())
    assert planned is not None

    assert (planned.doing, planned.fields, planned.whole) == (Doing.UPDATE, {"body": "b"}, HELD)


def test_a_record_that_is_not_there_is_made_whole() -> None:
    planned = plan(state(HELD), row(None), view())
    assert planned is not None

    assert (planned.doing, planned.fields, planned.whole) == (Doing.CREATE, HELD, HELD)


def test_a_deleted_entity_is_deleted_where_it_is_and_not_made_where_it_is_not() -> None:
    planned = plan(DELETED, row(HELD), view())
    assert planned is not None

    assert (planned.doing, planned.fields) == (Doing.DELETE, {})
    assert plan(DELETED, row(None), view()) is None


@pytest.mark.parametrize(
    ("entity", "replica", "feed"),
    [
        (state(HELD), row({"title": "old", "body": "b"}, held="a person has to look"), False),
        (state(HELD), row({"title": "old", "body": "b"}), True),
        (DELETED, row(HELD), True),
        (Entity(type="thing", id="e2"), row(None), False),
    ],
)
def test_what_is_held_what_is_only_read_and_what_never_was_is_not_written(
    entity: Entity, replica: Replica, *, feed: bool
) -> None:
    assert plan(entity, replica, view(feed=feed)) is None


def test_a_system_that_does_not_delete_is_not_asked_to() -> None:
    assert plan(DELETED, row(HELD), replace(view(), deletes=False)) is None


def test_what_a_system_cannot_make_is_not_due_where_it_is_not() -> None:
    changes_only = replace(view(), creates=False)
    planned = plan(state(HELD), row({"title": "old", "body": "b"}), changes_only)
    assert planned is not None

    assert plan(state(HELD), row(None), changes_only) is None
    assert (planned.doing, planned.fields) == (Doing.UPDATE, {"title": "A"})


def test_the_intent_says_all_that_is_needed_if_nobody_comes_back() -> None:
    planned = plan(state(HELD), row({"title": "A", "body": "old"}), view())
    assert planned is not None
    intended = intend(row(HELD), planned, sync_id="w2", deadline=NOW + 30).intent
    assert intended is not None

    assert (intended.sync_id, intended.doing, intended.asked) == ("w2", Doing.UPDATE, {"body": "b"})
    assert (intended.vector, intended.deadline) == ({"medusa": 1}, NOW + 30)


def test_a_retry_of_the_same_write_keeps_its_sync_id_and_another_write_gets_a_new_one() -> None:
    tried = row({"title": "A", "body": "old"}, intent=intent("w2", {"body": "b"}))
    again = plan(state(HELD), tried, view())
    other = plan(state({"title": "A", "body": "c"}), tried, view())
    assert again is not None
    assert other is not None

    kept, new = (intend(tried, each, sync_id="w3", deadline=NOW + 30).intent for each in (again, other))
    assert kept is not None
    assert new is not None
    assert (kept.sync_id, kept.deadline, kept.over) == ("w2", NOW + 30, False)
    assert new.sync_id == "w3"


def test_a_write_that_certainly_did_not_land_is_forgotten_and_one_that_may_is_waited_for() -> None:
    tried = row(HELD, intent=intent("w2", {"body": "b"}, deadline=NOW + 30))
    waited = given_up(tried, until=NOW + 20)

    assert given_up(tried, until=None).intent is None
    assert waited.under_way(NOW + 19)
    assert not waited.under_way(NOW + 20)
    assert waited.intent is not None
    assert waited.intent.over
    assert given_up(row(HELD), until=NOW).intent is None
