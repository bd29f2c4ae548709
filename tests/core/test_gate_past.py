"""The gate, when something from before comes back: dumps, undos, old copies. The record is that of `test_gate`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replicator.core.document import Document, Value
from replicator.core.outcome import Outcome
from replicator.core.replica import Past, Seen, Signed
from tests.core.cases import changes, judged, marker, row, rules, seen, state, view

KNOWN: Document = {"title": "a", "body": "b"}
ENTITY = state(KNOWN)
ROW = row(KNOWN)
PLAIN = view()
OLD: Document = {"title": "old", "body": "b"}
OLD_SEEN = Seen(digest="", vector={"strapi": 1}, version=3)
OLD_SIGNED = Signed(sync_id="w0", known=OLD, asked={"title": "OLD", "body": "b"}, vector={"strapi": 1})


@pytest.mark.parametrize("signed", [None, "w0", "w1"])
@pytest.mark.parametrize("past", [Past(), Past(seen=OLD_SEEN)])
def test_an_older_version_is_a_restored_dump_whatever_marker_is_on_it(signed: str | None, past: Past) -> None:
    dump = seen(OLD, version=3, marker=marker(signed) if signed else None)
    judgement, after = judged(ENTITY, ROW, PLAIN, dump, past)

    assert (judgement.outcome, judgement.draft) == (Outcome.REGRESSION, None)
    assert (after.known, after.asked) == (OLD, OLD)
    assert after.vector == (past.seen.vector if past.seen else {})


def test_a_restored_dump_is_put_right_and_nobody_else_hears_of_it() -> None:
    judgement, _ = judged(ENTITY, ROW, PLAIN, seen(OLD, version=3))
    (planned,) = judgement.dossier.due(rules(PLAIN)).values()

    assert planned.fields == {"title": "a"}


def test_after_a_restored_dump_its_own_versions_count() -> None:
    _, restored = judged(ENTITY, ROW, PLAIN, seen(OLD, version=3))
    judgement, _ = judged(ENTITY, restored, PLAIN, seen({"title": "new", "body": "b"}, version=4))

    assert changes(judgement) == {"title": ("old", "new")}


def test_of_a_dump_with_an_older_marker_and_no_newer_version_the_state_that_was_seen_is_the_base() -> None:
    judgement, _ = judged(
        ENTITY, ROW, PLAIN, seen(OLD, version=5, marker=marker("w0")), Past(seen=OLD_SEEN, signed=OLD_SIGNED)
    )

    assert judgement.outcome is Outcome.REGRESSION


def test_a_person_s_undo_is_an_edit() -> None:
    undone = seen(OLD, version=6, marker=marker("w1"))
    judgement, _ = judged(ENTITY, ROW, PLAIN, undone, Past(seen=OLD_SEEN))

    assert changes(judgement) == {"title": ("a", "old")}


def test_an_undo_that_brings_an_old_marker_back_is_an_edit_too() -> None:
    undone = seen(OLD, version=6, marker=marker("w0"))
    judgement, _ = judged(ENTITY, ROW, PLAIN, undone, Past(seen=OLD_SEEN, signed=OLD_SIGNED))

    assert changes(judgement) == {"title": ("a", "old")}


def test_an_edit_after_an_undo_that_brought_an_old_marker_back_is_that_edit_alone() -> None:
    undone = {"title": "older", "body": "b"}
    bearing = seen(undone, version=6, marker=marker("w0"))
    _, after = judged(ENTITY, ROW, PLAIN, bearing, Past(seen=OLD_SEEN, signed=OLD_SIGNED))
    typed = seen({**undone, "body": "typed"}, version=7, marker=marker("w0"))
    judgement, _ = judged(ENTITY, after, PLAIN, typed, Past(signed=OLD_SIGNED))

    assert changes(judgement) == {"body": ("b", "typed")}


def test_of_an_old_copy_that_somebody_saves_again_only_what_they_changed_is_an_edit() -> None:
    saved = seen({"title": "old", "body": "typed"}, version=6, marker=marker("w0"))
    judgement, after = judged(ENTITY, ROW, PLAIN, saved, Past(signed=OLD_SIGNED))
    assert judgement.draft is not None

    assert changes(judgement) == {"body": ("b", "typed")}
    assert judgement.draft.context == {"strapi": 1}
    assert after.asked == {"title": "OLD", "body": "typed"}


def test_a_dump_in_which_a_price_was_not_there_is_found_although_it_is_known_as_null_since() -> None:
    priced = view(fields=("title", "price"))
    usd: Value = {"amount": "5", "currency": "usd"}
    gone = row({"title": "a", "price@usd": None})
    there, _ = judged(state({"title": "a"}), row({"title": "b"}), priced, seen({"title": "b", "price@usd": usd}))
    here, _ = judged(state({"title": "a"}), gone, priced, seen({"title": "a"}))
    before, _ = judged(state({"title": "a"}), row({"title": "a"}), priced, seen({"title": "a"}))
    assert here.seen is not None
    assert before.seen is not None
    assert there.seen is not None

    assert here.seen.digest == before.seen.digest != there.seen.digest


def test_a_version_a_little_older_is_an_edit_where_times_are_set_before_the_commit() -> None:
    """Of two writers at once the later to commit may carry the earlier time: what it wrote was never seen."""
    skewed = replace(PLAIN, version_skew=5)
    typed: Document = {"title": "typed", "body": "b"}

    judgement, _ = judged(ENTITY, ROW, skewed, seen(typed, version=ROW.version - 1, marker=marker("w1")))
    assert (judgement.outcome, changes(judgement)) == (Outcome.EVENT, {"title": ("a", "typed")})

    judgement, _ = judged(ENTITY, ROW, skewed, seen(OLD, version=ROW.version - 1), Past(seen=OLD_SEEN))
    assert judgement.outcome is Outcome.REGRESSION
