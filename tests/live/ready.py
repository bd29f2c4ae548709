"""A real system that is provisioned, the states to which tests return it, and the conformance suite's rig on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import orjson

from replicator.catalog import CATALOG
from replicator.connectors import registry
from replicator.connectors.base import Connector, Hint, Level
from replicator.settings import SystemSettings
from tests.connectors.rig import Rig
from tests.live.between import Between
from tests.live.connecting import connected, provisioned, settings
from tests.live.door import Answered, Asked, Door
from tests.live.fleet import Server
from tests.live.hands import Hand, MedusaHand, hand_of
from tests.live.kept import Kept
from tests.live.lying import living

PROVISIONED, MET, STOCKED = "provisioned", "met", "stocked"  # states that are kept
QUIET_SECONDS = 2.0  # hooks are sent within tenths of a second, and nothing tells that there will be no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A provisioned system."""

    server: Server
    kept: Kept

    @property
    def hook_port(self) -> int:
        """Where its hooks go, whether somebody listens there or not."""
        return self.server.instance.place.hook_port

    def emptied(self) -> None:
        """As it was when it was provisioned."""
        self.kept.put_back(PROVISIONED)


async def made_ready(servers: Mapping[str, Server]) -> dict[str, Ready]:
    """Provision them all."""
    return {name: await _made_ready(server) for name, server in servers.items()}


async def _made_ready(server: Server) -> Ready:
    ready = Ready(server=server, kept=Kept(server.cluster, server.database))
    findings = await provisioned(server)
    wrong = [one for one in findings if one.level is Level.ERROR]
    assert wrong == []
    if server.name == "medusa":
        await _ships(server)
    await asyncio.to_thread(ready.kept.keep, PROVISIONED)
    return ready


async def _ships(server: Server) -> None:
    """What its people have to set up by hand before a shipping option can be made."""
    hand = MedusaHand(server)
    await (await hand.person()).ships()
    await hand.aclose()


@dataclass(slots=True)
class Receiver:
    """Takes the hooks of one system."""

    settings: SystemSettings
    told: list[Asked] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, asked: Asked) -> Answered:
        """One hook."""
        self.told.append(asked)
        self._news.set()
        return Answered(status=202)

    async def hints(self) -> Sequence[Hint]:
        """What all hooks so far tell, once no more have come for a moment."""
        with suppress(TimeoutError):
            while True:
                self._news.clear()
                await asyncio.wait_for(self._news.wait(), QUIET_SECONDS)
        headers = [{name.decode(): value.decode() for name, value in each.headers} for each in self.told]
        return [
            hint
            for each, named in zip(self.told, headers, strict=True)
            for hint in registry.hints(self.settings, CATALOG, named, orjson.dumps(orjson.loads(each.body)))
        ]


@asynccontextmanager
async def rigged(ready: Ready) -> AsyncIterator[Rig]:
    """The conformance suite's rig, on a real system that is empty."""
    server = ready.server
    await asyncio.to_thread(ready.emptied)
    async with AsyncExitStack() as stack:
        between = await stack.enter_async_context(Between(name=server.name, upstream=server.url))
        told = settings(server, between.url)
        receiver = Receiver(told)
        await stack.enter_async_context(Door(receiver.take, ready.hook_port))
        connector: Connector = connected(server, between.url)
        stack.push_async_callback(connector.aclose)
        hand = hand_of(server)
        stack.push_async_callback(hand.aclose)
        yield _rig(server, connector, between, hand, receiver if told.hook_url else None)


def _rig(server: Server, connector: Connector, between: Between, hand: Hand, receiver: Receiver | None) -> Rig:
    return Rig(
        connector=connector,
        edit=hand.edit_one,
        remove=hand.remove,
        fault=between.spoil,
        living=lambda type_name: living(server, type_name),
        calls=lambda: len(between.writes),
        hints=None if receiver is None else receiver.hints,
    )
