"""What stands in a Medusa from the start, or comes with its configuration: nothing that its API could make."""

from __future__ import annotations

from collections.abc import Iterator

from replicator.sandbox.medusa.tables import Row

CURRENCIES = (
    *(("eur", "Euro", "€", 2), ("usd", "US Dollar", "$", 2), ("gbp", "British Pound Sterling", "£", 2)),
    *(("chf", "Swiss Franc", "CHF", 2), ("dkk", "Danish Krone", "Dkr", 2), ("sek", "Swedish Krona", "Skr", 2)),
    *(("jpy", "Japanese Yen", "¥", 0), ("pln", "Polish Zloty", "zł", 2)),
)
COUNTRIES = (
    *(("at", "aut", "Austria"), ("be", "bel", "Belgium"), ("ch", "che", "Switzerland"), ("de", "deu", "Germany")),
    *(("dk", "dnk", "Denmark"), ("fr", "fra", "France"), ("gb", "gbr", "United Kingdom"), ("it", "ita", "Italy")),
    *(("nl", "nld", "Netherlands"), ("no", "nor", "Norway"), ("pl", "pol", "Poland"), ("se", "swe", "Sweden")),
    *(("us", "usa", "United States"), ("ca", "can", "Canada")),
)
CHANNEL = {"name": "Default Sales Channel", "description": "Created by Medusa", "is_disabled": False}
PROFILE = {"name": "Default Shipping Profile", "type": "default"}
STORE = "Medusa Store"


def api_key(world_id: str, channel_id: str) -> Row:
    """The publishable key that storefronts have: it shows the default channel."""
    return {"id": world_id, "title": "Default Publishable API Key", "type": "publishable", "_channels": [channel_id]}


def rows() -> Iterator[tuple[str, Row]]:
    """Rows with ids of their own choosing: table and columns."""
    for code, name, symbol, digits in CURRENCIES:
        columns = {"name": name, "symbol": symbol, "symbol_native": symbol, "decimal_digits": digits, "rounding": 0}
        yield "currencies", {"id": code, "code": code, **columns}
    for code, iso_3, name in COUNTRIES:
        names = {"iso_2": code, "iso_3": iso_3, "name": name.upper(), "display_name": name}
        yield "countries", {"id": code, **names, "region_id": None}
    yield "payment_providers", {"id": "pp_system_default", "is_enabled": True}
    yield "fulfillment_providers", {"id": "manual_manual", "is_enabled": True}


def store(world_id: str, channel_id: str) -> Row:
    """The store: in euros and dollars."""
    currencies = [
        {"id": f"stocur_{code}", "currency_code": code, "is_default": code == "eur", "store_id": world_id}
        for code in ("eur", "usd")
    ]
    nowhere = {"default_region_id": None, "default_location_id": None, "default_sales_channel_id": channel_id}
    return {"id": world_id, "name": STORE, "supported_currencies": currencies, **nowhere}
