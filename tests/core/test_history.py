"""Goal: an edit that no read could show is an event all the same, where its system keeps a history of its own."""

from __future__ import annotations

from dataclasses import replace

from replicator.core.document import Document
from replicator.core.dossier import Dossier, Judgement, Rules, Stamp, observe
from replicator.core.entity import Entity
from replicator.core.gate import confirmed
from replicator.core.history import Entry
from replicator.core.observation import Observation
from replicator.core.outcome import Outcome
from replicator.core.plan import intend
from replicator.core.schema import Field, Policy, entity_type
from replicator.core.view import Refusal, View

FIELDS = ("title", "body")
KIND = entity_type("thing", [Field(name=name, order=("shop", "cms")) for name in FIELDS])
RULES = Rules(
    schema=KIND,
    views={
        name: View(system=name, schema=KIND, reads=frozenset(FIELDS), writes=frozenset(FIELDS))
        for name in ("cms", "shop")
    },
)


def entry(number: int, author: str | None = "somebody", **fields: str) -> Entry:
    return Entry(number=number, fields=fields, ours=author is None, author=author, event_id=f"h{number}", clock=number)


class Story:
    """One thing at two systems, of which `cms` keeps a history."""

    def __init__(self) -> None:
        self.dossier = Dossier(entity=Entity(type="thing", id="e"))
        self.serial = 0

    def read(self, system: str, *history: Entry, **fields: str) -> Judgement:
        self.serial += 1
        observation = Observation(
            remote_id=f"{system}-1", fields={"title": "T", "body": "B", **fields}, version=self.serial, history=history
        )
        stamp = Stamp(now=float(self.serial), clock=100 + self.serial, event_id=f"r{self.serial}")
        judged = observe(self.dossier, RULES, system, observation, stamp)
        self.dossier = judged.dossier
        return judged

    def write(self, system: str) -> Document:
        """What is due there is written, and the write lands."""
        planned = self.dossier.due(RULES)[system]
        row = intend(self.dossier.replica(system), planned, sync_id="w", deadline=0)
        self.dossier = self.dossier.with_replica(replace(confirmed(row, RULES.views[system]), remote_id=f"{system}-1"))
        return planned.fields

    def started(self) -> Story:
        self.read("cms", entry(1, title="T", body="B"))
        self.write("shop")
        return self


def test_what_stood_there_before_we_looked_for_the_first_time_is_no_news() -> None:
    judged = Story().read("cms", entry(1, title="earlier"), entry(2, title="T"))

    assert judged.told == ()


def test_an_edit_under_a_later_edit_is_an_event_of_its_own_before_it() -> None:
    judged = Story().started().read("cms", entry(1), entry(2, "ada", title="A"), entry(3, "bo", title="Z"), title="Z")

    (told,) = judged.told
    assert (told.draft.author, told.draft.entry, told.draft.changes["title"].after) == ("ada", "2", "A")
    assert judged.draft is not None
    assert judged.draft.n == told.draft.n + 1
    assert judged.dossier.entity.value("title") == "Z"
    assert (judged.conflicts, told.conflicts) == ((), ())


def test_of_a_record_that_we_made_all_since_our_write_is_news() -> None:
    story = Story()
    story.read("shop")
    story.write("cms")
    story.read("cms")  # the answer to that
    ours = replace(entry(7, None, title="T", body="B"), version=story.serial)
    judged = story.read("cms", ours, entry(8, "ada", title="A"), entry(9, "bo", title="Z"), title="Z")

    assert [(each.draft.author, each.draft.changes["title"].after) for each in judged.told] == [("ada", "A")]
    assert judged.dossier.entity.value("title") == "Z"


def test_an_edit_under_our_write_is_concurrent_with_it_and_kept_as_a_conflict() -> None:
    story = Story().started()
    story.read("shop", title="from the shop")
    story.write("cms")
    judged = story.read(
        "cms", entry(1), entry(2, "ada", title="A"), entry(3, None, title="from the shop"), title="from the shop"
    )

    (told,) = judged.told
    (conflict,) = told.conflicts
    assert (judged.outcome, judged.draft) == (Outcome.EVENT, None)
    assert (conflict.winner, conflict.loser) == ("from the shop", "A")
    assert story.dossier.due(RULES) == {}


def test_what_two_people_typed_under_our_write_knew_nothing_of_it() -> None:
    story = Story().started()
    story.read("shop", title="from the shop")
    story.write("cms")
    history = entry(2, "ada", title="A"), entry(3, "bo", title="Z"), entry(4, None, title="from the shop")
    judged = story.read("cms", entry(1), *history, title="from the shop")

    assert [[each.loser for each in told.conflicts] for told in judged.told] == [["A"], ["Z"]]
    assert judged.dossier.entity.value("title") == "from the shop"


