"""The shop of a test. A test says what is different there: `@pytest.mark.parametrize("overrides", [{...}])`."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import pytest
import structlog

from replicator import observe
from replicator.sandbox.catalogue import Product
from tests.engine.clock import Clock
from tests.engine.shop import FROCKS, Shop
from tests.engine.stage import Setting, catalogue, playing
from tests.log.wholeness import the_log_is_whole


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, as the engine sees it."""
    return Clock.set(monkeypatch)


@pytest.fixture
def _plain_log() -> Iterator[None]:
    """Log lines without the colours and frames, which take longer than the story where an error is a part of it."""
    observe.configure(level="debug", json=True)
    yield
    structlog.reset_defaults()


@pytest.fixture
def products() -> Sequence[Product]:
    """What the source offers."""
    return catalogue(*FROCKS)


@pytest.fixture
def overrides() -> Mapping[str, Any]:
    """What stands in `replicator.toml` besides, or otherwise."""
    return {}


@pytest.fixture
def unmet() -> Sequence[str]:
    """The systems that are not met before the story begins."""
    return ()


@pytest.fixture
def copies() -> Sequence[str]:
    """Further installations of Directus, empty and unmet."""
    return ()


@pytest.fixture
def setting(
    products: Sequence[Product], overrides: Mapping[str, Any], unmet: Sequence[str], copies: Sequence[str]
) -> Setting:
    """All that a test may say of its shop."""
    return Setting(products, overrides, unmet, copies)


@pytest.fixture
async def shop(
    _plain_log: None, database_url: str, monkeypatch: pytest.MonkeyPatch, clock: Clock, setting: Setting
) -> AsyncIterator[Shop]:
    """A shop whose systems are set up, met and empty. Whatever the story was, the log is whole afterwards."""
    async with playing(database_url, monkeypatch, clock, setting) as shop:
        yield shop
        await the_log_is_whole(shop.app.database)


@pytest.fixture
async def stocked(shop: Shop) -> Shop:
    """A shop into which the catalogue was imported (without hooks, which would only tell of echoes).

    What Medusa has from its start, its store and providers, is at the others too.
    """
    shop.switch_hooks(off=True)
    await shop.full_pass("dummyjson")
    await shop.full_pass()
    shop.switch_hooks(off=False)
    return shop
