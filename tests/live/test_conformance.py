"""The conformance suite, which every connector passes on the played systems, on the real ones.

Where the two differ it is the played one that is wrong. Faults are put between the replicator and the system: what a
`lost` answer leaves there is real.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from tests.connectors.conformance import Conformance
from tests.connectors.rig import Rig
from tests.live.ready import Ready, rigged


class _OnTheReal(Conformance):
    """The suite, on the system that the subclass names."""

    system: str

    @pytest.fixture
    async def rig(self, ready_systems: Mapping[str, Ready]) -> AsyncIterator[Rig]:
        async with rigged(ready_systems[self.system]) as rig:
            yield rig


class TestMedusa(_OnTheReal):
    system = "medusa"


class TestDirectus(_OnTheReal):
    system = "directus"


class TestStrapi(_OnTheReal):
    system = "strapi"
