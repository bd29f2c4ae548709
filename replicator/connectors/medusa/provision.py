"""Provision: what has to be there in Medusa before records can be carried: a stock location, and our currencies."""

from __future__ import annotations

from collections.abc import Sequence

from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client
from replicator.connectors.medusa.reading import Reader

LOCATION_NAME = "Default"


async def provision(client: Client, reader: Reader, currencies: Sequence[str], *, apply: bool) -> list[Finding]:
    """What is missing; with `apply` a stock location is made. The shop's currencies are for its people to choose."""
    return [await _location(client, reader, apply=apply), *await _currencies(reader, currencies)]


async def _location(client: Client, reader: Reader, *, apply: bool) -> Finding:
    location = await reader.location()
    if location is None and apply:
        await client.request("POST", "/admin/stock-locations", json={"name": LOCATION_NAME})
        location = await reader.location()
    if location is None:
        message = "there is no stock location: stock cannot be carried"
        return Finding("stock location", Level.ERROR, message, "provision with --apply, or make one in Medusa")
    return Finding("stock location", Level.OK, f"stock is that of {location}")


async def _currencies(reader: Reader, currencies: Sequence[str]) -> list[Finding]:
    stores = await reader.ask("/admin/stores", "stores", [("fields", "id,*supported_currencies")])
    known = {str(one["currency_code"]).lower() for store in stores for one in store.get("supported_currencies") or ()}
    return [
        Finding(
            f"currency {code}",
            Level.OK if code in known else Level.WARNING,
            "the shop knows it" if code in known else "the shop does not sell in it: its prices are kept but not used",
            "" if code in known else f"add {code} to the store's currencies in Medusa",
        )
        for code in sorted({code.lower() for code in currencies})
    ]
