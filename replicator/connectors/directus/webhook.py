"""What a hook says: the body of a Flow, or of a hook extension, as hints. Pure.

A Flow posts `{"trigger": {"event": "products.items.update", "keys": […], "payload", "collection"}, "accountability"}`,
a hook extension `{"event": "items.update", "keys": […], "payload", "collection", "accountability"}`. A create
carries `key`, update and delete `keys`. Neither has a delivery id. Payloads are what somebody *sent*, perhaps in a
transaction that was rolled back since, so nothing of them is believed but which record to read again.
"""

from __future__ import annotations

from collections.abc import Mapping

from replicator.connectors.base import Hint
from replicator.connectors.directus.layout import Layout
from replicator.errors import BadAnswer

VERBS = {"create": "created", "update": "updated", "delete": "deleted"}


def read_webhook(_headers: Mapping[str, str], body: object, layout: Layout | None = None) -> list[Hint]:
    """The records that a hook is about; none where it is about something we do not carry.

    Raises BadAnswer for a body that is neither of the two kinds.
    """
    layout = layout or Layout()
    told = body.get("trigger", body) if isinstance(body, Mapping) else None
    if not isinstance(told, Mapping):
        raise BadAnswer("a Directus hook is an object with `trigger`, or with `event`, `collection` and keys")
    event, collection = told.get("event"), told.get("collection")
    verb = VERBS.get(event.rpartition(".")[2]) if isinstance(event, str) else None
    if verb is None or not isinstance(collection, str):
        raise BadAnswer(f"a Directus hook names its event and its collection; this one said {event!r}, {collection!r}")
    type_name = layout.type_of(collection)
    if type_name is None:
        return _owners(told, collection, layout)
    return [Hint(type=type_name, remote_id=each, verb=verb) for each in _keys(told)]


def _keys(told: Mapping[str, object]) -> list[str]:
    listed = told.get("keys")
    listed = listed if isinstance(listed, list) else [told.get("key")]
    if not all(isinstance(each, str | int) for each in listed):
        raise BadAnswer(f"the keys of a Directus hook are a list of ids, not {listed!r}")
    return [str(each) for each in listed]


def _owners(told: Mapping[str, object], collection: str, layout: Layout) -> list[Hint]:
    """A junction row was touched: its owner changed. Only a payload with the owner's id can tell whose it was."""
    payload = told.get("payload")
    return [
        Hint(type=each.name, remote_id=str(payload[one.ours]), verb="updated")
        for each in layout.carried()
        for one in layout.junctions(each.name).values()
        if one.collection == collection and isinstance(payload, Mapping) and isinstance(payload.get(one.ours), str)
    ]
