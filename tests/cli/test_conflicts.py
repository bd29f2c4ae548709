"""`conflicts` lists them, shows one, and decides; what is typed must be a value of that field."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from replicator.core.event import EXISTENCE, Rule
from replicator.core.merge import Conflict
from replicator.core.vector import Dot
from replicator.log import conflicts
from replicator.log.database import Database
from tests.cli.desk import Desk

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def keep(url: str, entity: str, found: list[Conflict]) -> None:
    database = Database(url)
    async with database.unit() as conn:
        await conflicts.add(conn, [(entity, "product", each, entity) for each in found], NOW)
    await database.close()


def conflict(key: str, winner: Any, loser: Any, n: int = 1) -> Conflict:  # noqa: ANN401 - any value
    dots = {"winner_dot": Dot("feed", n), "loser_dot": Dot("cms", 1)}
    return Conflict(key=key, rule=Rule.PREFER, winner=winner, loser=loser, **dots)


@pytest.fixture
def disputed(desk: Desk) -> Desk:
    """A product with conflicts 1 (its title), 2 (its tags), 3 (its weight), 4 (whether it is there)."""
    desk.say("pull", "feed")
    entity = desk.say("show", "product:mug-1", "--json").json["id"]
    found = [
        conflict("title", "Mug 1", "Cup"),
        conflict("tags", [], []),
        conflict("weight", "4", "5"),
        conflict(EXISTENCE, winner=True, loser=False),
        conflict("subtitle", "Old", "Older", n=99),
    ]
    asyncio.run(keep(desk.environment["REPLICATOR_DATABASE_URL"], entity, found))
    return desk


def field(desk: Desk, key: str) -> object:
    told = desk.say("show", "product:mug-1", "--json").json
    return next((each["value"] for each in told["fields"] if each["key"] == key), None)


def test_they_are_listed_with_what_to_say(disputed: Desk) -> None:
    said, told = disputed.say("conflicts"), disputed.say("conflicts", "--json").json

    assert (told["open"], [each["id"] for each in told["conflicts"]]) == (5, [1, 2, 3, 4, 5])
    assert '"Cup"' in said.out
    assert "--keep" in said.out


def test_one_is_shown_with_the_field_as_it_is_now(disputed: Desk) -> None:
    said, told = disputed.say("conflicts", "1"), disputed.say("conflicts", "1", "--json").json

    assert (told["present"], told["since"], told["state"], told["moved"]) == ("Mug 1", "feed 1", "settled", False)
    assert "is now" in said.out


def test_the_value_that_lost_is_taken(disputed: Desk) -> None:
    said = disputed.say("--by", "ann", "conflicts", "1", "--take", "--yes")

    assert 'decided; title is "Cup"' in said.out
    assert field(disputed, "title") == "Cup"
    assert [each["id"] for each in disputed.say("conflicts", "--json").json["conflicts"]] == [2, 3, 4, 5]
    assert disputed.say("events", "--origin", "operator", "--json").json["events"][0]["author"] == "ann"


def test_keeping_what_is_there_takes_no_event(disputed: Desk) -> None:
    done = disputed.say("conflicts", "1", "--keep", "--yes", "--json").json

    assert (done["event"], done["value"], done["settled"]) == (None, "Mug 1", [1])


@pytest.mark.parametrize(
    ("number", "typed", "key", "value"),
    [
        ("1", "1984", "title", "1984"),
        ("1", '"quoted"', "title", "quoted"),
        ("1", "null", "title", None),
        ("3", "4.50", "weight", "4.5"),
    ],
)
def test_another_value_is_typed(disputed: Desk, number: str, typed: str, key: str, value: str | None) -> None:
    said = disputed.say("conflicts", number, "--value", typed, "--yes", "--json")

    assert said.json["value"] == value
    assert field(disputed, key) == value


def test_references_are_named_as_entities_are(disputed: Desk) -> None:
    clay = disputed.say("show", "tag:clay", "--json").json["id"]
    done = disputed.say("conflicts", "2", "--value", '["tag:clay"]', "--yes", "--json").json

    assert done["value"] == [clay]


@pytest.mark.parametrize(("number", "typed"), [("2", '"clay"'), ("2", '["tag:none"]'), ("3", "heavy"), ("4", "maybe")])
def test_what_is_no_value_of_the_field_is_refused(disputed: Desk, number: str, typed: str) -> None:
    said = disputed.say("conflicts", number, "--value", typed, "--yes")

    assert said.code in (1, 2)
    assert len(disputed.say("conflicts", "--json").json["conflicts"]) == 5


def test_a_field_that_has_moved_on_is_not_overwritten_unseen(disputed: Desk) -> None:
    said = disputed.say("conflicts", "5", "--take", "--yes", "--json")

    assert (said.code, said.json["error"]["code"]) == (1, "moved")


@pytest.mark.parametrize("words", [("--keep",), ("1", "--keep", "--take"), ("1", "--keep"), ("99", "--keep", "--yes")])
def test_a_decision_needs_a_number_one_answer_and_somebody_to_ask(disputed: Desk, words: tuple[str, ...]) -> None:
    assert disputed.say("conflicts", *words).code == 2
