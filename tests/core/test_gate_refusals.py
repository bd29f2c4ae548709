"""The gate, when something may not be, is gone, or is not to be believed. The record is that of `test_gate`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replicator.core.document import Document
from replicator.core.dossier import Dossier
from replicator.core.entity import Entity
from replicator.core.event import EXISTENCE
from replicator.core.gate import TURNS_MAX
from replicator.core.outcome import Outcome
from replicator.core.replica import Doing, Past, Replica, Seen, Signed
from replicator.core.vector import Dot
from replicator.core.view import Refusal
from tests.core.cases import NOW, changes, intent, judged, marker, row, rules, seen, state, view

KNOWN: Document = {"title": "a", "body": "b"}
THEIRS: Document = {"title": "x", "body": "b"}
ENTITY = state(KNOWN)
DELETED = replace(ENTITY, deleted=Dot("medusa", 2), vector={"medusa": 2})
ROW = row(KNOWN)
GONE = row(None, asked={}, sync_id=None, version=0)
PLAIN = view()
STRICT = view(refuses={"title": Refusal.REVERT})
LENIENT = view(refuses={"title": Refusal.LEAVE})


# ── What may not be changed there ────────────────────────────────────────────────────────────────────────────────────


def test_a_change_that_is_refused_and_reverted_is_no_event_and_is_put_right() -> None:
    judgement, after = judged(ENTITY, ROW, STRICT, seen(THEIRS))
    due = Dossier(entity=ENTITY).with_replica(after).due(rules(STRICT))

    assert (judgement.outcome, judgement.refused, judgement.draft) == (Outcome.REFUSED, {"title": "x"}, None)
    assert due["directus"].fields == {"title": "a"}


def test_a_change_that_is_refused_and_left_alone_is_no_event_and_is_not_written() -> None:
    judgement, after = judged(ENTITY, ROW, LENIENT, seen(THEIRS))

    assert (judgement.outcome, judgement.draft, after.known) == (Outcome.REFUSED, None, THEIRS)
    assert Dossier(entity=ENTITY).with_replica(after).due(rules(LENIENT)) == {}


def test_what_is_left_alone_stays_so_when_a_dump_comes_back() -> None:
    _, left = judged(ENTITY, ROW, LENIENT, seen(THEIRS))
    judgement, after = judged(ENTITY, left, LENIENT, seen(THEIRS, version=2))

    assert judgement.outcome is Outcome.REGRESSION
    assert Dossier(entity=ENTITY).with_replica(after).due(rules(LENIENT)) == {}


def test_of_a_mixed_edit_only_what_is_allowed_is_an_event() -> None:
    judgement, _ = judged(ENTITY, ROW, STRICT, seen({"title": "x", "body": "y"}))

    assert (changes(judgement), judgement.refused) == ({"body": ("b", "y")}, {"title": "x"})


def test_an_automation_that_does_not_give_up_is_left_alone_after_some_turns() -> None:
    after = ROW
    for _ in range(TURNS_MAX + 1):
        _, after = judged(ENTITY, replace(after, known=KNOWN, asked=KNOWN), STRICT, seen(THEIRS))

    assert Dossier(entity=ENTITY).with_replica(after).due(rules(STRICT)) == {}


def test_another_value_begins_to_be_put_right_anew() -> None:
    tired = replace(ROW, turns={"title=old": TURNS_MAX + 3})
    _, after = judged(ENTITY, tired, STRICT, seen(THEIRS))

    assert list(after.turns.values()) == [1]


# ── What is gone ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_that_is_gone_was_deleted_there() -> None:
    judgement, after = judged(ENTITY, ROW, PLAIN, seen(None))

    assert changes(judgement) == {EXISTENCE: (True, False)}
    assert not judgement.dossier.entity.exists
    assert (after.known, after.asked, after.remote_id, after.version) == (None, {}, None, 0)


@pytest.mark.parametrize(
    ("entity", "replica", "remote_id"),
    [
        pytest.param(ENTITY, GONE, "d1", id="as known"),
        pytest.param(DELETED, ROW, "d1", id="deleted here as well"),
        pytest.param(ENTITY, row(KNOWN, intent=intent("w2", {}, doing=Doing.DELETE)), "d1", id="our deletion landed"),
        pytest.param(ENTITY, ROW, "d0", id="a record it had there before"),
    ],
)
def test_an_absence_that_is_no_news_is_an_echo(entity: Entity, replica: Replica, remote_id: str) -> None:
    judgement, _ = judged(entity, replica, PLAIN, seen(None, remote_id=remote_id))

    assert (judgement.outcome, judgement.draft) == (Outcome.ECHO, None)


def test_after_our_deletion_nothing_is_known_there_and_a_hint_of_an_older_record_changes_nothing() -> None:
    deleting = row(KNOWN, intent=intent("w2", {}, doing=Doing.DELETE))

    assert not judged(ENTITY, deleting, PLAIN, seen(None))[1].present
    assert judged(ENTITY, ROW, PLAIN, seen(None, remote_id="d0"))[1] == ROW


def test_a_deletion_where_records_may_not_be_deleted_is_refused_and_the_record_is_made_again() -> None:
    keeps = view(accepts_deletes=False)
    judgement, after = judged(ENTITY, ROW, keeps, seen(None))

    assert (judgement.outcome, judgement.refused) == (Outcome.REFUSED, {EXISTENCE: False})
    assert Dossier(entity=ENTITY).with_replica(after).due(rules(keeps))["directus"].doing is Doing.CREATE


# ── What is not to be believed ───────────────────────────────────────────────────────────────────────────────────────


def test_an_absence_in_doubt_is_held_and_nothing_is_forgotten() -> None:
    judgement, after = judged(ENTITY, ROW, PLAIN, seen(None, doubt="half of all records are gone"))

    assert (judgement.outcome, judgement.reason, after) == (Outcome.HELD, "half of all records are gone", ROW)


def test_a_return_in_doubt_is_held() -> None:
    judgement, after = judged(DELETED, GONE, PLAIN, seen(KNOWN, doubt="a dump was put back"))

    assert (judgement.outcome, after) == (Outcome.HELD, GONE)


def test_a_row_that_is_held_is_neither_judged_nor_written() -> None:
    held = row(KNOWN, held="its marker is of another installation")
    judgement, after = judged(state(THEIRS), held, PLAIN, seen({"title": "y", "body": "b"}))

    assert (judgement.outcome, after) == (Outcome.HELD, held)
    assert judgement.dossier.due(rules(PLAIN)) == {}


# ── What comes back ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_that_did_not_see_the_deletion_brings_the_entity_back() -> None:
    judgement, _ = judged(DELETED, ROW, PLAIN, seen(THEIRS))

    assert judgement.dossier.entity.exists
    assert changes(judgement) == {EXISTENCE: (False, True), "title": ("a", "x")}


def test_a_feed_does_not_bring_back_what_people_deleted() -> None:
    feed = view(feed=True, marks=False)
    judgement, after = judged(DELETED, row(KNOWN, sync_id=None), feed, seen(THEIRS, marker=None))

    assert (judgement.outcome, judgement.refused) == (Outcome.REFUSED, {EXISTENCE: True})
    assert (judgement.dossier.entity, after.known) == (DELETED, THEIRS)


@pytest.mark.parametrize(
    "past",
    [
        pytest.param(Past(seen=Seen(digest="", vector={"medusa": 1}, version=6)), id="at the version it had"),
        pytest.param(Past(signed=Signed(sync_id="w1", known=KNOWN, asked=KNOWN, vector={})), id="as last seen"),
    ],
)
def test_a_deleted_record_that_a_dump_brings_back_is_deleted_again(past: Past) -> None:
    judgement, after = judged(DELETED, GONE, PLAIN, seen(KNOWN, version=6, marker=marker("w1")), past)

    assert (judgement.outcome, judgement.draft) == (Outcome.REGRESSION, None)
    assert Dossier(entity=DELETED).with_replica(after).due(rules(PLAIN))["directus"].doing is Doing.DELETE


def test_a_create_that_landed_while_we_were_down_is_found_again() -> None:
    making = row(None, sync_id=None, version=0, intent=intent("w2", KNOWN, doing=Doing.CREATE, deadline=NOW))
    judgement, after = judged(ENTITY, making, PLAIN, seen(KNOWN, marker=marker("w2")))

    assert (judgement.outcome, after.remote_id, after.known) == (Outcome.ECHO, "d1", KNOWN)
    assert after.intent is None
