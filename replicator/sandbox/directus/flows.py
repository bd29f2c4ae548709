"""Flows: an event is posted to an address, once. A failed delivery is neither tried again nor logged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from replicator.sandbox.directus import shop
from replicator.sandbox.directus.accounts import Caller
from replicator.sandbox.directus.journal import Event
from replicator.sandbox.directus.tables import Row, Tables
from replicator.sandbox.hooks import Hooks, Target

DATA = re.compile(r"\{\{\s*\$(trigger|accountability)\s*\}\}")
PLAIN_BODY = '{"trigger": {{$trigger}}, "accountability": {{$accountability}} }'


def deliver(tables: Tables, hooks: Hooks, event: Event, who: Caller) -> None:
    """Tell everybody who listens to it."""
    told = {"trigger": trigger(event), "accountability": who.accountability()}
    about = (shop.TYPES.get(event.collection, event.collection), str(event.keys[0]) if event.keys else "")
    if not event.collection.startswith("directus_"):
        hooks.send(told, {}, about)  # targets that were set without a flow hear of everything, as a flow would tell it
    for target, body in _requests(tables, event):
        text = DATA.sub(lambda found: json.dumps(told[found[1]], ensure_ascii=False), body)
        hooks.send(text.encode(), {"user-agent": "axios/1.15.0"}, about, targets=[target])


def trigger(event: Event) -> dict[str, Any]:
    """What a flow sees of an event: one `key` for a create, `keys` otherwise; the payload as it was sent."""
    named = f"{event.collection}.items.{event.verb}"
    if event.verb == "create":
        return {"event": named, "payload": event.payload, "key": event.keys[0], "collection": event.collection}
    return {"event": named, "payload": event.payload, "keys": event.keys, "collection": event.collection}


def _requests(tables: Tables, event: Event) -> Iterator[tuple[Target, str]]:
    for flow in tables.every("directus_flows"):
        if not _listens(flow, event):
            continue
        operation = tables.get("directus_operations", flow.get("operation"))
        options = (operation or {}).get("options") or {}
        if operation is not None and operation.get("type") == "request" and options.get("url"):
            headers = {each["header"].lower(): each["value"] for each in options.get("headers") or []}
            yield Target(str(options["url"]), headers), str(options.get("body") or PLAIN_BODY)


def _listens(flow: Row, event: Event) -> bool:
    options = flow.get("options") or {}
    return (
        flow.get("status") == "active"
        and flow.get("trigger") == "event"
        and options.get("type") == "action"
        and f"items.{event.verb}" in (options.get("scope") or [])
        and event.collection in (options.get("collections") or [])
    )
