"""Goal: the audit counts what went wrong, and nothing that was right.

Each test tells a history in a few words: who wrote what where.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from replicator.sandbox.audit import Excused, Report, audit
from replicator.sandbox.ledger import Request, current_request
from replicator.sandbox.world import Shown, World

PERSON, REPLICATOR, FEED = "person:ada", "replicator", "feed"
NOTHING = Excused()


class Story:
    """A history of one product, `p`, at some systems: each system's values follow from what was written there."""

    def __init__(self) -> None:
        self.world = World(0)
        self.values: dict[str, dict[str, object]] = {}

    def write(self, account: str, system: str, action: str = "update", **after: object) -> None:
        held = self.values.setdefault(system, {"handle": "p"})
        changes = {name: (held.get(name), value) for name, value in after.items() if held.get(name) != value}
        told = {"system": system, "account": account, "type": "product", "key": "p", "remote_id": f"{system}-1"}
        self.world.ledger.wrote(**told, action=action, changes=changes)
        held.update(after)
        if action == "delete":
            del self.values[system]

    def look(self, *systems: str) -> None:
        for system in systems:
            self.told(system)

    def told(self, system: str, values: Mapping[str, object] | None = None) -> None:
        ledger, remote_id = self.world.ledger, f"{system}-1"
        ledger.served(system=system, account=REPLICATOR, type="product", remote_id=remote_id, values=values)

    def everywhere(self, **values: object) -> Story:
        """The product as it came to be at three systems, made by a person at the first."""
        self.write(PERSON, "medusa", "create", handle="p", **values)
        self.look("medusa")
        for system in ("directus", "strapi"):
            self.write(REPLICATOR, system, "create", handle="p", **values)
        return self

    def report(self, excused: Excused = NOTHING, more: Mapping[str, list[Shown]] | None = None) -> Report:
        shown = {
            system: [Shown(type="product", key=str(held["handle"]), remote_id=f"{system}-1", fields=dict(held))]
            for system, held in self.values.items()
        }
        return audit(self.world.ledger, {**shown, **(more or {})}, excused)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.loops, report.lost_edits, report.duplicates, report.diverged


def test_an_edit_written_once_to_each_other_system_is_right() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "strapi", title="B")
    story.look("strapi")
    for system in ("medusa", "directus"):
        story.write(REPLICATOR, system, title="B")

    assert counts(story.report()) == (0, 0, 0, 0)


@pytest.mark.parametrize("system", ["directus", "medusa"])
def test_a_second_write_for_an_edit_is_a_loop_and_so_is_an_echo_to_its_author(system: str) -> None:
    story = Story().everywhere(title="A")
    story.write(REPLICATOR, system, title="A")

    assert story.report().loops == 1


def test_every_write_after_the_end_is_a_loop() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "strapi", title="B")
    story.world.ledger.mark("end")
    for system in ("medusa", "directus"):
        story.write(REPLICATOR, system, title="B")

    assert story.report().loops == 2


def test_the_repetition_of_a_write_whose_answer_was_lost_is_excepted() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "strapi", title="B")
    lost = Request(n=0, at=story.world.now(), system="medusa", method="POST", path="/", answered=False)
    token = current_request.set(lost)
    story.write(REPLICATOR, "medusa", title="B")
    current_request.reset(token)
    story.write(REPLICATOR, "medusa", title="B")
    story.write(REPLICATOR, "directus", title="B")

    assert story.report().loops == 0
    story.write(REPLICATOR, "medusa", title="B")
    assert story.report().loops == 1


def test_taking_back_an_edit_that_lost_is_excepted_once() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "medusa", title="refused here")
    story.look("medusa")
    story.write(REPLICATOR, "medusa", title="A")
    excused = Excused.read({"refused": [{"type": "product", "key": "p", "field": "title", "value": "refused here"}]})

    assert counts(story.report(excused)) == (0, 0, 0, 0)
    story.write(REPLICATOR, "medusa", title="A")
    assert story.report(excused).loops == 1


def test_an_emptied_system_may_be_written_once_more() -> None:
    story = Story().everywhere(title="A")
    story.world.ledger.acted("directus", "empty")
    story.write(REPLICATOR, "directus", "create", title="A")

    assert story.report().loops == 0
    story.write(REPLICATOR, "directus", title="A")
    assert story.report().loops == 1


def test_a_feed_pays_for_one_write_per_version_found_by_its_sku() -> None:
    world = World(0)
    told = {"system": "dummyjson", "account": FEED, "remote_id": "7", "action": "create"}
    world.ledger.wrote(**told, type="product", key="feed:7", changes={"title": (None, "A")})
    world.ledger.wrote(**told, type="variant", key="S-7", changes={"sku": (None, "S-7"), "product": (None, "feed:7")})
    ours = {"system": "medusa", "account": REPLICATOR, "action": "create"}
    world.ledger.wrote(**ours, type="product", key="a-2", remote_id="m1", changes={"handle": (None, "a-2")})
    variant = {"sku": (None, "S-7"), "product": (None, "a-2")}
    world.ledger.wrote(**ours, type="variant", key="S-7", remote_id="m2", changes=variant)
    shown = {
        "medusa": [
            Shown(type="product", key="a-2", remote_id="m1"),
            Shown(type="variant", key="S-7", remote_id="m2", fields={"product": "a-2"}),
        ]
    }

    assert counts(audit(world.ledger, shown, NOTHING)) == (0, 0, 0, 0)
    world.ledger.wrote(**{**ours, "action": "update"}, type="product", key="a-2", remote_id="m1", changes={})
    assert audit(world.ledger, shown, NOTHING).loops == 1


