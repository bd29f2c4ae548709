"""Every command has a help that says something, and --json; what is wrong is said in a line, with an exit code."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from replicator.cli.main import app
from tests.cli.desk import Desk

NAMED = {
    "demo", "simulate", "init", "doctor", "connect", "run", "serve", "work", "pull", "status", "events", "show", "why",
    "conflicts", "revert", "redact", "log verify", "log snapshot", "dead", "retry", "replay", "cancel", "verify",
    "pause", "resume", "release", "db upgrade", "db current", "export", "import", "history", "match",
}  # fmt: skip
EMOJI = 0x1F000  # the first of them


def commands() -> Iterator[tuple[str, Any]]:
    for name, command in vars(typer.main.get_command(app))["commands"].items():
        if hasattr(command, "commands"):
            yield from ((f"{name} {inner}", each) for inner, each in command.commands.items())
        else:
            yield name, command


def test_all_commands_of_the_plan_are_there() -> None:
    assert {name for name, _ in commands()} == NAMED


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_it_has_a_help_for_itself_and_for_every_option(name: str, command: Any) -> None:  # noqa: ANN401 - typer's own
    told = [getattr(each, "help", None) for each in command.params]

    assert len(command.help or "") > 20, name
    assert all(told), name


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_it_can_answer_in_json(name: str, command: Any) -> None:  # noqa: ANN401 - typer's own
    assert any("--json" in each.opts for each in command.params), name


@pytest.mark.parametrize("name", sorted(NAMED))
def test_help_is_printed_without_a_database(blank: Desk, name: str) -> None:
    said = blank.say(*name.split(), "--help")

    assert said.code == 0
    assert "--json" in said.out
    assert all(ord(each) < EMOJI for each in said.out), "a word between colons was taken for the name of a picture"


def test_every_mistake_in_the_settings_is_one_line(blank: Desk) -> None:
    mistakes = '[web]\nport = "many"\n[systems.cms]\nkind = "directus"\ntoken = "typed in"\nurll = "x"\n'
    (blank.folder / "replicator.toml").write_text(mistakes, encoding="utf-8")

    said = blank.say("status")
    as_json = blank.say("status", "--json")

    lines = said.err.splitlines()
    assert (said.code, said.out, len(lines)) == (2, "", 3)
    assert all(line.startswith("error: replicator.toml: ") for line in lines)
    assert "typed in" not in said.err
    assert (as_json.code, as_json.json["error"]["code"]) == (2, "configuration_error")


def test_a_database_that_does_not_answer_is_said_in_a_line(desk: Desk) -> None:
    desk.environment["REPLICATOR_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/nothing"

    said = desk.say("status")

    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: the database does not answer")


def test_a_settings_file_that_was_named_must_be_there(blank: Desk) -> None:
    said = blank.say("--config", "missing.toml", "status")

    assert said.code == 2
    assert "missing.toml" in said.err


@pytest.mark.parametrize(
    "words", [("pull", "nobody"), ("pause", "nobody"), ("connect", "nobody"), ("dead", "--system", "x")]
)
def test_a_system_that_is_not_there_is_refused_with_those_that_are(desk: Desk, words: tuple[str, ...]) -> None:
    said = desk.say(*words)

    assert said.code == 2
    assert "there are: feed" in said.err
