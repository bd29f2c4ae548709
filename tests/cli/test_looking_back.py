"""`events` and `show` tell of the past as well as of the present: who, when, with what effect."""

import pytest

from replicator.cli import edge
from tests.cli.desk import Desk


def title(desk: Desk, *words: str) -> object:
    told = desk.say("show", "product:mug-2", *words, "--json").json
    return next(each["value"] for each in told["fields"] if each["key"] == "title")


def test_an_entity_is_shown_as_it_was(changed: Desk) -> None:
    before = changed.head() - 2
    moment = changed.say("events", "--json").json["events"][-3]["recorded"]

    assert title(changed) == "Cup"
    assert title(changed, "--as-of", str(before)) == "Mug 2"
    assert title(changed, "--as-of", moment) == "Mug 2"
    assert f"as of position {before}" in changed.say("show", "product:mug-2", "--as-of", str(before)).out


def test_what_was_not_there_yet_is_said_to_be_so(changed: Desk) -> None:
    said = changed.say("show", "product:mug-2", "--as-of", "0", "--json")

    assert (said.code, said.json["error"]["code"]) == (1, "unknown_entity")
    assert "was not there yet" in said.err


def test_events_can_be_asked_for_since_a_time(changed: Desk) -> None:
    before = changed.head() - 2
    first_pull = changed.say("events", "--json").json["events"][-3]["recorded"]
    since = changed.say("events", "--after", first_pull, "--json").json["events"]

    assert [each["position"] for each in since] == [before + 1, before + 2]
    assert changed.say("events", "--after", "tomorrow").code == 2


def test_who_it_was_is_on_the_line(changed: Desk) -> None:
    changed.say("--by", "ann", "revert", "product:mug-2", "--yes")

    assert 'by ann: title: "Cup" → "Mug 2"' in changed.say("events").out


@pytest.mark.parametrize(("typed", "code", "value"), [("y\n", 0, "Mug 2"), ("n\n", 1, "Cup")])
def test_whoever_is_there_is_asked(
    changed: Desk, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, value: str
) -> None:
    monkeypatch.setattr(edge, "_somebody_is_there", lambda: True)

    said = changed.say("revert", "product:mug-2", given=typed)

    assert (said.code, title(changed)) == (code, value)
    assert "Put this back (1 changed)? [y/N]" in said.out
