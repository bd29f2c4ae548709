"""Events: what Medusa tells its subscribers, and the companion there posts to us.

The events of a request are one post, `{"events": [{"seq", "name", "data": {"id"}, "about", "metadata"}]}`: no content,
no author unless the companion is told to stamp one, and nothing about what is not replicated. Both families are told,
`product.updated` (of the workflow) and `product.product.updated` (of the module); the workflow's comes last. What a
switch drops stays lost, as after a restart of the companion's host from an older disk.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from time import time

from replicator.sandbox.medusa.naming import PLAIN, about, is_told
from replicator.sandbox.medusa.tables import Tables
from replicator.sandbox.world import World

KEY_PREFIX = "whsec_"

current_actor: ContextVar[Mapping[str, object] | None] = ContextVar("current_actor", default=None)


class Announcer:
    """The event bus and our companion on it.

    `secret` signs what is posted, `actor` has every event stamped with who made the request. `lead_seconds` is how long
    an event is out before the answer to the request that caused it.
    """

    def __init__(self, world: World, tables: Tables) -> None:
        self.secret: str | None = None
        self.actor = False
        self.lead_seconds = 0.005
        self._world = world
        self._tables = tables
        self._seq = 0

    def forget(self) -> None:
        """As freshly installed."""
        self.secret, self.actor, self.lead_seconds, self._seq = None, False, 0.005, 0

    def announce(self, events: Sequence[tuple[str, object]], now: str) -> None:
        """Tell what happened in one request: all under one group id."""
        group = self._world.id()
        told = [self._told(name, data_id, group, now) for name, data_id in events if is_told(name.rpartition(".")[0])]
        if not told:
            return
        raw = json.dumps({"events": told}, separators=(",", ":")).encode()
        noun, remote_id = str(told[-1]["name"]).rpartition(".")[0], events[-1][1]
        self._world.hooks["medusa"].send(raw, self._signed(raw), (PLAIN.get(noun, noun), str(remote_id)))

    def _told(self, name: str, data_id: object, group: str, now: str) -> dict[str, object]:
        self._seq += 1
        noun, _, verb = name.rpartition(".")
        metadata: dict[str, object] = {"eventGroupId": group, "created_at": now, "published_at": now}
        if "." in noun:
            source, _, thing = noun.partition(".")
            metadata |= {"source": source, "object": thing, "action": verb}
        if self.actor and (actor := current_actor.get()) is not None:
            metadata["actor"] = dict(actor)
        named = about(self._tables, noun, str(data_id))
        return {"seq": self._seq, "name": name, "data": {"id": data_id}, "about": named, "metadata": metadata}

    def _signed(self, body: bytes) -> dict[str, str]:
        """The headers of Standard Webhooks."""
        if self.secret is None:
            return {}
        delivery, moment = self._world.id("msg_"), str(int(time()))
        signed = b".".join((delivery.encode(), moment.encode(), body))
        signature = base64.b64encode(hmac.new(_key(self.secret), signed, hashlib.sha256).digest()).decode()
        return {"webhook-id": delivery, "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"}


def _key(secret: str) -> bytes:
    if secret.startswith(KEY_PREFIX):
        return base64.b64decode(secret.removeprefix(KEY_PREFIX))
    return secret.encode()
