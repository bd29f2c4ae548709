"""docker-compose.yml and Dockerfile, as far as can be checked without Docker: valid, complete, no secrets."""

import importlib.resources
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "docker-compose.yml"
SECRET_NAME = re.compile(r"password|secret|token|key|credential", re.IGNORECASE)
# Filled in from outside, and refused when missing. A default, ${NAME:-x}, would be a literal.
FROM_OUTSIDE = re.compile(r"\$\{[A-Z_]+(:?\?[^}]*)?\}")
PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s@]*:[^/\s@]+@")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def instructions() -> list[list[str]]:
    """The Dockerfile's lines as words, continued lines joined, comments left out."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_it_is_valid_by_the_compose_specification(compose: dict[str, Any]) -> None:
    shipped = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(shipped.read_text(encoding="utf-8"))
    checker = jsonschema.validators.validator_for(schema)(schema)

    assert [error.message for error in checker.iter_errors(compose)] == []


def test_a_mistake_would_be_found(compose: dict[str, Any]) -> None:
    """Guards the test above: a schema that allows everything would pass it too."""
    shipped = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(shipped.read_text(encoding="utf-8"))
    wrong = compose | {"services": {"postgres": {"imagee": "postgres"}}}

    assert not jsonschema.validators.validator_for(schema)(schema).is_valid(wrong)


def test_what_it_builds_can_be_built(compose: dict[str, Any]) -> None:
    contexts = [ROOT / service["build"] for service in compose["services"].values() if "build" in service]

    assert contexts
    assert [context for context in contexts if not (context / "Dockerfile").is_file()] == []


def test_everything_the_image_copies_exists_and_is_let_in() -> None:
    copied = [words[1:-1] for words in instructions() if words[0] == "COPY" and not words[1].startswith("--from")]
    sources = {source for line in copied for source in line}
    let_in = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sources == let_in


def test_the_image_does_not_run_as_root() -> None:
    users = [words[1] for words in instructions() if words[0] == "USER"]

    assert users
    assert users[-1] not in {"root", "0"}


def test_the_image_installs_only_what_is_pinned_by_hash() -> None:
    installs = [" ".join(words) for words in instructions() if "install" in words and "RUN" in words]
    pip = [line for line in installs if "/pip install" in line]

    assert pip
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation ." in line for line in pip)


def test_no_secret_stands_in_it(compose: dict[str, Any]) -> None:
    settings = [
        (name, str(value))
        for service in compose["services"].values()
        for name, value in service.get("environment", {}).items()
    ]
    literal = [name for name, value in settings if SECRET_NAME.search(name) and not FROM_OUTSIDE.fullmatch(value)]
    written = COMPOSE.read_text(encoding="utf-8") + DOCKERFILE.read_text(encoding="utf-8")

    assert any(SECRET_NAME.search(name) for name, _ in settings)
    assert literal == []
    assert PASSWORD_IN_ADDRESS.findall(written) == []


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]

    assert published
    assert [port for port in published if not str(port).startswith("127.0.0.1:")] == []


def test_the_replicator_starts_on_a_migrated_database(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert services["migrate"]["command"] == ["db", "upgrade"]
    assert services["replicator"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert all("test" in services[name]["healthcheck"] for name in ("postgres", "redis"))
