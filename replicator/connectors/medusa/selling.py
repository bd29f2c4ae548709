"""What selling needs, there and back: money, providers, regions, countries, profiles, locations, the store. Pure.

Medusa makes no currency, no provider and no store over its API, and a country is one of the atlas. Currencies,
countries and providers are known by their codes, which are their ids here. Other names are not unique (only those of
shipping profiles are): which record is ours is told by our marker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from replicator.connectors.base import Record, Write
from replicator.connectors.medusa.atlas import Country
from replicator.connectors.medusa.raw import Raw, living, marked, marker_of, members_of, version
from replicator.core.document import Value, members

ADDRESS: Final = (
    *("address_1", "address_2", "company", "city", "country_code"),
    *("phone", "postal_code", "province"),
)
KIND: Final = "default"  # of a shipping profile that says none
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "currency": {"code": "code", "name": "name", "symbol": "symbol", "decimal_digits": "decimal_digits"},
    "payment_provider": {"code": "id", "enabled": "is_enabled"},
    "fulfillment_provider": {"code": "id", "enabled": "is_enabled"},
    "region": {
        "name": "name",
        "currency": "currency_code",
        "automatic_taxes": "automatic_taxes",
        "payment_providers": "payment_providers",
    },
    "country": {"code": "iso_2", "iso_3": "iso_3", "name": "display_name", "region": "region_id"},
    "shipping_profile": {"name": "name", "kind": "type"},
    "stock_location": {"name": "name", "address": "address"},
    "store": {
        "name": "name",
        "default_currency": "supported_currencies",
        "currencies": "supported_currencies",
        "default_region": "default_region_id",
        "default_location": "default_location_id",
    },
}
STAMPED: Final = frozenset(("region", "shipping_profile", "stock_location", "store"))


def normal_region(key: str, value: Value) -> Value:
    """The form in which Medusa gives a region back: its name trimmed, taxes automatic unless it is told otherwise."""
    if key == "automatic_taxes" and value is None:
        return True
    return members(members_of(value)) if key == "payment_providers" else normal_name(key, value)


def normal_profile(key: str, value: Value) -> Value:
    """The form in which Medusa gives a shipping profile back: it is always of some kind."""
    return KIND if key == "kind" and value is None else value


def normal_location(key: str, value: Value) -> Value:
    """The form in which Medusa gives a stock location back: of an address what it has columns for, less the nulls."""
    if key == "address" and isinstance(value, Mapping):
        return {name: value[name] for name in ADDRESS if value.get(name) is not None}
    return normal_name(key, value)


def normal_store(key: str, value: Value) -> Value:
    """The form in which Medusa gives the store back."""
    return members(members_of(value)) if key == "currencies" else normal_name(key, value)


def normal_name(key: str, value: Value) -> Value:
    """A name without the spaces around it."""
    return value.strip() if key == "name" and isinstance(value, str) else value


def record(type_name: str, raw: Raw) -> Record:
    """A record as read. What has no stamp of its own has no version: a country's tells nothing of its region."""
    columns = COLUMNS[type_name]
    stamped = type_name in STAMPED
    return Record(
        type=type_name,
        remote_id=str(raw[columns["code"]] if "code" in columns else raw["id"]),
        fields={
            ours: _READ.get((type_name, ours), _as_it_is)(raw[theirs])
            for ours, theirs in columns.items()
            if theirs in raw
        },
        version=max(version(raw), _version_of_address(raw)) if stamped else 0,
        marker=marker_of(raw) if stamped else None,
        missing=tuple(sorted(ours for ours, theirs in columns.items() if theirs not in raw)),
    )


def unassigned(known: Country) -> Record:
    """A country that no region has."""
    fields: dict[str, Value] = {"code": known.code, "iso_3": known.iso_3, "name": known.name, "region": None}
    return Record(type="country", remote_id=known.code, fields=fields)


def body(write: Write, fields: Mapping[str, Value], kept: object = None) -> dict[str, object]:
    """What is posted to make or change a region, a shipping profile or a stock location."""
    made: dict[str, object] = {
        COLUMNS[write.type][name]: _WRITTEN[write.type](name, value)
        for name, value in fields.items()
        if name != "address"
    }
    if isinstance(address := fields.get("address"), Mapping):  # whole: columns left out would stay as they are
        made["address"] = {name: address.get(name) for name in ADDRESS}
    if write.type == "shipping_profile" and write.remote_id is None:
        made.setdefault("type", KIND)
    return {**made, **marked(write, kept)}


def store_body(write: Write, fields: Mapping[str, Value], raw: Raw) -> dict[str, object]:
    """What changes the store. Its currencies are replaced as a whole, and one of them is always the default."""
    names = ("name", "default_region", "default_location")
    made: dict[str, object] = {
        COLUMNS["store"][name]: normal_name(name, fields[name]) for name in names if name in fields
    }
    if "currencies" in fields or "default_currency" in fields:
        present = _READ["store", "currencies"](raw["supported_currencies"])
        codes = members_of(fields.get("currencies", present))
        default = fields.get("default_currency") or _default(raw["supported_currencies"])
        if "default_currency" in fields and default not in codes and default is not None:
            codes = [*codes, str(default)]
        elif default not in codes:
            default = codes[0] if codes else None
        made["supported_currencies"] = [
            {"currency_code": code, "is_default": code == default} for code in members(codes)
        ]
    return {**made, **marked(write, raw.get("metadata"))}


def _as_it_is(value: object) -> Value:
    return value  # type: ignore[return-value]  # a plain value of JSON


def _ids(rows: object) -> Value:
    return members(str(row["id"]) for row in living(rows, "payment providers"))


def _codes(rows: object) -> Value:
    return members(str(row["currency_code"]).lower() for row in living(rows, "currencies"))


def _default(rows: object) -> Value:
    chosen = [str(row["currency_code"]).lower() for row in living(rows, "currencies") if row["is_default"]]
    return chosen[0] if chosen else None


def _address(row: object) -> Value:
    if not isinstance(row, Mapping):
        return None
    return {name: str(row[name]) for name in ADDRESS if row.get(name) is not None}


def _version_of_address(raw: Raw) -> int:
    """An address has stamps of its own."""
    address = raw.get("address")
    return version(address) if isinstance(address, Mapping) and "updated_at" in address else 0


_READ: Final[Mapping[tuple[str, str], Callable[[object], Value]]] = {
    ("region", "payment_providers"): _ids,
    ("stock_location", "address"): _address,
    ("store", "currencies"): _codes,
    ("store", "default_currency"): _default,
}
_WRITTEN: Final[Mapping[str, Callable[[str, Value], Value]]] = {
    "region": normal_region,
    "shipping_profile": normal_profile,
    "stock_location": normal_location,
}
