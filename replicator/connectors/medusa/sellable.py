"""Sellable: what has to be there before what we import can be sold. Looked at, and with `apply` made.

A product is sold in a sales channel, sent by a shipping profile, and in stock at a location that the channel draws on;
prices count in a currency that the store takes. Names are those of the settings; nothing that is there is changed
but by adding to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client
from replicator.connectors.medusa import choosing, selling
from replicator.connectors.medusa.raw import Raw, living
from replicator.connectors.medusa.reading import Reader
from replicator.core.document import members

MEND: Final = "`replicator connect SYSTEM --apply`, or make it in Medusa"
KEYS: Final = [("type", "publishable"), ("fields", "id,title,type,revoked_at,*sales_channels"), ("limit", "200")]


@dataclass(frozen=True, slots=True)
class Making:
    """One look at a Medusa; with `apply` what is missing is made."""

    client: Client
    reader: Reader
    apply: bool

    async def findings(self, currencies: Sequence[str]) -> list[Finding]:
        """All that is needed, one finding each."""
        channel = await self._channel()
        return [
            self._named("sales channel", channel, self.reader.choices.sales_channel),
            await self._profile(),
            *await self._location(channel),
            *await self._currencies(currencies),
            *await self._shown(channel),
            *await self._zone(),
        ]

    async def _channel(self) -> Raw | None:
        found = await choosing.sales_channel(self.reader)
        named = self.reader.choices.sales_channel
        if found is None and self.apply and named is not None:
            await self.client.request("POST", "/admin/sales-channels", json={"name": named})
            found = await choosing.sales_channel(self.reader)
        return found

    async def _profile(self) -> Finding:
        found = await choosing.shipping_profile(self.reader)
        named = self.reader.choices.shipping_profile
        if found is None and self.apply and named is not None:
            body = {"name": named, "type": selling.KIND}
            await self.client.request("POST", "/admin/shipping-profiles", json=body)
            found = await choosing.shipping_profile(self.reader)
        return self._named("shipping profile", found, named)

    async def _location(self, channel: Raw | None) -> list[Finding]:
        """The stock location, and whether the sales channel draws on it."""
        found = await choosing.stock_location(self.reader)
        named = self.reader.choices.stock_location
        if found is None and self.apply and named is not None:
            await self.client.request("POST", "/admin/stock-locations", json={"name": named})
            found = await choosing.stock_location(self.reader)
        findings = [self._named("stock location", found, named)]
        if found is None or channel is None:
            return findings
        drawing = {each["id"] for each in living(found.get("sales_channels") or [], "sales channels")}
        if channel["id"] not in drawing and self.apply:
            path = f"/admin/stock-locations/{found['id']}/sales-channels"
            await self.client.request("POST", path, json={"add": [channel["id"]]})
            drawing.add(channel["id"])
        if channel["id"] not in drawing:
            message = f"{channel['name']} does not sell what lies at {found['name']}"
            findings.append(Finding("stock for sale", Level.ERROR, message, MEND))
        return findings

    async def _currencies(self, wanted: Sequence[str]) -> list[Finding]:
        """Whether the store takes our currencies; with `apply` it does."""
        codes = members(code.lower() for code in wanted)
        fields = [("fields", "id,name,*supported_currencies")]
        for store in await self.reader.ask("/admin/stores", "stores", fields):
            rows = living(store["supported_currencies"], "currencies")
            taken = [str(row["currency_code"]).lower() for row in rows]
            if self.apply and set(codes) - set(taken):
                default = next((code for code, row in zip(taken, rows, strict=True) if row["is_default"]), codes[0])
                taken = members([*taken, *codes])
                body = [{"currency_code": code, "is_default": code == default} for code in taken]
                await self.client.request("POST", f"/admin/stores/{store['id']}", json={"supported_currencies": body})
            return [_taken(code, taken) for code in codes]
        return [Finding("store", Level.ERROR, "there is no store", "`medusa db:migrate` makes one")]

    async def _shown(self, channel: Raw | None) -> list[Finding]:
        """Whether storefronts are shown the channel: by a publishable key, which is for its people to hand out."""
        if channel is None:
            return []
        for key in await self.reader.ask("/admin/api-keys", "api_keys", KEYS):
            channels = {each["id"] for each in living(key.get("sales_channels") or [], "sales channels")}
            if key.get("revoked_at") is None and channel["id"] in channels:
                return []
        message = f"no publishable key shows {channel['name']}: storefronts will not see what is sold there"
        return [Finding("storefront", Level.WARNING, message, "give a publishable key this channel in Medusa")]

    async def _zone(self) -> list[Finding]:
        named = self.reader.choices.service_zone
        if named is None or await choosing.service_zone(self.reader) is not None:
            return []
        message = f"there is no service zone {named!r}: no shipping option can be made"
        return [Finding("service zone", Level.ERROR, message, "make it in Medusa: Locations & Shipping")]

    def _named(self, subject: str, found: Raw | None, named: str | None) -> Finding:
        if found is not None:
            return Finding(subject, Level.OK, f"it is {found.get('name') or found['id']}")
        if named is not None:
            return Finding(subject, Level.ERROR, f"there is no {subject} {named!r}", MEND)
        message = f"there is none, or several and the settings name none of them: choose the {subject} of new products"
        setting = subject.replace(" ", "_")
        return Finding(subject, Level.ERROR, message, f"`systems.SYSTEM.{setting}` in replicator.toml")


def _taken(code: str, taken: Sequence[str]) -> Finding:
    if code in taken:
        return Finding(f"currency {code}", Level.OK, "the store takes it")
    message = "the store does not take it: its prices are kept but not used"
    return Finding(f"currency {code}", Level.WARNING, message, MEND)
