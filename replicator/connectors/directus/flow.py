"""The Flow that tells us of changes: one POST per event, once, with a secret in a header. A hint, never the truth.

Where our hook extension is installed (`files`), it tells more, and surely: then no Flow is made.
"""

from __future__ import annotations

from typing import Any

from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client
from replicator.connectors.directus.files import NAME as EXTENSION
from replicator.connectors.directus.settings import DirectusSettings

NAME = "replicator: changes"
SCOPE = ["items.create", "items.update", "items.delete"]
BODY = '{"trigger": {{$trigger}}, "accountability": {{$accountability}} }'


class FlowHook:
    """The Flow and its one operation. Without `accountability` its runs are not logged, secrets and all."""

    def __init__(self, settings: DirectusSettings, admin: Client | None) -> None:
        self._settings = settings
        self._admin = admin

    async def run(self, *, apply: bool) -> list[Finding]:
        """Make it, or make it right."""
        if self._settings.hook_url is None or not self._settings.hook_secret:
            message = "no hook address and secret are set: changes are found by polling alone"
            return [Finding("flow", Level.OK, message)]
        if self._admin is None:
            message = "whether changes are told to us can only be seen with an administrator's token"
            return [
                Finding("flow", Level.WARNING, message, "provision once with an administrator's token (admin_token)")
            ]
        if await self._extended(self._admin):
            return [Finding("flow", Level.OK, "changes are told to us by the hook extension, signed and until taken")]
        flow, operation = await self._present(self._admin)
        if flow is not None and operation is not None and self._right(flow, operation):
            return [Finding("flow", Level.OK, "changes are told to us")]
        if not apply:
            return [Finding("flow", Level.ERROR, "changes are not told to us", "`replicator connect SYSTEM --apply`")]
        await self._mend(self._admin, flow, operation)
        return [Finding("flow", Level.OK, f"changes are now told to {self._settings.hook_url}")]

    async def _extended(self, admin: Client) -> bool:
        installed = (await admin.request("GET", "/extensions")).body["data"]
        ours = [each for each in installed if (each.get("schema") or {}).get("name") == EXTENSION]
        return any((each.get("meta") or {}).get("enabled") for each in ours)

    async def _present(self, admin: Client) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        named = [("filter[name][_eq]", NAME), ("limit", "1")]
        flows = (await admin.request("GET", "/flows", params=named)).body["data"]
        if not flows or not flows[0].get("operation"):
            return (flows[0] if flows else None), None
        own = [("filter[id][_eq]", str(flows[0]["operation"])), ("limit", "1")]
        operations = (await admin.request("GET", "/operations", params=own)).body["data"]
        return flows[0], operations[0] if operations else None

    def _right(self, flow: dict[str, Any], operation: dict[str, Any]) -> bool:
        kept = {name: flow.get(name) for name in self._flow()}
        return kept == self._flow() and operation.get("options") == self._operation()["options"]

    async def _mend(self, admin: Client, flow: dict[str, Any] | None, operation: dict[str, Any] | None) -> None:
        if flow is None:
            flow = (await admin.request("POST", "/flows", json=self._flow())).body["data"]
        else:
            await admin.request("PATCH", f"/flows/{flow['id']}", json=self._flow())
        if operation is not None:
            await admin.request("PATCH", f"/operations/{operation['id']}", json=self._operation())
            return
        body = {"flow": flow["id"], **self._operation()}
        made = (await admin.request("POST", "/operations", json=body)).body["data"]
        await admin.request("PATCH", f"/flows/{flow['id']}", json={"operation": made["id"]})

    def _flow(self) -> dict[str, Any]:
        collections = self._settings.layout.collections_all()
        return {
            "name": NAME,
            "status": "active",
            "trigger": "event",
            "accountability": None,
            "options": {"type": "action", "scope": SCOPE, "collections": collections},
        }

    def _operation(self) -> dict[str, Any]:
        headers = [
            {"header": self._settings.hook_header, "value": self._settings.hook_secret},
            {"header": "Content-Type", "value": "application/json"},
        ]
        options = {"method": "POST", "url": self._settings.hook_url, "headers": headers, "body": BODY}
        place = {"position_x": 19, "position_y": 1}
        return {"key": "post", "name": "post", "type": "request", **place, "options": options}
