"""The stage of histories over the whole engine: a database of its own, which is emptied before each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from replicator import observe
from replicator.simulation.whole.play import Stage, staged


@pytest.fixture
def _silent_log() -> Iterator[None]:
    """Errors are part of every history."""
    observe.configure(level="critical")
    yield
    structlog.reset_defaults()


@pytest.fixture
async def stage(_silent_log: None, database_url: str) -> AsyncIterator[Stage]:
    """Where a history over the whole engine is played."""
    async with staged(database_url) as stage:
        yield stage
