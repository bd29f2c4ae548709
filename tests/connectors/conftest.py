"""A person's hand on a played Medusa: what every test of that connector begins with."""

from collections.abc import AsyncIterator

import pytest

from tests.connectors.medusa_hand import Hand, played


@pytest.fixture
async def hand() -> AsyncIterator[Hand]:
    """A fresh Medusa, the connector to it, and a person there."""
    async with played() as hand:
        yield hand
