"""Shipping options, there and back. Pure.

An option's code and description are those of its type, a row of its own that several options may share. Of its prices
ours are those without a rule, one a currency; others (of regions, by the value of the cart) are the shop's and stay.
A new set of prices replaces the old one: those kept are sent along with their ids, and with all that they say, because
Medusa drops a price that is sent by its id alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from replicator.connectors.base import Record, Write
from replicator.connectors.medusa.raw import Raw, living, marked, marker_of, version
from replicator.core.document import Value, decimal, money

PRICE: Final = "price@"
FLAT: Final = "flat"
COLUMNS: Final[Mapping[str, str]] = {
    "name": "name",
    "price_type": "price_type",
    "profile": "shipping_profile_id",
    "provider": "provider_id",
}
OF_TYPE: Final = ("code", "description")
REGION_RULE, TOTAL_RULE = "region_id", "item_total"


def normal(key: str, value: Value) -> Value:
    """The form in which Medusa gives a shipping option back: amounts go through a JSON number; of its type no text is
    null, which reads as one.
    """
    if key.startswith(PRICE) and isinstance(value, Mapping):
        return {**value, "amount": decimal(float(str(value["amount"])))}
    if key == "price_type" and value is None:
        return FLAT
    return None if key in OF_TYPE and value == "" else value


def record(raw: Raw) -> Record:
    """A shipping option as read."""
    needed = {**COLUMNS, **dict.fromkeys(OF_TYPE, "type"), "price": "prices"}
    fields: dict[str, Value] = {ours: raw[theirs] for ours, theirs in COLUMNS.items() if theirs in raw}
    if "type" in raw:
        kind = raw["type"] or {}
        fields.update({name: kind.get(name) or None for name in OF_TYPE})
    for price in living(raw.get("prices") or [], "prices"):
        if not _rules(price):
            currency = str(price["currency_code"]).lower()
            fields.setdefault(PRICE + currency, money(price["amount"], currency))
    return Record(
        type="shipping_option",
        remote_id=raw["id"],
        fields=fields,
        version=version(raw),
        marker=marker_of(raw),
        missing=tuple(sorted(ours for ours, theirs in needed.items() if theirs not in raw)),
    )


def create_body(write: Write, fields: Mapping[str, Value], chosen: Mapping[str, str]) -> dict[str, object]:
    """What makes one; `chosen`: the service zone, and the profile and the provider where it has none."""
    return {
        **chosen,
        **{theirs: normal(ours, fields[ours]) for ours, theirs in COLUMNS.items() if fields.get(ours) is not None},
        "price_type": fields.get("price_type") or FLAT,
        "type": kind_body(fields),
        "prices": _new_prices(fields),
        "rules": [],
        **marked(write),
    }


def update_body(write: Write, fields: Mapping[str, Value], raw: Raw) -> dict[str, object]:
    """What changes one; its type is changed by a call of its own."""
    made: dict[str, object] = {theirs: normal(ours, fields[ours]) for ours, theirs in COLUMNS.items() if ours in fields}
    if any(key.startswith(PRICE) for key in fields):
        made["prices"] = _changed_prices(fields, raw)
    return {**made, **marked(write)}


def kind_body(fields: Mapping[str, Value], raw: Raw | None = None) -> dict[str, object]:
    """The type of an option: what storefronts show."""
    present = (raw or {}).get("type") or {}
    given = {name: fields.get(name, present.get(name)) or "" for name in OF_TYPE}
    return {"label": present.get("label") or fields.get("name") or "", **given}


def _rules(price: Raw) -> list[Raw]:
    return living(price.get("price_rules") or [], "price rules")


def _new_prices(fields: Mapping[str, Value]) -> list[dict[str, object]]:
    return [
        {"currency_code": key.removeprefix(PRICE), "amount": _amount(value)}
        for key, value in sorted(fields.items())
        if key.startswith(PRICE) and value is not None
    ]


def _changed_prices(fields: Mapping[str, Value], raw: Raw) -> list[dict[str, object]]:
    kept: list[dict[str, object]] = []
    taken: set[str] = set()
    for price in living(raw["prices"], "prices"):
        key = PRICE + str(price["currency_code"]).lower()
        if _rules(price) or key not in fields:
            kept.append(_as_it_is(price))
        elif key not in taken and fields[key] is not None:
            kept.append({**_as_it_is(price), "amount": _amount(fields[key])})
            taken.add(key)
    return kept + _new_prices({key: value for key, value in fields.items() if key not in taken})


def _as_it_is(price: Raw) -> dict[str, object]:
    """A price as it is sent along: a region's names its region, any other its currency."""
    rules = _rules(price)
    regions = [str(rule["value"]) for rule in rules if rule["attribute"] == REGION_RULE]
    money_of = {"region_id": regions[0]} if regions else {"currency_code": price["currency_code"]}
    totals = [
        {"attribute": TOTAL_RULE, "operator": rule["operator"], "value": float(str(rule["value"]))}
        for rule in rules
        if rule["attribute"] == TOTAL_RULE
    ]
    more = {"rules": totals} if totals else {}
    return {"id": price["id"], "amount": float(str(price["amount"])), **money_of, **more}


def _amount(value: Value) -> float:
    if not isinstance(value, Mapping):
        msg = f"a price is money, not {value!r}"
        raise TypeError(msg)
    return float(str(value["amount"]))
