"""A replicator with two shelves for systems."""

from collections.abc import AsyncIterator

import pytest

from tests.web.shelf import House, housed, settings


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch, database_url: str) -> AsyncIterator[House]:
    async with housed(settings(monkeypatch, database_url, body_bytes_max=10_000)) as house:
        yield house