def test_what_was_taken_back_before_we_looked_stays_taken_back() -> None:
    story = Story().started()
    judged = story.read("cms", entry(1), entry(2, "ada", title="A"), entry(3, "ada", title="T"), title="T")

    assert [each.draft.changes["title"].after for each in judged.told] == ["A"]
    assert judged.draft is not None
    assert (judged.draft.changes["title"].before, judged.draft.changes["title"].after) == ("A", "T")
    assert story.dossier.due(RULES) == {}


def test_an_answer_that_shows_more_than_we_wrote_is_read_again_with_its_history() -> None:
    story = Story().started()
    story.read("shop", title="from the shop")
    story.write("cms")
    answer = Observation(remote_id="cms-1", fields={"title": "from the shop", "body": "C"}, version=9, began=None)
    stamp = Stamp(now=9.0, clock=9, event_id="r9")
    judged = observe(story.dossier, RULES, "cms", answer, stamp)
    assert (judged.outcome, judged.dossier) == (Outcome.STALE, story.dossier)

    history = entry(2, "ada", body="B2"), entry(3, "ada", body="C"), entry(4, None, title="from the shop")
    judged = story.read("cms", entry(1), *history, title="from the shop", body="C")
    assert [each.draft.changes["body"].after for each in judged.told] == ["B2"]
    assert judged.dossier.entity.value("body") == "C"


def test_where_the_policy_prefers_it_an_edit_under_our_write_comes_back() -> None:
    story = Story().started()
    story.read("cms", entry(1), entry(2, "ada", body="B2"), body="B2")
    story.write("shop")
    story.read("shop", title="first", body="B2")
    story.write("cms")
    story.dossier = replace(story.dossier)
    judged = observe_with(story, Policy.LATEST, entry(3, "ada", title="A"), entry(4, None, title="first"))

    assert [each.draft.author for each in judged.told] == ["ada"]
    assert {judged.dossier.entity.value("title"), judged.told[0].conflicts[0].loser} == {"A", "first"}


def observe_with(story: Story, policy: Policy, *history: Entry) -> Judgement:
    kind = entity_type("thing", [Field(name=name, policy=policy) for name in FIELDS])
    views = {name: replace(view, schema=kind) for name, view in RULES.views.items()}
    observation = Observation(remote_id="cms-1", fields={"title": "first", "body": "B2"}, version=99, history=history)
    stamp = Stamp(now=99.0, clock=99, event_id="r99")
    return observe(story.dossier, Rules(schema=kind, views=views), "cms", observation, stamp)


def test_nothing_is_told_twice() -> None:
    story = Story().started()
    history = (entry(1), entry(2, "ada", title="A"), entry(3, "bo", title="Z"))
    story.read("cms", *history, title="Z")
    again = story.read("cms", *history, title="Z")

    assert (again.told, again.draft, again.outcome) == ((), None, Outcome.ECHO)


def test_what_was_shown_without_its_history_is_not_told_by_it_later() -> None:
    story = Story().started()
    shown = Observation(remote_id="cms-1", fields={"title": "Z", "body": "B"}, version=50, began=0, at=0.0)
    story.dossier = observe(story.dossier, RULES, "cms", shown, Stamp(now=9.0, clock=9, event_id="r9")).dossier
    history = entry(2, "ada", title="A"), replace(entry(3, "bo", title="Z"), version=50), entry(4, "bo", body="C")
    judged = story.read("cms", entry(1), *history, title="Z", body="C")

    assert judged.told == ()
    assert judged.draft is not None
    assert set(judged.draft.changes) == {"body"}


def test_a_restored_dump_tells_nothing_of_what_was_in_it() -> None:
    story = Story().started()
    shown = Observation(remote_id="cms-1", fields={"title": "Z", "body": "B"}, version=50, began=0, at=0.0)
    story.dossier = observe(story.dossier, RULES, "cms", shown, Stamp(now=9.0, clock=9, event_id="r9")).dossier
    restored = replace(
        shown,
        version=40,
        began=None,
        history=(entry(1), entry(2, "ada", title="A"), replace(entry(3, "bo", title="Z"), version=40)),
    )
    judged = observe(story.dossier, RULES, "cms", restored, Stamp(now=10.0, clock=10, event_id="r10"))

    assert (judged.told, judged.draft) == ((), None)


def test_a_field_that_may_not_be_changed_there_tells_nothing() -> None:
    story = Story().started()
    view = replace(RULES.views["cms"], refuses={"title": Refusal.REVERT})
    rules = Rules(schema=KIND, views={**RULES.views, "cms": view})
    observation = Observation(
        remote_id="cms-1",
        fields={"title": "T", "body": "B"},
        version=9,
        history=(entry(1), entry(2, "ada", title="A"), entry(3, "ada", title="T")),
    )
    judged = observe(story.dossier, rules, "cms", observation, Stamp(now=9.0, clock=9, event_id="r9"))

    assert judged.told == ()
