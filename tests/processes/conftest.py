"""The site of a test: fresh systems, a fresh database, no process yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.processes.site import Site, opened_site


@pytest.fixture
async def site(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with opened_site(database_url, tmp_path, monkeypatch) as site:
        yield site
