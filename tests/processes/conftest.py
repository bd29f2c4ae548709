"""The site of a test: fresh systems, a fresh database, no process yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.processes.site import Site, opened_site


@pytest.fixture
def lease_seconds() -> float:
    """Short, so that what the dead have left is taken up soon. Where nobody dies: `parametrize` it."""
    return 2.0


@pytest.fixture
async def site(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lease_seconds: float
) -> AsyncIterator[Site]:
    async with opened_site(database_url, tmp_path, monkeypatch, lease_seconds) as site:
        yield site
