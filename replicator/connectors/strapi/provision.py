"""What is missing over there, and how it is mended.

Content types cannot be made over Strapi's API: they are files of its project, written by `files.write_files`. Whether
they are there is asked for by naming every attribute in a query, which Strapi refuses by name if it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from replicator.connectors.answers import Denied, Refused
from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client
from replicator.connectors.strapi.layout import PICTURES, Layout
from replicator.connectors.strapi.trouble import NOT_FOUND, invalid_key
from replicator.errors import BadAnswer, RemoteError

WEBHOOKS = "/admin/webhooks"
NAME = "replicator"
EVENTS = ("entry.create", "entry.update", "entry.delete", "entry.publish", "entry.unpublish")
MEND_TYPES = "write the content types into Strapi's project and restart it (see the companion's files)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where webhooks shall go; the headers prove to us that it is this Strapi that sends them."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """As Strapi's admin API takes it."""
        return {
            "name": NAME,
            "url": self.url,
            "headers": dict(self.headers),
            "events": list(EVENTS),
        }


async def content_types(client: Client, layout: Layout) -> list[Finding]:
    """One finding per type: whether it is there with all attributes, and we may read it."""
    return [await _content_type(client, layout, each.name) for each in layout.carried()]


async def webhook(admin: Client | None, hook: Hook | None, *, apply: bool) -> Finding:
    """Whether our webhook is registered as it should be; with `apply` it is, afterwards."""
    if hook is None:
        return Finding("webhook", Level.WARNING, "no address for webhooks is set: changes are found by polling only")
    if admin is None:
        mend = f"give an admin's email and password, or register {hook.url} under Settings, Webhooks by hand"
        return Finding("webhook", Level.WARNING, "whether it is registered cannot be seen without an admin", mend)
    try:
        answer = await admin.request("GET", WEBHOOKS)
        found = next((each for each in _listed(answer.body) if each.get("url") == hook.url), None)
        wrong = _wrong(found, hook)
        if wrong is None:
            return Finding("webhook", Level.OK, f"registered for {hook.url}")
        if not apply:
            return Finding("webhook", Level.WARNING, wrong, "`replicator connect SYSTEM --apply` puts it right")
        if found is None:  # a new one is always switched on, and must not say so
            await admin.request("POST", WEBHOOKS, json=hook.body())
        else:
            await admin.request("PUT", f"{WEBHOOKS}/{found['id']}", json={**hook.body(), "isEnabled": True})
    except RemoteError as error:
        return Finding("webhook", Level.ERROR, str(error), f"register {hook.url} under Settings, Webhooks by hand")
    return Finding("webhook", Level.OK, f"registered now for {hook.url}")


async def _content_type(client: Client, layout: Layout, type_name: str) -> Finding:
    references = {layout.attribute(type_name, name) for name in layout.references(type_name)}
    references |= {layout.attribute(type_name, name) for name in PICTURES if layout.pictured(type_name, name)}
    plain = {layout.attribute(type_name, name) for name in layout.stored(type_name)} - references
    stamps = {"last_writer", "write_id"} if layout.writer else set()
    asked = sorted(plain | {layout.entity, layout.marker} | stamps) + sorted(references)
    absent: list[str] = []
    subject = layout.plurals[type_name]
    while True:
        left = [each for each in asked if each not in absent]
        plain_left = ["publishedAt", *(each for each in left if each not in references)]
        fields = [(f"fields[{n}]", each) for n, each in enumerate(plain_left)]
        populate = [(f"populate[{each}]", "true") for each in left if each in references]
        params = [("pagination[pageSize]", "1"), ("status", "draft"), *fields, *populate]
        try:
            answer = await client.request("GET", layout.path(type_name), params=params)
        except Denied as error:
            mend = f"let our account find, create, update and delete {subject}"
            return Finding(subject, Level.ERROR, str(error), mend)
        except Refused as error:
            key = invalid_key(error)
            if error.status == NOT_FOUND:
                return Finding(subject, Level.ERROR, "there is no such content type", MEND_TYPES)
            if key not in left:
                return Finding(subject, Level.ERROR, str(error), MEND_TYPES)
            absent.append(key)
        else:
            break
    if absent:
        return Finding(subject, Level.ERROR, f"lacks {', '.join(absent)}", MEND_TYPES)
    return _drafted(layout, type_name, answer.body) or Finding(subject, Level.OK, "is there, with all attributes")


def _drafted(layout: Layout, type_name: str, body: Any) -> Finding | None:  # noqa: ANN401  (any JSON)
    """Whether draft & publish is on there and we do not know, or the other way round: a document tells."""
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        return None
    on, known = rows[0].get("publishedAt") is None, type_name in layout.drafted
    if on == known:
        return None
    told = "draft & publish is on" if on else "draft & publish is off"
    mend = f"say `drafts = {str(on).lower()}` for {type_name}, or switch it {'off' if on else 'on'} there"
    return Finding(layout.plurals[type_name], Level.ERROR, told, mend)


def _listed(body: Any) -> list[dict[str, Any]]:  # noqa: ANN401  (any JSON)
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        raise BadAnswer("Strapi lists its webhooks in `data`")
    return [each for each in data if isinstance(each, dict)]


def _wrong(found: Mapping[str, Any] | None, hook: Hook) -> str | None:
    if found is None:
        return f"no webhook is registered for {hook.url}"
    if not found.get("isEnabled"):
        return "our webhook is switched off"
    if not set(EVENTS) <= set(found.get("events") or ()):
        return "our webhook does not tell of all events"
    if any((found.get("headers") or {}).get(name) != value for name, value in hook.headers.items()):
        return "our webhook does not send the headers that prove where it comes from"
    return None
