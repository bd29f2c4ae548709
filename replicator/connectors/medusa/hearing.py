"""Hearing: what the posts of our companion in Medusa mean. Pure.

A post holds the events of a moment: `{"events": [{"name": "product.updated", "data": {"id": …}, "about": […],
"metadata": {…}}]}`; a bare event is one too. `about` names the records of an event that tells the id of something else
(a price's row, a stock level, a link), by the ids that they are known by.

Events are stamped with the account that made the request, and that is kept for people to read. It attributes nothing:
a change is there before its event is, so what a read shows a moment later may hold somebody's newer change, whose event
is still on its way. Who takes the older stamp for the author of what was read takes that change for our own echo, and
loses it. Markers and comparison decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from replicator.connectors.base import Hint
from replicator.connectors.medusa.able import EVENTS
from replicator.connectors.medusa.parts import PriceKey, joined, price_id
from replicator.errors import BadAnswer

PLAIN = {
    "product": "product",
    "product.product": "product",
    "product-variant": "variant",
    "product.product-variant": "variant",
    **EVENTS,
}
DELETED = "deleted"
WHOLES = {
    "shipping_option_id": "shipping_option",
    "product_id": "product",
    "region_id": "region",
    "location_id": "stock_location",
    "store_id": "store",
}


def read_webhook(headers: Mapping[str, str], body: object) -> list[Hint]:
    """The records that a post says something of, each once. An event about nothing we carry gives no hint.

    Raises BadAnswer for a body that is not of this shape.
    """
    delivery = {key.lower(): value for key, value in headers.items()}.get("webhook-id")
    verbs: dict[tuple[str, str], str] = {}
    for event in _events(body):
        verb = str(event["name"]).rpartition(".")[2]
        for record in _records(event):
            if verbs.get(record) != DELETED:
                verbs[record] = verb
    alone = len(verbs) == 1
    return [
        Hint(kind, remote_id, verb, delivery if delivery is None or alone else f"{delivery}:{kind}:{remote_id}")
        for (kind, remote_id), verb in verbs.items()
    ]


def _events(body: object) -> list[Mapping[str, Any]]:
    told = body["events"] if isinstance(body, Mapping) and "events" in body else [body]
    if isinstance(told, list) and all(_is_event(each) for each in told):
        return told
    msg = "the hook's body has no events: each with its name and data, as Medusa's have"
    raise BadAnswer(msg)


def _is_event(each: object) -> bool:
    match each:
        case {"name": str(), "data": _}:
            return True
        case _:
            return False


def _records(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    noun = event["name"].rpartition(".")[0]
    if noun in PLAIN:
        yield from ((PLAIN[noun], each) for each in _ids(event["data"]))
        return
    about = event.get("about")
    for row in about if isinstance(about, list) else ():
        named = _named(row) if isinstance(row, Mapping) else None
        if named is not None:
            yield named


def _ids(data: object) -> list[str]:
    match data:
        case {"id": str(one)}:
            return [one]
        case {"id": [*several]}:
            return [each for each in several if isinstance(each, str)]
        case _:
            return []  # an event of another kind: its data has no id


def _named(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """The record that a row of ids names: a part by all of its ids, a whole by its own."""
    match row:
        case {"product_id": str(product), "option_id": str(option), "option_value_id": str(value)}:
            return "option_value", joined(product, option, value)
        case {"product_id": str(product), "option_id": str(option)}:
            return "option", joined(product, option)
        case {"variant_id": str(variant), "currency_code": str(currency)}:
            bounds = (row.get("min_quantity"), row.get("max_quantity"))
            return "price", price_id(variant, PriceKey(currency.lower(), row.get("region_id"), *bounds))
        case {"variant_id": str(variant), "location_id": str(location)}:
            return "stock", joined(variant, location)
        case _:
            return next(((kind, row[name]) for name, kind in WHOLES.items() if isinstance(row.get(name), str)), None)
