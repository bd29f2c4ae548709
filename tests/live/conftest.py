"""The real systems for the tests: started once, provisioned, and empty again for each test.

Nothing here is collected by `make test`: every test of this folder is marked `live`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from replicator import observe
from tests.live.fleet import fleet
from tests.live.ready import Ready, made_ready

HERE = Path(__file__).parent
SECONDS_MAX = 600  # of one test; the servers' own start is in the first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.timeout(SECONDS_MAX))


@pytest.fixture(scope="session")
def ready_systems() -> Iterator[dict[str, Ready]]:
    """All three, provisioned, with the state to which each test returns them."""
    with fleet() as servers:
        yield asyncio.run(made_ready(servers))


@pytest.fixture(autouse=True)
def _only_warnings() -> Iterator[None]:
    """A story of a minute has thousands of lines; what went wrong must be found among them."""
    observe.configure(level="warning", json=True)
    yield
    structlog.reset_defaults()
