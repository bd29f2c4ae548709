"""A person's decision: it settles what waits, is an event like any other, and what changes nothing is none."""

from dataclasses import replace

from replicator.core.decision import bind, decide
from replicator.core.dossier import Dossier
from replicator.core.event import EXISTENCE, OPERATOR, Act, Rule
from replicator.core.outcome import Outcome
from tests.core.cases import row, rules, seen, stamp, state, view

RULES = rules(view(fields=("title", "note")))


def waiting() -> Dossier:
    entity = state({"title": "a", "note": "n"})
    cells = {
        "title": replace(entity.cells["title"], frozen=True),
        "note": replace(entity.cells["note"], undecided=True),
    }
    return Dossier(entity=replace(entity, cells=cells))


def test_a_decision_settles_a_field_even_if_it_keeps_the_present_value() -> None:
    judgement = decide(waiting(), RULES, {"title": "a", "note": "m"}, stamp(), "as the buyer said")
    entity = judgement.dossier.entity

    assert all(cell.settled for cell in entity.cells.values())
    assert (entity.value("title"), entity.value("note")) == ("a", "m")
    assert entity.vector == {"medusa": 1, OPERATOR: 1}


def test_a_decision_is_an_event_of_the_operator_that_saw_everything() -> None:
    draft = decide(waiting(), RULES, {"note": "m"}, stamp(), "why").draft
    assert draft is not None

    assert (draft.origin, draft.n, draft.note) == (OPERATOR, 1, "why")
    assert draft.context == {"medusa": 1}
    assert draft.changes["note"].rule is Rule.DECISION


def test_a_decision_that_changes_nothing_and_settles_nothing_is_no_event() -> None:
    dossier = Dossier(entity=state({"title": "a"}))
    judgement = decide(dossier, RULES, {"title": "a"}, stamp(), "")

    assert (judgement.outcome, judgement.draft, judgement.dossier) == (Outcome.ECHO, None, dossier)


def test_a_person_can_delete_and_bring_back() -> None:
    dossier = Dossier(entity=state({"title": "a"}))
    gone = decide(dossier, RULES, {EXISTENCE: False}, stamp(), "").dossier
    back = decide(gone, RULES, {EXISTENCE: True}, stamp(), "").dossier

    assert not gone.entity.exists
    assert back.entity.exists
    assert back.entity.value("title") == "a"


def test_a_decision_is_due_where_it_is_not_yet_held() -> None:
    dossier = Dossier(entity=state({"title": "a", "note": "n"})).with_replica(row({"title": "a", "note": "n"}))
    decided = decide(dossier, RULES, {"note": "m"}, stamp(), "").dossier

    assert dossier.due(RULES) == {}
    assert decided.due(RULES)["directus"].fields == {"note": "m"}


def test_that_a_create_of_ours_landed_is_an_event_so_that_the_log_knows_the_remote_id() -> None:
    dossier = Dossier(entity=state({"title": "a"})).with_replica(row({"title": "a"}))
    bound, draft = bind(dossier, "directus", stamp())

    assert (draft.act, draft.remote_id, draft.changes) == (Act.BIND, "d1", {})
    assert bound.entity.vector == {"medusa": 1, "directus": 1}
    assert bound.replica("directus").vector == {"medusa": 1, "directus": 1}
    assert seen({"title": "a"}).remote_id == draft.remote_id
