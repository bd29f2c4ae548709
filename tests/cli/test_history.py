"""`history` shows what happened to an entity, lane by lane."""

import pytest

from tests.cli.desk import Desk, products


@pytest.fixture
def lived(shop: Desk) -> Desk:
    """A product that was made, renamed, put back and told the same again."""
    shop.say("pull", "feed")
    shop.stock(products(1, 2, 3, title="Cup"))
    shop.say("pull", "feed")
    shop.say("--by", "ann", "revert", "product:mug-1", "--yes")
    return shop


def test_it_tells_who_did_what_where(lived: Desk) -> None:
    told = lived.say("history", "product:mug-1", "--json").json

    assert [(each["kind"], each["system"], each["what"], each["author"]) for each in told["moments"]] == [
        ("event", "feed", "made", None),
        ("event", "feed", "changed", None),
        ("event", "operator", "changed", "ann"),
    ]
    assert [(each["key"], each["before"], each["after"], each["rule"]) for each in told["moments"][1]["fields"]] == [
        ("title", "Mug 1", "Cup", "causal")
    ]
    assert (told["type"], told["whole"]) == ("product", True)


def test_the_picture_has_a_lane_for_every_system(lived: Desk) -> None:
    shown = lived.say("history", "product:mug-1").out.splitlines()

    head, made, changed, back, legend = shown[1:6]
    assert head.split() == ["when", "feed", "operator", "what"]
    assert made.index("●") == changed.index("●")
    assert back.index("●") > made.index("●")
    assert 'changed (listing); title: "Mug 1" → "Cup"' in changed
    assert "changed by ann" in back
    assert "● an event" in legend


def test_only_the_newest_are_shown_and_that_is_said(lived: Desk) -> None:
    told = lived.say("history", "product:mug-1", "--limit", "1", "--json").json
    shown = lived.say("history", "product:mug-1", "--limit", "1").out

    assert ([each["system"] for each in told["moments"]], told["whole"]) == (["operator"], False)
    assert "there is more before this" in shown


def test_what_was_erased_is_shown_as_erased(lived: Desk) -> None:
    lived.stock(products(1, 2, 3, brand="Ann Example"))
    lived.say("pull", "feed")
    lived.stock(products(1, 2, 3))
    lived.say("pull", "feed")
    lived.say("redact", "product:mug-1", "brand", "--reason", "a mistake", "--yes")
    shown = lived.say("history", "product:mug-1").out

    assert "brand: (erased)" in shown
    assert "Ann Example" not in shown
    assert "▒" in shown
