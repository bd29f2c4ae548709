"""Hooks that are kept instead of delivered, so that a test can look at what would have been sent."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from replicator.sandbox.hooks import Hooks, Target
from replicator.sandbox.world import World


class Told(Hooks):
    """Hooks that keep what is sent instead of delivering it."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(name, world.ledger, random.Random(0))
        self.sent: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []

    @override
    def send(
        self,
        body: Mapping[str, object] | bytes,
        headers: Mapping[str, str],
        about: tuple[str, str],
        *,
        values: Mapping[str, object] | None = None,
        targets: list[Target] | None = None,
    ) -> None:
        assert not isinstance(body, bytes)
        for _ in self.targets if targets is None else targets:
            self.sent.append(json.loads(json.dumps(body)))
            self.headers.append(headers)
