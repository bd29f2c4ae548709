"""Strapi's webhooks: who wants to hear, and what is told.

Told after the commit, but the entry is read again at the moment of sending: states can be skipped or told twice,
and a row that is gone by then is told as `"entry": null`. A delete tells the row it had, without relations. No
signature, no id, no second try. `lag_seconds` is how long that moment is after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from replicator.sandbox.hooks import Target
from replicator.sandbox.strapi.answers import Writer, iso
from replicator.sandbox.strapi.shown import shown
from replicator.sandbox.strapi.tables import Row
from replicator.sandbox.strapi.types import ContentType
from replicator.sandbox.world import World

EVENTS = {
    f"{subject}.{verb}"
    for subject, verbs in {
        "entry": ("create", "update", "delete", "publish", "unpublish", "draft-discard"),
        "media": ("create", "update", "delete"),
    }.items()
    for verb in verbs
}


@dataclass(slots=True, kw_only=True)
class Webhook:
    """One registered webhook."""

    id: str
    name: str
    url: str
    headers: Mapping[str, str]
    events: list[str]
    enabled: bool = True

    def body(self) -> dict[str, object]:
        """As the admin API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "url": self.url,
            "headers": dict(self.headers),
            "events": list(self.events),
            "isEnabled": self.enabled,
        }


@dataclass(slots=True)
class Announcer:
    """Sends the webhooks. Those that control named without registering them hear everything."""

    world: World
    writer: Callable[[], Writer]
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    lag_seconds: float = 0.0
    _targets: dict[str, Target] = field(default_factory=dict)
    _serial: int = 0
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    def register(self, webhook: Webhook | None, document: Mapping[str, object]) -> Webhook:
        """Make (webhook None) or change a webhook as the admin API was told."""
        if webhook is None:
            self._serial += 1
            webhook = Webhook(id=str(self._serial), name="", url="", headers={}, events=[])
        changed = {**webhook.body(), **document}
        headers, events = changed["headers"], changed["events"]
        webhook.name, webhook.url = str(changed["name"]), str(changed["url"])
        webhook.headers = headers if isinstance(headers, dict) else {}
        webhook.events = [str(each) for each in events] if isinstance(events, list) else []
        webhook.enabled = bool(changed["isEnabled"])
        self.remove(webhook)
        self.webhooks[webhook.id] = webhook
        if webhook.enabled:
            target = self._targets[webhook.id] = Target(webhook.url, webhook.headers)
            self.world.hooks["strapi"].targets.append(target)
        return webhook

    def remove(self, webhook: Webhook) -> None:
        """Take a webhook off."""
        self.webhooks.pop(webhook.id, None)
        target = self._targets.pop(webhook.id, None)
        hooks = self.world.hooks["strapi"]
        hooks.targets = [each for each in hooks.targets if each is not target]

    def clear(self) -> None:
        """No webhooks."""
        for webhook in list(self.webhooks.values()):
            self.remove(webhook)

    def wrote(self, event: str, kind: ContentType, document_id: str) -> None:
        """A row was made or changed: tell later what it holds then."""
        task = asyncio.get_running_loop().create_task(self._tell_later(event, kind, document_id))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def told(self, event: str, kind: ContentType, row: Row) -> None:
        """A row is gone, deleted or no longer published: tell what it held."""
        self._send(event, kind, row.document_id, self.writer().scalars(kind, row), None)

    async def settle(self) -> None:
        """Wait until everything that happened is told."""
        await asyncio.gather(*self._telling)

    def wanted(self, event: str) -> list[Target]:
        """Whom to tell of an event."""
        deaf = [self._targets[each.id] for each in self.webhooks.values() if each.enabled and event not in each.events]
        return [each for each in self.world.hooks["strapi"].targets if not any(each is other for other in deaf)]

    async def _tell_later(self, event: str, kind: ContentType, document_id: str) -> None:
        await asyncio.sleep(self.lag_seconds)
        writer = self.writer()
        row = writer.tables.get(kind.name, document_id)
        if row is None:
            self._send(event, kind, document_id, None, None)
            return
        if event == "entry.publish" and row.live is not None:
            row = row.live
        values = shown(writer.types, kind, row, writer.tables).fields if kind.catalog else None
        self._send(event, kind, document_id, writer.announced(kind, row), values)

    def _send(
        self,
        event: str,
        kind: ContentType,
        document_id: str,
        entry: Mapping[str, object] | None,
        values: Mapping[str, object] | None,
    ) -> None:
        body = {
            "event": event,
            "createdAt": iso(self.world.now()),
            "model": kind.name,
            "uid": kind.uid,
            "entry": entry,
        }
        headers = {"X-Strapi-Event": event, "user-agent": "node"}
        about = (kind.catalog or kind.name, document_id)
        self.world.hooks["strapi"].send(body, headers, about, values=values, targets=self.wanted(event))
