"""The commands on a shop: read a feed, look at what came of it, order what a person orders."""

import pytest

from tests.cli.desk import Desk, products


def test_the_tables_are_made_once_and_named(desk: Desk) -> None:
    first, again = desk.say("db", "upgrade", "--json"), desk.say("db", "upgrade")
    current = desk.say("db", "current", "--json").json

    assert first.json["current"] == first.json["newest"] == current["current"]
    assert "the newest step" in again.out


def test_a_feed_is_pulled_and_a_second_pull_changes_nothing(desk: Desk) -> None:
    first = desk.say("pull", "feed", "--json").json
    again = desk.say("pull", "feed", "--json").json
    desk.stock(products(1, 2, 3, title="Cup"))
    third = desk.say("pull", "feed", "--json").json

    made = 4 * 3 + 3  # products with variant, price and stock; one category, one tag, one place
    assert (first["read"], first["created"], first["updated"], first["errors"]) == (made, made, 0, 0)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, made)
    assert (third["created"], third["updated"], third["unchanged"]) == (0, 3, made - 3)


def test_a_pull_that_cannot_read_says_so_and_fails(desk: Desk) -> None:
    (desk.folder / "products.json").unlink()

    said = desk.say("pull", "feed", "--json")

    assert (said.code, said.json["errors"] > 0) == (1, True)


def test_a_system_that_shows_too_little_is_held_until_released(desk: Desk) -> None:
    desk.stock(products(*range(1, 21)))
    desk.say("pull", "feed")
    desk.stock(products(1))

    held = desk.say("pull", "feed", "--json")
    status = desk.say("status")
    looked_again = desk.say("release", "feed", "--json")
    desk.stock(products(*range(1, 21)))
    mended = desk.say("pull", "feed", "--json")

    assert (held.code, "gone there at once" in held.json["held"]) == (1, True)
    assert "held: feed" in status.out
    assert looked_again.json["order"] == "release"
    assert (mended.code, mended.json["held"], mended.json["deleted"]) == (0, None, 0)


def test_a_feed_cannot_be_matched(desk: Desk) -> None:
    said = desk.say("pull", "feed", "--match")
    alone = desk.say("pull", "feed", "--apply")

    assert (said.code, alone.code) == (2, 2)
    assert "is a feed" in said.err
    assert "say both" in alone.err


def test_what_waits_for_a_decision_is_listed(desk: Desk) -> None:
    none, unsaid = desk.say("match", "--json"), desk.say("match", "feed:tag:1")

    assert none.json["undecided"] == []
    assert (unsaid.code, "--as ENTITY, or --new" in unsaid.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replay", "feed"), "is a feed"),
        (("replay", "cms", "--where", "brand"), "FIELD=VALUE"),
        (("replay", "cms", "--as-of", "yesterday"), "neither a position nor a time"),
        (("verify", "feed"), "is a feed"),
        (("cancel", "cms"), "no replay into cms is under way"),
    ],
)
def test_what_cannot_be_written_or_compared_is_said(shop: Desk, words: tuple[str, ...], told: str) -> None:
    said = shop.say(*words)

    assert said.code == 2
    assert told in said.err


def test_status_lists_every_system(shop: Desk) -> None:
    shop.say("pull", "feed")

    told = shop.say("status", "--json").json
    shown = shop.say("status").out

    feed, cms = told["systems"]
    assert (told["entities"]["product"], feed["state"], feed["records"]["product"]) == (3, "feed", 3)
    assert (cms["state"], cms["due"]) == ("new", 15)
    assert "3 product" in shown
    assert "cms" in shown


def test_events_are_shown_newest_last_and_filtered(desk: Desk) -> None:
    desk.say("pull", "feed")

    newest = desk.say("events", "--limit", "2", "--json").json["events"]
    first = desk.say("events", "--after", "0", "--limit", "1", "--json").json["events"]
    of_one = desk.say("events", "--entity", "product:handle:mug-1", "--json").json["events"]
    tags = desk.say("events", "--type", "tag").out

    assert [each["position"] for each in newest] == [14, 15]
    assert [each["position"] for each in first] == [1]
    assert [each["changes"]["title"]["after"] for each in of_one] == ["Mug 1"]
    assert '"clay"' in tags
    assert desk.say("events", "--type", "mug").code == 2


