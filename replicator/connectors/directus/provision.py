"""Provisioning: what a Directus lacks for us, and mending it. Nothing of a shop is ever changed or taken away.

Looking needs our own account, or an administrator's token where that account is not there yet; mending needs the
latter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client
from replicator.connectors.directus import wanted
from replicator.connectors.directus.access import Access
from replicator.connectors.directus.flow import FlowHook
from replicator.connectors.directus.recording import Recording
from replicator.connectors.directus.settings import DirectusSettings
from replicator.errors import Unauthorised

NEEDS_ADMIN = "give an administrator's token (admin_token) and provision again"


class Provision:
    """One look at a Directus, and its mending."""

    def __init__(self, settings: DirectusSettings, client: Client, admin: Client | None) -> None:
        self._settings = settings
        self._client = client
        self._admin = admin
        self._access = Access(settings, client, admin)
        self._recording = Recording(settings.layout, admin)
        self._flow = FlowHook(settings, admin)

    async def run(self, *, apply: bool) -> list[Finding]:
        """Schema first, then what is recorded, then who may use it, then who is told."""
        try:
            fields, relations = await self._present()
        except Unauthorised as error:
            return [Finding("account", Level.ERROR, str(error), NEEDS_ADMIN)]
        findings = [*await self._collections(fields, apply=apply), *await self._relations(relations, apply=apply)]
        findings += await self._recording.run(apply=apply)
        findings += await self._access.run(apply=apply)
        findings += await self._flow.run(apply=apply)
        return findings

    async def _present(self) -> tuple[dict[tuple[str, str], Mapping[str, Any]], dict[tuple[str, str], str]]:
        asker = self._admin or self._client
        fields = (await asker.request("GET", "/fields")).body["data"]
        relations = (await asker.request("GET", "/relations")).body["data"]
        return (
            {(each["collection"], each["field"]): each for each in fields},
            {(each["collection"], each["field"]): _on_delete(each) for each in relations},
        )

    async def _collections(self, present: Mapping[tuple[str, str], Mapping[str, Any]], *, apply: bool) -> list[Finding]:
        findings: list[Finding] = []
        there = {collection for collection, _ in present}
        for each in wanted.collections(self._settings.layout):
            name = each["collection"]
            if name not in there:
                findings.append(await self._mend(f"collection {name}", "/collections", each, apply=apply))
                continue
            for field in each["fields"]:
                subject = f"field {name}.{field['field']}"
                found = present.get((name, field["field"]))
                if found is None:
                    findings.append(await self._mend(subject, f"/fields/{name}", field, apply=apply))
                else:
                    findings += _judged(subject, field, dict(found))
        return findings or [Finding("schema", Level.OK, "all collections and fields are there")]

    async def _relations(self, present: Mapping[tuple[str, str], str], *, apply: bool) -> list[Finding]:
        findings: list[Finding] = []
        for each in wanted.relations(self._settings.layout):
            subject = f"relation {each['collection']}.{each['field']}"
            found, asked = present.get((each["collection"], each["field"])), each["schema"]["on_delete"]
            if found is None:
                findings.append(await self._mend(subject, "/relations", each, apply=apply))
            elif found != asked:
                message = f"on delete it does {found or 'nothing'}, not {asked}"
                findings.append(Finding(subject, Level.WARNING, message, f"set its on_delete to {asked}"))
        return findings or [Finding("relations", Level.OK, "all relations are there")]

    async def _mend(self, subject: str, path: str, body: object, *, apply: bool) -> Finding:
        if self._admin is None:
            message = "it is not there, or our account may not read it"
            return Finding(subject, Level.ERROR, message, NEEDS_ADMIN)
        if not apply:
            return Finding(subject, Level.ERROR, "it is not there", "`replicator connect SYSTEM --apply`")
        await self._admin.request("POST", path, json=body)
        return Finding(subject, Level.OK, "made")


def _judged(subject: str, field: Mapping[str, Any], found: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with a field that is there: nothing of it is changed by us."""
    if not wanted.fits(dict(field), dict(found)):
        message = f"it is of type {found.get('type')}, which cannot hold {field['type']}"
        return [Finding(subject, Level.ERROR, message, "map the field to another column, or change its type")]
    if wanted.unique(dict(field)) and not wanted.unique(dict(found)):
        message = "it is not unique: two records could be made with one natural key"
        return [Finding(subject, Level.WARNING, message, "make it unique")]
    return []


def _on_delete(relation: Mapping[str, Any]) -> str:
    return str((relation.get("schema") or {}).get("on_delete") or "")
