"""Events: what Medusa tells its subscribers, and the companion there posts to us.

Every event is one request with `{"seq", "name", "data": {"id"}, "metadata"}`: no content, no author unless the
companion is told to stamp one. Both families are told, `product.updated` (of the workflow) and
`product.product.updated` (of the module); the workflow's comes last. Nothing is tried again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from time import time

from replicator.sandbox.world import World

ABOUT = {
    "product": "product",
    "product.product": "product",
    "product-variant": "variant",
    "product.product-variant": "variant",
    "product-category": "category",
    "product.product-category": "category",
    "product-tag": "tag",
}
KEY_PREFIX = "whsec_"

current_actor: ContextVar[Mapping[str, object] | None] = ContextVar("current_actor", default=None)


class Announcer:
    """The event bus and our companion on it.

    `secret` signs what is posted, `actor` has every event stamped with who made the request. `lead_seconds` is how long
    an event is out before the answer to the request that caused it.
    """

    def __init__(self, world: World) -> None:
        self.secret: str | None = None
        self.actor = False
        self.lead_seconds = 0.005
        self._world = world
        self._seq = 0

    def forget(self) -> None:
        """As freshly installed."""
        self.secret, self.actor, self.lead_seconds, self._seq = None, False, 0.005, 0

    def announce(self, events: Sequence[tuple[str, object]], now: str) -> None:
        """Tell what happened in one request: all under one group id."""
        group = self._world.id()
        for name, data_id in events:
            self._seq += 1
            noun, _, verb = name.rpartition(".")
            metadata: dict[str, object] = {"eventGroupId": group, "created_at": now, "published_at": now}
            if "." in noun:
                source, _, thing = noun.partition(".")
                metadata |= {"source": source, "object": thing, "action": verb}
            if self.actor and (actor := current_actor.get()) is not None:
                metadata["actor"] = dict(actor)
            body = {"seq": self._seq, "name": name, "data": {"id": data_id}, "metadata": metadata}
            raw = json.dumps(body, separators=(",", ":")).encode()
            about = (ABOUT.get(noun, noun), str(data_id))
            self._world.hooks["medusa"].send(raw, self._signed(raw), about)

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