def test_an_edit_we_were_shown_and_wrote_over_is_lost() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "directus", title="B")
    story.look("directus")
    story.write(PERSON, "strapi", title="C")
    story.look("strapi")
    for system in ("medusa", "directus"):
        story.write(REPLICATOR, system, title="C")

    assert story.report().lost_edits == 1
    told = {"conflicts": [{"type": "product", "key": "p", "field": "title", "value": "B"}]}
    assert story.report(Excused.read(told)).lost_edits == 0


def test_an_edit_nobody_was_shown_is_not_ours_to_keep() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "directus", title="B")
    story.write(REPLICATOR, "directus", title="C")
    story.look("directus")

    assert story.report().lost_edits == 0


def test_an_edit_told_by_a_history_is_ours_to_keep_though_never_shown() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "directus", title="B")
    story.write(REPLICATOR, "directus", title="C")
    story.told("directus", {"title": "B"})

    assert story.report().lost_edits == 1


def test_a_hook_makes_an_edit_ours_only_if_it_carried_the_value() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "directus", title="B")
    story.write(REPLICATOR, "directus", title="C")
    story.world.ledger.reported(system="directus", type="product", remote_id="directus-1")
    unknown = story.report().lost_edits
    story.world.ledger.reported(system="directus", type="product", remote_id="directus-1", values={"title": "B"})

    assert (unknown, story.report().lost_edits) == (0, 1)


def test_an_edit_replaced_by_a_person_who_saw_it_is_not_lost() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "directus", title="B")
    story.look("directus")
    for system in ("medusa", "strapi"):
        story.write(REPLICATOR, system, title="B")
    story.write(PERSON, "medusa", title="C")
    for system in ("directus", "strapi"):
        story.write(REPLICATOR, system, title="C")

    assert counts(story.report()) == (0, 0, 0, 0)


@pytest.mark.parametrize(("account", "lost"), [(PERSON, 0), (REPLICATOR, 1)])
def test_an_edit_goes_with_its_record_only_if_a_person_deleted_that(account: str, lost: int) -> None:
    story = Story().everywhere(title="A")
    story.write(account, "medusa", "delete")
    for system in ("directus", "strapi"):
        story.write(REPLICATOR, system, "delete")

    assert story.report().lost_edits == lost


def test_members_of_a_set_are_kept_one_by_one() -> None:
    story = Story().everywhere(tags=["a"])
    story.write(PERSON, "medusa", tags=["a", "b"])
    story.write(PERSON, "strapi", tags=["c"])
    story.look("medusa", "strapi")
    for system in ("medusa", "directus", "strapi"):
        story.write(REPLICATOR, system, tags=["b", "c"])

    assert counts(story.report()) == (0, 0, 0, 0)
    story.write(REPLICATOR, "medusa", tags=["a", "c"])  # what was added at medusa is gone
    story.write(REPLICATOR, "strapi", tags=["a", "c"])  # what was removed at strapi is back
    assert story.report().lost_edits == 2


@pytest.mark.parametrize(
    ("first", "second", "extra"),
    [
        (("p", "A", ["x"]), ("p", "B", ["x"]), 1),  # one key
        (("p", "A", ["x"]), ("p-2", "A", ["x"]), 1),  # one title in one category
        (("p", "A", ["x"]), ("p-2", "A", ["y"]), 0),  # as the catalogue itself has it
    ],
)
def test_a_record_made_twice_is_a_duplicate(
    first: tuple[str, str, list[str]], second: tuple[str, str, list[str]], extra: int
) -> None:
    world, shown = World(0), []
    for index, (handle, title, categories) in enumerate((first, second)):
        fields: dict[str, object] = {"title": title, "categories": categories}
        told = {"system": "medusa", "account": REPLICATOR, "type": "product", "key": handle}
        world.ledger.wrote(**told, remote_id=str(index), action="create", changes={"title": (None, title)})
        shown.append(Shown(type="product", key=handle, remote_id=str(index), fields=fields))

    assert audit(world.ledger, {"medusa": shown}, NOTHING).duplicates == extra


def test_values_that_differ_are_found_unless_left_so_on_purpose() -> None:
    story = Story().everywhere(title="A", brand="X")
    story.write(PERSON, "strapi", title="B")

    assert story.report().diverged == 1
    told = {"frozen": [{"type": "product", "key": "p", "field": "title"}]}
    assert story.report(Excused.read(told)).diverged == 0


def test_a_record_that_one_system_lacks_is_a_difference() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "strapi", "delete")

    assert story.report().diverged == 1


def test_a_renamed_record_is_still_one_record() -> None:
    story = Story().everywhere(title="A")
    story.write(PERSON, "strapi", handle="q")
    story.look("strapi")
    for system in ("medusa", "directus"):
        story.write(REPLICATOR, system, handle="q")

    assert counts(story.report()) == (0, 0, 0, 0)


def test_what_a_system_has_had_from_its_start_may_be_written_to_the_others_once() -> None:
    story = Story()
    story.values["medusa"] = {"handle": "p", "title": "A"}
    story.write(REPLICATOR, "directus", "create", title="A")

    assert story.report().loops == 0
    story.write(REPLICATOR, "directus", title="A")
    assert story.report().loops == 1
