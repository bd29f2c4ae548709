"""The gate, rule by rule: what one observation of a record means. The world around the record is in `cases`.

The record is that of `directus`; known there is {title: a, body: b} under our marker w1 at version 5, and the row's
newest knowledge has the number 10.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from replicator.core.document import Document
from replicator.core.outcome import Outcome
from replicator.core.replica import Past
from tests.core.cases import NOW, changes, intent, judged, marker, row, seen, state, view

KNOWN: Document = {"title": "a", "body": "b"}
ENTITY = state(KNOWN)
ROW = row(KNOWN)
PLAIN = view()
UNMARKED = view(marks=False)


# ── Echo and edit ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_our_own_write_coming_back_is_an_echo_however_often() -> None:
    first, after = judged(ENTITY, ROW, PLAIN, seen(KNOWN))
    second, again = judged(ENTITY, after, PLAIN, seen(KNOWN))

    assert (first.outcome, second.outcome) == (Outcome.ECHO, Outcome.ECHO)
    assert first.draft is None
    assert again == after


def test_what_differs_from_what_is_known_is_one_edit_with_what_was_there_before() -> None:
    judgement, after = judged(ENTITY, ROW, PLAIN, seen({"title": "x", "body": "y"}))
    assert judgement.draft is not None

    assert judgement.outcome is Outcome.EVENT
    assert changes(judgement) == {"title": ("a", "x"), "body": ("b", "y")}
    assert judgement.draft.context == {"medusa": 1}
    assert judgement.draft.remote_id == "d1"
    assert (after.known, after.asked) == ({"title": "x", "body": "y"}, {"title": "x", "body": "y"})
    assert after.vector == {"medusa": 1, "directus": 1}


def test_null_is_a_value() -> None:
    judgement, _ = judged(ENTITY, ROW, PLAIN, seen({"title": None, "body": "b"}))

    assert changes(judgement) == {"title": ("a", None)}


def test_a_declared_normal_form_of_what_we_asked_is_an_echo_and_is_not_asked_for_again() -> None:
    lowers = view(lowers=True)
    shouting = state({"title": "A", "body": "b"})
    tried = row({"title": "old", "body": "b"}, intent=intent("w2", {"title": "A"}))
    judgement, after = judged(shouting, tried, lowers, seen(KNOWN, marker=marker("w2")))

    assert judgement.outcome is Outcome.ECHO
    assert (after.known, after.asked["title"]) == (KNOWN, "A")


def test_a_coincidence_is_no_event() -> None:
    judgement, after = judged(state({"title": "x", "body": "b"}), ROW, PLAIN, seen({"title": "x", "body": "b"}))

    assert judgement.outcome is Outcome.ECHO
    assert after.asked["title"] == "x"


def test_a_sum_that_happens_to_be_the_same_number_is_still_a_difference() -> None:
    stocked = view(fields=("stock",))
    judgement, _ = judged(state({"stock": 7}), row({"stock": 5}), stocked, seen({"stock": 7}))

    assert changes(judgement) == {"stock": (5, 7)}
    assert judgement.dossier.entity.value("stock") == 9


# ── Shape ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_that_lacks_a_field_is_rejected_and_changes_nothing() -> None:
    judgement, after = judged(ENTITY, ROW, PLAIN, seen({"title": "x"}))

    assert judgement.outcome is Outcome.REJECTED
    assert "body" in judgement.reason
    assert after == ROW


# ── Stale ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_read_that_began_before_our_newest_knowledge_is_stale() -> None:
    judgement, after = judged(ENTITY, ROW, PLAIN, seen({"title": "x", "body": "b"}, began=9))

    assert (judgement.outcome, after) == (Outcome.STALE, ROW)


@pytest.mark.parametrize("over", [False, True])
def test_a_record_that_a_call_of_ours_may_be_writing_is_not_judged(*, over: bool) -> None:
    calling = row(KNOWN, intent=replace(intent("w2", {"title": "x"}, deadline=NOW + 5), over=over))
    judgement, after = judged(ENTITY, calling, PLAIN, seen({"title": None, "body": "b"}))

    assert (judgement.outcome, after) == (Outcome.STALE, calling)


def test_a_read_that_began_before_the_deadline_is_stale_also_after_it() -> None:
    calling = row(KNOWN, intent=intent("w2", {"title": "x"}, deadline=NOW))
    early, _ = judged(ENTITY, calling, PLAIN, seen({"title": None, "body": "b"}, at=NOW - 1))
    late, _ = judged(ENTITY, calling, PLAIN, seen(KNOWN, at=NOW))

    assert (early.outcome, late.outcome) == (Outcome.STALE, Outcome.ECHO)


def test_the_answer_to_our_own_call_is_never_stale() -> None:
    judgement, _ = judged(ENTITY, ROW, PLAIN, seen({"title": "x", "body": "b"}, began=None, version=1))

    assert changes(judgement) == {"title": ("a", "x")}


# ── A write whose answer was lost ────────────────────────────────────────────────────────────────────────────────────

LOST = row(KNOWN, intent=intent("w2", {"title": "x"}))


def test_a_write_that_landed_while_we_were_down_is_known_by_its_marker() -> None:
    judgement, after = judged(ENTITY, LOST, PLAIN, seen({"title": "x", "body": "b"}, marker=marker("w2")))

    assert judgement.outcome is Outcome.ECHO
    assert (after.sync_id, after.intent, after.asked["title"]) == ("w2", None, "x")
    assert after.vector == {"medusa": 2}


def test_an_edit_on_top_of_a_write_that_landed_unseen_is_an_edit_of_what_we_wrote() -> None:
    judgement, _ = judged(ENTITY, LOST, PLAIN, seen({"title": "y", "body": "b"}, marker=marker("w2")))

    assert changes(judgement) == {"title": ("x", "y")}


def test_a_write_that_landed_is_known_by_who_the_system_says_wrote_it() -> None:
    told = seen({"title": "x", "body": "b"}, marker=None, wrote="w2")
    judgement, after = judged(ENTITY, LOST, UNMARKED, told)

    assert (judgement.outcome, after.sync_id) == (Outcome.ECHO, "w2")


def test_without_markers_a_write_that_landed_is_known_by_its_values() -> None:
    judgement, after = judged(ENTITY, LOST, UNMARKED, seen({"title": "x", "body": "b"}, marker=None))

    assert judgement.outcome is Outcome.ECHO
    assert (after.sync_id, after.intent, after.asked["title"]) == ("w2", None, "x")


def test_without_markers_what_landed_in_part_is_ours_in_part() -> None:
    both = row(KNOWN, intent=intent("w2", {"title": "x", "body": "y"}))
    judgement, _ = judged(ENTITY, both, UNMARKED, seen({"title": "x", "body": "person"}, marker=None))

    assert changes(judgement) == {"body": ("b", "person")}


def test_without_markers_a_write_that_did_not_land_in_time_is_not_expected_any_more() -> None:
    _, after = judged(ENTITY, LOST, UNMARKED, seen(KNOWN, marker=None))
    typed, _ = judged(ENTITY, after, UNMARKED, seen({"title": "x", "body": "b"}, marker=None, version=7))

    assert after.intent is None
    assert changes(typed) == {"title": ("a", "x")}


def test_with_markers_a_person_who_types_what_a_lost_write_asked_for_is_that_person() -> None:
    judgement, after = judged(ENTITY, LOST, PLAIN, seen({"title": "x", "body": "b"}))

    assert changes(judgement) == {"title": ("a", "x")}
    assert after.intent == LOST.intent


def test_the_late_marker_of_an_abandoned_write_makes_its_values_ours() -> None:
    abandoned = Past(abandoned={"title": "x"})
    late = seen({"title": "x", "body": "y"}, marker=marker("w0"))
    judgement, after = judged(ENTITY, ROW, PLAIN, late, abandoned)

    assert changes(judgement) == {"body": ("b", "y")}
    assert after.asked["title"] == "x"
