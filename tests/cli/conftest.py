"""A desk for every test, and logging put back: a command sends it to a standard error that is gone afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli.desk import SETTINGS, SHOP, Desk, products


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Desk]:
    """The feed alone."""
    yield from _desk(tmp_path, monkeypatch, SETTINGS, {"REPLICATOR_DATABASE_URL": database_url})


@pytest.fixture
def changed(desk: Desk) -> Desk:
    """A shop whose feed has renamed two of three products in the last two events."""
    desk.say("pull", "feed")
    desk.stock([*products(1), *products(2, 3, title="Cup")])
    desk.say("pull", "feed")
    return desk


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Desk]:
    """The feed, and a system that does not answer."""
    given = {"REPLICATOR_DATABASE_URL": database_url, "CMS_TOKEN": "hush"}
    yield from _desk(tmp_path, monkeypatch, SETTINGS + SHOP, given)


@pytest.fixture
def blank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An empty folder."""
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, {})


def _desk(folder: Path, monkeypatch: pytest.MonkeyPatch, settings: str, environment: dict[str, str]) -> Iterator[Desk]:
    monkeypatch.chdir(folder)
    (folder / "replicator.toml").write_text(settings, encoding="utf-8")
    desk = Desk(folder, environment)
    desk.stock(products(1, 2, 3))
    yield desk
    structlog.reset_defaults()
