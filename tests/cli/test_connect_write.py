"""`connect SYSTEM --write DIR` puts our files into a system's project, once, and says what its people have to add."""

from pathlib import Path

import pytest

from tests.cli.desk import Desk

SYSTEMS = """
[systems.medusa]
kind = "medusa"
url = "http://127.0.0.1:9"

[systems.strapi]
kind = "strapi"
url = "http://127.0.0.1:9"

[systems.directus]
kind = "directus"
url = "http://127.0.0.1:9"

[systems.feed]
kind = "dummyjson"
file = "products.json"
"""
ONE_OF_THEM = {
    "medusa": "src/subscribers/replicator.ts",
    "strapi": "src/api/product/content-types/product/schema.json",
    "directus": "extensions/directus-extension-replicator/index.js",
}


@pytest.fixture
def project(blank: Desk) -> Path:
    """An empty project, beside settings whose systems need not run."""
    (blank.folder / "replicator.toml").write_text(SYSTEMS, encoding="utf-8")
    folder = blank.folder / "project"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("system", ONE_OF_THEM)
def test_files_are_written_once_while_nothing_runs(blank: Desk, project: Path, system: str) -> None:
    first = blank.say("connect", system, "--write", str(project), "--json")
    second = blank.say("connect", system, "--write", str(project), "--json")

    assert (first.code, second.code) == (0, 0)
    assert ONE_OF_THEM[system] in first.json["written"]
    assert all((project / each).is_file() for each in first.json["written"])
    assert second.json["written"] == []


def test_what_a_project_has_already_stays_and_is_told(blank: Desk, project: Path) -> None:
    own = project / "src/api/middlewares.ts"
    own.parent.mkdir(parents=True)
    own.write_text("export default {}\n", encoding="utf-8")

    said = blank.say("connect", "medusa", "--write", str(project))

    assert (said.code, "replicatorRoutes" in said.out) == (0, True)
    assert own.read_text(encoding="utf-8") == "export default {}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("medusa", "--write", "nowhere"),
        ("nobody", "--write", "."),
        ("feed", "--write", "."),
        ("medusa", "--write", ".", "--apply"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    blank: Desk, project: Path, words: tuple[str, ...]
) -> None:
    said = blank.say("connect", *words)

    assert (said.code, said.err.startswith("error: ")) == (2, True)
    assert list(project.iterdir()) == []
