"""The lock files pin everything that pyproject.toml asks for, and agree with each other."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9.\-]+)==(?P<version>[^ ]+)", re.MULTILINE)
NAME = re.compile(r"[a-zA-Z0-9.\-_]+")


def pinned(lock: str) -> dict[str, str]:
    return dict(REQUIREMENT.findall((ROOT / lock).read_text(encoding="utf-8")))


def asked_for(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted: list[str] = project["dependencies"] + [
        line for extra in extras for line in project["optional-dependencies"][extra]
    ]
    return {found.group().lower().replace("_", "-") for line in wanted if (found := NAME.match(line))}


def test_everything_asked_for_is_pinned() -> None:
    assert asked_for("redis", "embedded", "dev", "build") - set(pinned("requirements.lock")) == set()
    assert asked_for("redis", "build") - set(pinned("requirements-image.lock")) == set()


def test_the_image_runs_the_versions_that_were_tested() -> None:
    tested = pinned("requirements.lock")
    in_image = pinned("requirements-image.lock")

    assert {name: tested.get(name) for name in in_image} == in_image


def test_the_image_carries_no_tools() -> None:
    tools = asked_for("dev") - asked_for("redis", "build")

    assert tools & set(pinned("requirements-image.lock")) == set()


def test_every_pin_has_a_hash() -> None:
    for lock in ("requirements.lock", "requirements-image.lock"):
        entries = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").strip().splitlines()
        bare = [entry for entry in entries if "--hash=sha256:" not in entry]

        assert bare == []
