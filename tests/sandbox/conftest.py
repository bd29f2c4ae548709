"""The played DummyJSON, and somebody who asks it: two modules of this room are about it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from replicator.sandbox.catalogue import generated
from replicator.sandbox.dummyjson import DummyJson
from replicator.sandbox.world import World


@pytest.fixture
def service() -> DummyJson:
    """DummyJSON with its catalogue as it is from the start."""
    made = DummyJson(World(0), generated(0))
    made.reset()
    return made


@pytest.fixture
async def client(service: DummyJson) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks it."""
    transport = httpx.ASGITransport(app=service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://dummyjson.example") as made:
        yield made
