"""Whether Directus records what we live by: every write in its activity, with a revision, found quickly by its item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client, Denied, Refused
from replicator.connectors.directus.layout import Layout

ACTIVITY, ITEM = "directus_activity", "item"
INDEX = {"schema": {"is_indexed": True}}
EVERYTHING = "all"
BY_LISTINGS = "its changes are not recorded: only full listings find them"
UNTOLD = "its revisions are not recorded: edits between two reads, and our own writes, are not told"


class Recording:
    """What Directus records. Only an administrator is told, or may mend it."""

    def __init__(self, layout: Layout, admin: Client | None) -> None:
        self._layout = layout
        self._admin = admin

    async def run(self, *, apply: bool) -> list[Finding]:
        """What is not recorded of our collections; and an index for asking, which Directus does not make by itself."""
        if self._admin is None:
            return []
        return [*await self._unrecorded(self._admin), *await self._index(self._admin, apply=apply)]

    async def _unrecorded(self, admin: Client) -> list[Finding]:
        """A shop's own collections may be told to record less. That is theirs to decide."""
        told = (await admin.request("GET", "/collections")).body["data"]
        ours = set(self._layout.collections_all())
        return [
            Finding(
                f"collection {each['collection']}",
                Level.WARNING,
                UNTOLD if _accountability(each) else BY_LISTINGS,
                "set its Activity & Revisions Tracking to Track Activity & Revisions",
            )
            for each in told
            if each["collection"] in ours and _accountability(each) != EVERYTHING
        ]

    async def _index(self, admin: Client, *, apply: bool) -> list[Finding]:
        path, subject = f"/fields/{ACTIVITY}/{ITEM}", f"index of {ACTIVITY}.{ITEM}"
        slow = "without it every read looks through the whole activity, which grows for ever"
        try:
            field: Mapping[str, Any] = (await admin.request("GET", path)).body["data"]
            if (field.get("schema") or {}).get("is_indexed"):
                return []
            if not apply:
                return [Finding(subject, Level.WARNING, slow, "`replicator connect SYSTEM --apply`")]
            await admin.request("PATCH", path, json=INDEX)
        except (Denied, Refused) as error:  # an older Directus indexes no columns of its own
            return [Finding(subject, Level.WARNING, f"{slow}; Directus refused it: {error}", "make it by SQL")]
        return [Finding(subject, Level.OK, "made")]


def _accountability(collection: Mapping[str, Any]) -> str | None:
    told = (collection.get("meta") or {}).get("accountability")
    return str(told) if told else None
