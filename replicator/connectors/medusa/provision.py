"""Provision: what has to be there in Medusa: a stock location, our currencies, and the companion that sends hooks.

Medusa has no webhooks of its own. The companion is a small plugin in it, which posts every event to us, signed; it
keeps where to and with which secret, and tells the name of the secret, not the secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from replicator.connectors.answers import Refused
from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client
from replicator.connectors.medusa.reading import Reader

LOCATION_NAME = "Default"
COMPANION = "/admin/replicator/companion"
NOT_FOUND = 404


async def location(client: Client, reader: Reader, *, apply: bool) -> Finding:
    """The stock location; with `apply` one is made where there is none."""
    found = await reader.location()
    if found is None and apply:
        await client.request("POST", "/admin/stock-locations", json={"name": LOCATION_NAME})
        found = await reader.location()
    if found is None:
        message = "there is no stock location: stock cannot be carried"
        mend = "`replicator connect SYSTEM --apply`, or make one in Medusa"
        return Finding("stock location", Level.ERROR, message, mend)
    return Finding("stock location", Level.OK, f"stock is that of {found}")


async def currencies(reader: Reader, wanted: Sequence[str]) -> list[Finding]:
    """Whether the shop knows our currencies. Which it sells in is for its people to choose."""
    stores = await reader.ask("/admin/stores", "stores", [("fields", "id,*supported_currencies")])
    known = {str(one["currency_code"]).lower() for store in stores for one in store.get("supported_currencies") or ()}
    return [
        Finding(
            f"currency {code}",
            Level.OK if code in known else Level.WARNING,
            "the shop knows it" if code in known else "the shop does not sell in it: its prices are kept but not used",
            "" if code in known else f"add {code} to the store's currencies in Medusa",
        )
        for code in sorted({code.lower() for code in wanted})
    ]


async def companion(client: Client, url: str | None, secret: str | None, *, apply: bool) -> list[Finding]:
    """Whether our companion is there and posts to us; with `apply` it is told to."""
    if url is None:
        return []
    wanted = {"url": url, "secret_name": None if secret is None else secret_name(secret)}
    try:
        told = (await client.request("GET", COMPANION)).body["companion"]
        if {key: told.get(key) for key in wanted} != wanted and apply:
            told = (await client.request("POST", COMPANION, json={"url": url, "secret": secret})).body["companion"]
    except Refused as error:
        if error.status != NOT_FOUND:
            raise
        message = "our companion is not installed there: changes are found by polls and listings alone, later"
        return [Finding("companion", Level.WARNING, message, "install the companion in Medusa")]
    if {key: told.get(key) for key in wanted} != wanted:
        message = f"our companion posts to {told.get('url')!r} or signs otherwise than we expect"
        return [Finding("companion", Level.ERROR, message, "`replicator connect SYSTEM --apply`")]
    return [Finding("companion", Level.OK, f"our companion posts to {url}")]


def secret_name(secret: str) -> str:
    """A name by which both sides can see that they have the same secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
