"""Senders of signed hooks, as Medusa's companion sends them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from replicator.connectors import signature

SENDERS = 8


@dataclass(frozen=True, slots=True)
class Senders:
    """They send to one address. `answered`: delivery → what was answered with 202, of all that were `sent`.

    `weight`: of each, in bytes.
    """

    url: str
    secret: str
    weight: int = 0
    answered: dict[str, Any] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)

    async def until_cut_off(self, enough: int, then: asyncio.Event) -> None:
        """All send as fast as they are answered, until nobody answers. `then` is set when there were `enough`."""
        numbers = count()

        async def sender(http: httpx.AsyncClient) -> None:
            try:
                while True:
                    await self.send(http, f"evt_{next(numbers)}")
                    if len(self.answered) >= enough:
                        then.set()
            except httpx.TransportError:
                return

        async with httpx.AsyncClient(trust_env=False) as http:
            await asyncio.gather(*(sender(http) for _ in range(SENDERS)))

    async def again(self, deliveries: Sequence[str]) -> dict[str, Any]:
        """Send these (again); what is answered."""
        async with httpx.AsyncClient(trust_env=False) as http:
            return {each: await self.send(http, each) for each in deliveries}

    async def send(self, http: httpx.AsyncClient, delivery: str) -> Any:  # noqa: ANN401 - JSON as it came
        """One delivery; the JSON of its 202."""
        answer = await self.post(http, delivery)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def post(self, http: httpx.AsyncClient, delivery: str) -> httpx.Response:
        """One delivery; what is answered."""
        told = {"name": "product.updated", "data": {"id": f"prod_{delivery}", "note": "x" * self.weight}}
        body = json.dumps(told).encode()
        self.sent.add(delivery)
        timestamp = str(int(time.time()))
        headers = {
            "webhook-id": delivery,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature.sign(signature.key(self.secret), delivery, timestamp, body),
        }
        answer = await http.post(f"{self.url}/hooks/medusa", content=body, headers=headers)
        if answer.status_code == 202:
            self.answered[delivery] = answer.json()
        return answer
