"""`export` writes a whole file or none; `import` takes it into an empty installation."""

from pathlib import Path

import pytest

from tests.cli.desk import Desk, products


@pytest.fixture
def told(desk: Desk) -> Desk:
    desk.say("pull", "feed")
    desk.stock([*products(1, 2), *products(3, title="Cup")])
    desk.say("pull", "feed")
    return desk


def move(desk: Desk, url: str) -> Desk:
    """The same settings, with another database."""
    return Desk(desk.folder, {**desk.environment, "REPLICATOR_DATABASE_URL": url})


def test_a_log_moves_to_another_database_and_is_gone_on_with(told: Desk, other_database_url: str) -> None:
    done = told.say("export", "log.ndjson", "--json").json
    new = move(told, other_database_url)
    imported = new.say("import", "log.ndjson", "--json").json
    pulled = new.say("pull", "feed", "--json").json

    events, records = done["position"], imported["replicas"]
    assert events == told.head()
    assert done["lines"] == 1 + 1 + events + records + events + 1  # begin, system, events, records, states seen, head
    assert (imported["position"], imported["due"]) == (events, 0)
    assert (pulled["created"], pulled["updated"], pulled["unchanged"]) == (0, 0, records)
    assert (
        new.say("show", "product:mug-3", "--json").json["fields"]
        == told.say("show", "product:mug-3", "--json").json["fields"]
    )
    assert new.say("log", "verify", "--json").json == told.say("log", "verify", "--json").json


def test_it_goes_through_a_pipe(told: Desk, other_database_url: str) -> None:
    written = told.say("export", "-").out
    said = move(told, other_database_url).say("import", "-", given=written)

    assert said.code == 0
    assert f"{told.head()} events" in said.out


def test_only_a_whole_export_has_its_name(told: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _target: str) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    said = told.say("export", "log.ndjson")

    assert (said.code, "no space left" in said.err) == (2, True)
    assert sorted(each.name for each in told.folder.iterdir() if "ndjson" in each.name) == []


def test_a_damaged_file_is_refused_in_a_line(told: Desk, other_database_url: str) -> None:
    told.say("export", "log.ndjson")
    file = told.folder / "log.ndjson"
    file.write_bytes(file.read_bytes()[:-400])
    said = move(told, other_database_url).say("import", "log.ndjson", "--json")

    assert (said.code, said.json["error"]["code"]) == (1, "log_damaged")
    assert "cut off" in said.err


@pytest.mark.parametrize(
    "words",
    [("import", "log.ndjson"), ("import", "missing.ndjson"), ("export", "nowhere/log"), ("export", "-", "--json")],
)
def test_what_cannot_be_is_refused(told: Desk, words: tuple[str, ...]) -> None:
    told.say("export", "log.ndjson")

    assert told.say(*words).code == 2