@pytest.mark.parametrize("name", ["product:handle:mug-2", "product:mug-2", "feed:product:2"])
def test_an_entity_is_shown_by_any_of_its_names(shop: Desk, name: str) -> None:
    shop.say("pull", "feed")

    told = shop.say("show", name, "--json").json
    shown = shop.say("show", name).out

    assert told["keys"] == {"handle": "mug-2"}
    assert [(each["system"], each["state"]) for each in told["systems"]] == [
        ("feed", "as wanted"),
        ("cms", "create is due"),
    ]
    assert '"Mug 2"' in shown


def test_why_tells_where_a_value_came_from_and_why_it_was_not_written(shop: Desk) -> None:
    shop.say("pull", "feed")
    shop.say("pause", "cms")

    told = shop.say("why", "product:mug-1", "title", "--json").json
    shown = shop.say("why", "product:mug-1", "title").out

    assert told["value"] == "Mug 1"
    assert [each["step"] for each in told["chain"]] == ["observation", "verdict", "event", "rule"]
    assert "found by listing feed" in shown
    assert "cms has no record of it" in shown
    assert "cms is paused: `replicator resume`" in shown


def test_what_is_not_known_is_an_error_with_what_to_say(desk: Desk) -> None:
    said = desk.say("show", "product:nothing", "--json")

    assert (said.code, said.json["error"]["code"]) == (1, "unknown_entity")
    assert "TYPE:FIELD:VALUE" in said.err


def test_nothing_waits_for_a_person_in_a_quiet_shop(desk: Desk) -> None:
    conflicts, dead = desk.say("conflicts"), desk.say("dead")

    assert "no conflict is open" in conflicts.out
    assert "nothing was given up" in dead.out
    assert desk.say("conflicts", "--json").json == {"open": 0, "conflicts": []}


def test_retry_wants_to_be_told_what(desk: Desk) -> None:
    assert desk.say("retry").code == 2
    assert desk.say("retry", "--all", "--json").json == {"retried": 0}


def test_a_system_is_paused_and_resumed(shop: Desk) -> None:
    paused = shop.say("pause", "cms", "--json").json
    state = shop.say("status", "--json").json["systems"][1]["state"]
    resumed = shop.say("resume", "cms").out

    assert (paused["order"], state) == ("pause", "paused")
    assert "written to again" in resumed


def test_release_takes_one_answer_at_a_time(desk: Desk) -> None:
    both = desk.say("release", "feed", "--believe", "--rebuild")
    unmatched = desk.say("release", "feed", "--accept", "another-installation")

    assert (both.code, unmatched.code) == (2, 2)
    assert "not matched yet" in unmatched.err


def test_doctor_finds_nothing_wrong_with_a_feed(desk: Desk) -> None:
    desk.say("db", "upgrade")

    said = desk.say("doctor", "--json")

    assert said.code == 0
    assert {each["level"] for each in said.json["findings"]} == {"ok"}


def test_doctor_names_what_does_not_answer_and_what_mends_it(shop: Desk) -> None:
    said = shop.say("doctor", "--json")

    (wrong,) = [each for each in said.json["findings"] if each["level"] == "error"]
    assert (said.code, wrong["subject"]) == (1, "cms")
    assert "systems.cms.url" in wrong["mend"]


def test_doctor_finds_mistakes_in_the_settings_and_a_database_that_is_away(desk: Desk) -> None:
    desk.environment["REPLICATOR_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/nothing"
    away = desk.say("doctor", "--json")
    (desk.folder / "replicator.toml").write_text("[web]\nprt = 1\n", encoding="utf-8")
    misspelt = desk.say("doctor", "--json")

    assert (away.code, misspelt.code) == (1, 1)
    assert away.json["findings"][-1]["subject"] == "database"
    assert "web.prt" in misspelt.json["findings"][0]["message"]


def test_connect_says_what_is_missing_and_fails_where_nobody_answers(shop: Desk) -> None:
    feed, cms = shop.say("connect", "feed", "--json"), shop.say("connect", "cms")

    assert (feed.code, feed.json["findings"][0]["level"]) == (0, "ok")
    assert cms.code == 1
    assert "error" in cms.out + cms.err
