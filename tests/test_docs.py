"""What the documents say is so: no command, option or setting is missing, none is made up, no link leads nowhere.

Prose that repeats a program goes wrong as soon as the program changes; these tests are what keeps it in step.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from typer.core import TyperGroup
from typer.main import get_command

import replicator
from replicator.cli.main import app
from replicator.settings import Settings, read

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PROSE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

ROW = re.compile(r"^\| `(?P<name>[\w.]+)` \| (?P<default>[^|]*) \|", re.MULTILINE)
CODE = re.compile(r"```(?P<language>[a-z]*)\n(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)
CALL = re.compile(r"(?:^|\s|/)replicator((?: +(?:-[-\w]+|[A-Za-z@./*:]\S*))+)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)(?P<target>[^)#\s]+)|(?:src|srcset|href)=\"(?P<other>(?!https?://)[^\"#]+)\"")
PLACES = {"systems": "NAME", "types": "TYPE", "fields": "FIELD"}  # what stands for a key that the owner chooses
NONE, NEEDED = "–", "needed"


def commands() -> dict[str, set[str]]:
    """Every command with its options; those of the root hold for all."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    return dict(_commands(root, "", _options(root)))


def _commands(group: TyperGroup, before: str, common: set[str]) -> Iterator[tuple[str, set[str]]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{before}{name} ", common)
        else:
            yield f"{before}{name}", common | _options(command)


def _options(command: Any) -> set[str]:  # noqa: ANN401 - click's, which Typer vendors under another name by version
    return {"--help", "-h", *(option for each in command.params for option in (*each.opts, *each.secondary_opts))}


def settings() -> dict[str, str]:
    """Every setting with its default, as the table spells them."""
    schema = Settings.model_json_schema()
    return dict(_settings(schema, schema["$defs"], ""))


def _settings(part: Mapping[str, Any], parts: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for name, found in part["properties"].items():
        inner = _part(found, parts)
        keyed = _part(found.get("additionalProperties", {}), parts)
        if inner is not None:
            yield from _settings(inner, parts, f"{before}{name}.")
        elif keyed is not None:
            yield from _settings(keyed, parts, f"{before}{name}.{PLACES[name]}.")
        elif name in part.get("required", ()):
            yield f"{before}{name}", NEEDED
        else:
            yield f"{before}{name}", _default(found)


def _part(found: Any, parts: Mapping[str, Any]) -> Mapping[str, Any] | None:  # noqa: ANN401 - a piece of JSON Schema
    """The table of settings that a schema refers to; None where it is a value."""
    name = found.get("$ref", "").rpartition("/")[2] if isinstance(found, Mapping) else ""
    part: Mapping[str, Any] = parts.get(name, {})
    return part if "properties" in part else None


def _default(found: Mapping[str, Any]) -> str:
    given = found.get("default", {} if found.get("type") == "object" else None)
    return NONE if given is None else f"`{orjson.dumps(given).decode()}`"


def calls() -> Iterator[tuple[str, str]]:
    """Every call of the program that stands in code in the documents: the words after its name, and where."""
    for page in PAGES:
        for code in CODE.finditer(page.read_text(encoding="utf-8")):
            if code["language"] not in (None, "sh", "text"):
                continue
            for line in (code["block"] or code["span"]).splitlines():
                for call in CALL.finditer(line.split(" #")[0]):
                    yield call[1].strip(), f"{page.name}: {line.strip()}"


def _named(words: list[str], known: Mapping[str, set[str]]) -> str | None:
    """The command that a call's words name; None where there is none."""
    plain = [word for word in words if not word.startswith("-")]
    return next((name for name in (" ".join(plain[:2]), *plain[:1]) if name in known), None)


def test_every_command_is_described() -> None:
    undescribed = [name for name in commands() if f"`replicator {name}" not in PROSE]

    assert undescribed == []


def test_every_command_and_option_that_is_described_is_there() -> None:
    known = commands()
    made_up = []
    for call, place in calls():
        words = call.split()
        name = _named(words, known)
        options = {word.partition("=")[0] for word in words if word.startswith("-")}
        root_only = not [word for word in words if not word.startswith("-")]
        if (name is None and not root_only) or (name is not None and not options <= known[name]):
            made_up.append(place)

    assert len(list(calls())) > len(known)
    assert made_up == []


def test_every_setting_is_described_with_its_default() -> None:
    described = {row["name"]: row["default"] for row in ROW.finditer(OPERATIONS)}

    assert described == settings()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_settings_shown_are_settings(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every replicator.toml in the documents can be read."""
    shown = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for text in shown:
        for name in re.findall(r'"env:(\w+)"', text):
            monkeypatch.setenv(name, "postgresql://somewhere/database")

        read(tomllib.loads(text), name=page.name)


def test_the_readme_shows_a_whole_shop() -> None:
    (text, *_) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)

    assert {"medusa", "directus", "strapi"} <= set(tomllib.loads(text)["systems"])


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for found in LINK.finditer(page.read_text(encoding="utf-8"))
        for target in [found["target"] or found["other"]]
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_the_modules_that_are_named_are_there() -> None:
    """`core/gate` in the protocol's text is a module of the package."""
    named = re.findall(r"`((?:core|engine|log|connectors|web|cli)/[\w/]+(?:\.py)?)`", PROSE)
    package = Path(replicator.__file__).parent
    gone = [
        name for name in named if not (package / name).is_dir() and not (package / name).with_suffix(".py").exists()
    ]

    assert named != []
    assert gone == []


def test_the_picture_is_well_formed_and_tells_those_who_cannot_see_it() -> None:
    picture = ET.parse(ROOT / "docs" / "picture.svg").getroot()  # noqa: S314 - our own file
    space = "{http://www.w3.org/2000/svg}"

    assert picture.find(f"{space}title") is not None
    assert picture.find(f"{space}desc") is not None
    assert "prefers-color-scheme: dark" in (picture.findtext(f"{space}style") or "")


def test_the_readme_can_be_read_in_one_sitting() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 180
    assert {"make demo", "make test"} <= set("\n".join(lines[:40]).split("`"))
