"""The real systems for the tests: started once, provisioned, and empty again for each test.

Nothing here is collected by `make test`: every test of this folder is marked `live`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from replicator import observe
from tests.conftest import made_database
from tests.live.fleet import fleet
from tests.live.ready import Ready, made_ready
from tests.live.story import Story
from tests.live.telling import Terms, meeting, told
from tests.live.wares import shirt

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


@pytest.fixture
def terms() -> Terms:
    """What is different in a test's story."""
    return Terms()


@pytest.fixture(scope="session")
def met(ready_systems: Mapping[str, Ready], database_server: str, database_template: str) -> Iterator[str]:
    """The name of a replicator's database that has met all three, each of which has by now what any of them had from
    the start: currencies, countries, providers. It is copied for every story, and what they hold is kept.
    """
    name = f"replicator_met_{uuid4().hex[:12]}"
    with made_database(database_server, name, database_template) as url:
        asyncio.run(meeting(ready_systems, url))
        yield name


@pytest.fixture
def met_url(database_server: str, met: str) -> Iterator[str]:
    """The URL of a fresh copy of it."""
    with made_database(database_server, f"replicator_story_{uuid4().hex[:12]}", met) as url:
        yield url


@pytest.fixture
async def story(ready_systems: Mapping[str, Ready], met_url: str, terms: Terms) -> AsyncIterator[Story]:
    """A replicator between three systems without products. Whatever the story was, it ends in silence and agreement."""
    async with told(ready_systems, met_url, terms) as story:
        yield story
        await story.quiet()
        await story.agreed()


@pytest.fixture
async def stocked(story: Story) -> Story:
    """Four shirts, each of one size, are everywhere. (Where a single one is gone, the replicator thinks that the
    whole system was emptied.)
    """
    for number in range(4):
        await story.create("medusa", "product", shirt(number))
    await story.settled()
    await story.agreed()
    return story
