"""The fleets of a run, by how they are furnished. Each is started when a test first asks for it, and stays up.

So are the states from which stories begin: a replicator meets the systems once, and what came of it is kept, in their
databases and in its own, of which every story gets a copy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from uuid import uuid4

from tests.conftest import made_database
from tests.live.fleet import fleet
from tests.live.ready import MET, PROVISIONED, STOCKED, Ready, made_ready
from tests.live.telling import Start, four_shirts, kept, nothing
from tests.live.variants import Variant

BEFORE = {MET: PROVISIONED, STOCKED: MET}
TOLD = {MET: nothing, STOCKED: four_shirts}


class Fleets:
    """Call it in the main thread, and outside of its loop. What it starts ends with the stack."""

    def __init__(self, stack: ExitStack, server: str, template: str) -> None:
        self._stack = stack
        self._server = server
        self._template = template
        self._ready: dict[str, Mapping[str, Ready]] = {}
        self._kept: dict[tuple[str, str], str] = {}

    def ready(self, variant: Variant) -> Mapping[str, Ready]:
        """All three, provisioned, with the states to which each test returns them."""
        if variant.name not in self._ready:
            servers = self._stack.enter_context(fleet(variant=variant))
            self._ready[variant.name] = asyncio.run(made_ready(servers))
        return self._ready[variant.name]

    @contextmanager
    def start(self, variant: Variant, state: str) -> Iterator[Start]:
        """A fresh copy of the replicator's database as it was in that state of the systems."""
        template = self._database(variant, state)
        with made_database(self._server, f"replicator_story_{uuid4().hex[:12]}", template) as url:
            yield Start(url, state)

    def _database(self, variant: Variant, state: str) -> str:
        """The name of the database that is copied; the story before it is told if it was not yet."""
        if state == PROVISIONED:
            return self._template
        if (variant.name, state) not in self._kept:
            before, name = BEFORE[state], f"replicator_{state}_{uuid4().hex[:12]}"
            made = made_database(self._server, name, self._database(variant, before))
            start = Start(self._stack.enter_context(made), before)
            asyncio.run(kept(self.ready(variant), start, state, TOLD[state]))
            self._kept[variant.name, state] = name
        return self._kept[variant.name, state]
