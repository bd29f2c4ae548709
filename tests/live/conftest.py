"""The real systems for the tests: started once, provisioned, and empty again for each test.

Nothing here is collected by `make test`: every test of this folder is marked `live`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

from replicator import observe
from tests.live.fleets import Fleets
from tests.live.ready import MET, STOCKED, Ready
from tests.live.story import Story
from tests.live.telling import Start, Terms, told
from tests.live.variants import ACCOMPANIED, Variant

HERE = Path(__file__).parent
SECONDS_MAX = 600  # of one test; the servers' own start is in the first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.timeout(SECONDS_MAX))


@pytest.fixture(scope="session")
def fleets(database_server: str, database_template: str) -> Iterator[Fleets]:
    """All that is up."""
    with ExitStack() as stack:
        yield Fleets(stack, database_server, database_template)


@pytest.fixture
def variant() -> Variant:
    """How the systems of a test are furnished."""
    return ACCOMPANIED


@pytest.fixture
def ready_systems(fleets: Fleets, variant: Variant) -> Mapping[str, Ready]:
    """All three, provisioned."""
    return fleets.ready(variant)


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


@pytest.fixture
def met(fleets: Fleets, variant: Variant) -> Iterator[Start]:
    """Each of the three has by now what any of them had from the start: currencies, countries, providers."""
    with fleets.start(variant, MET) as start:
        yield start


@pytest.fixture
def met_and_stocked(fleets: Fleets, variant: Variant) -> Iterator[Start]:
    """Four shirts of one size are everywhere, too. (Where a single one is gone, the replicator thinks that the whole
    system was emptied.)
    """
    with fleets.start(variant, STOCKED) as start:
        yield start


@pytest.fixture
async def story(ready_systems: Mapping[str, Ready], met: Start, terms: Terms) -> AsyncIterator[Story]:
    """A replicator between three systems without products. Whatever the story was, it ends in silence and agreement."""
    async with told(ready_systems, met, terms) as story:
        yield story
        await story.quiet()
        await story.agreed()


@pytest.fixture
async def stocked(ready_systems: Mapping[str, Ready], met_and_stocked: Start, terms: Terms) -> AsyncIterator[Story]:
    """The same with four shirts."""
    async with told(ready_systems, met_and_stocked, terms) as story:
        yield story
        await story.quiet()
        await story.agreed()
