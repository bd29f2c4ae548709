"""`revert` shows what it would do, asks, and says how to take it back."""

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def before(changed: Desk) -> int:
    """The position before that."""
    return changed.head() - 2


def titles(desk: Desk) -> list[str]:
    told = [desk.say("show", f"product:mug-{number}", "--json").json for number in (1, 2, 3)]
    return [next(each["value"] for each in one["fields"] if each["key"] == "title") for one in told]


def test_a_dry_run_shows_the_difference_and_changes_nothing(changed: Desk, before: int) -> None:
    shown = changed.say("revert", "--since", str(before), "--dry-run")
    told = changed.say("revert", "--since", str(before), "--dry-run", "--json").json

    assert '"Cup"' in shown.out
    assert '"Mug 2"' in shown.out
    assert "2 changed" in shown.out
    assert (told["done"], told["kinds"], len(told["shown"])) == (False, {"changed": 2}, 2)
    assert {each["name"]: each["changes"] for each in told["shown"]} == {
        f"handle mug-{number}": {"title": ["Cup", f"Mug {number}"]} for number in (2, 3)
    }
    assert titles(changed) == ["Mug 1", "Cup", "Cup"]


def test_it_is_done_when_it_was_agreed_to_and_says_how_to_undo_it(changed: Desk, before: int) -> None:
    done = changed.say("--by", "ann", "revert", "--since", str(before), "--yes", "--json").json
    after = titles(changed)
    undone = changed.say(*done["undo"].split()[1:], "--yes")

    assert (done["done"], done["kinds"]) == (True, {"changed": 2})
    assert done["undo"] == f"replicator revert --since {before + 2}..{before + 4} --origin operator"
    assert after == ["Mug 1", "Mug 2", "Mug 3"]
    assert "put back" in undone.out
    assert titles(changed) == ["Mug 1", "Cup", "Cup"]
    assert {each["author"] for each in changed.say("events", "--origin", "operator", "--json").json["events"]} >= {
        "ann"
    }


def test_the_last_change_of_an_entity_is_undone_and_done_again(changed: Desk) -> None:
    changed.say("revert", "product:mug-2", "--yes")
    once = titles(changed)
    changed.say("revert", "product:mug-2", "--yes")

    assert (once, titles(changed)) == (["Mug 1", "Mug 2", "Cup"], ["Mug 1", "Cup", "Cup"])


def test_what_a_system_changed_is_put_back(changed: Desk, before: int) -> None:
    told = changed.say("revert", "--origin", "feed", "--type", "product", "--dry-run", "--json").json
    point = f"{before}..{before + 1}"
    since = changed.say("revert", "--origin", "feed", "--since", point, "--dry-run", "--json").json

    assert list(told["kinds"]) == ["deleted"]  # the feed has made them all
    assert told["kinds"]["deleted"] >= 6  # three products with their variants
    assert (since["kinds"], since["until"]) == ({"changed": 1}, before + 1)


def test_nothing_to_put_back_is_said_and_not_asked_about(changed: Desk, before: int) -> None:
    said = changed.say("revert", "--since", str(before + 2))

    assert said.code == 0
    assert "nothing was changed" in said.out


def test_where_nobody_can_be_asked_nothing_is_done(changed: Desk, before: int) -> None:
    said = changed.say("revert", "--since", str(before))
    as_json = changed.say("revert", "--since", str(before), "--json")

    assert (said.code, as_json.code) == (2, 2)
    assert "--yes" in said.err
    assert titles(changed) == ["Mug 1", "Cup", "Cup"]


@pytest.mark.parametrize(
    "words",
    [(), ("--type", "product"), ("--type", "mug", "--since", "1"), ("--since", "soon"), ("--since", "1..9999")],
)
def test_what_is_to_be_put_back_must_be_said(changed: Desk, words: tuple[str, ...]) -> None:
    assert changed.say("revert", *words, "--dry-run").code == 2
