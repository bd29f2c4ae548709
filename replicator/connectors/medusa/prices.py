"""Prices, there and back. Pure.

A price of ours is for everybody or for a region, from and up to a quantity. Others (of customer groups and the like)
are the shop's and stay; those of price lists are not among a variant's prices at all. The prices of a variant are
replaced as a whole: those that stay are sent along with their ids, and one that changes with its own, so that it is
changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from replicator.connectors.base import Record
from replicator.connectors.medusa.parts import PriceKey, price_id
from replicator.connectors.medusa.raw import Raw, living, version
from replicator.core.document import Value, decimal

FIELDS = ("variant", "currency", "region", "min_quantity", "max_quantity", "amount")
REGION_RULE = "region_id"
KEPT = ("id", "currency_code", "amount", "min_quantity", "max_quantity", "rules")  # of a price that is not changed

Change: TypeAlias = tuple[PriceKey, str | None]
"""A price under its new key, and its new amount; None: it goes."""


def normal(key: str, value: Value) -> Value:
    """The form in which Medusa gives a price back: amounts go through a JSON number, currencies are in lower case."""
    if key == "amount" and value is not None:
        return decimal(float(str(value)))
    return value.lower() if key == "currency" and isinstance(value, str) else value


def records(raw: Raw) -> list[Record]:
    """The prices of a variant that are ours."""
    return [record(raw, price) for price in by_key(raw).values()]


def by_key(raw: Raw) -> dict[PriceKey, Raw]:
    """The prices of a variant that are ours, by what tells them apart."""
    found: dict[PriceKey, Raw] = {}
    for price in sorted(living(raw["prices"], "prices"), key=lambda price: str(price["id"])):
        if set(price.get("rules") or ()) <= {REGION_RULE}:
            found.setdefault(_key(price), price)
    return found


def record(raw: Raw, price: Raw) -> Record:
    """A price as read."""
    key = _key(price)
    return Record(
        type="price",
        remote_id=price_id(raw["id"], key),
        fields={
            "variant": raw["id"],
            "currency": key.currency,
            "region": key.region,
            "min_quantity": key.least,
            "max_quantity": key.most,
            "amount": decimal(price["amount"]),
        },
        version=version(price),
    )


def replaced(raw: Raw, changes: Mapping[PriceKey, Change]) -> list[dict[str, object]]:
    """All prices of a variant after changes by key: what is not changed is sent along as it is."""
    ours = {price["id"]: key for key, price in by_key(raw).items()}
    body: list[dict[str, object]] = []
    for price in living(raw["prices"], "prices"):
        key = ours.get(price["id"])
        if key is None or key not in changes:
            body.append({name: price[name] for name in KEPT if price.get(name) is not None})
        elif changes[key][1] is not None:
            body.append({"id": price["id"], **new(changes[key])})
    return body + [new(change) for key, change in changes.items() if key not in ours.values() and change[1] is not None]


def new(change: Change) -> dict[str, object]:
    """A price as it is posted."""
    key, amount = change
    return {
        "currency_code": key.currency,
        "amount": float(str(amount)),
        "min_quantity": key.least,
        "max_quantity": key.most,
        "rules": {REGION_RULE: key.region} if key.region else {},
    }


def _key(price: Raw) -> PriceKey:
    rules = price.get("rules") or {}
    bounds = (None if price.get(name) is None else int(price[name]) for name in ("min_quantity", "max_quantity"))
    return PriceKey(str(price["currency_code"]).lower(), rules.get(REGION_RULE), *bounds)
