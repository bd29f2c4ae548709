"""Our account over there: that it is let in, that it is no administrator, and that it may do what it has to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client, Denied
from replicator.connectors.directus.library import RIGHTS
from replicator.connectors.directus.settings import DirectusSettings

ACTIONS = ("create", "read", "update", "delete")
HISTORY = ("directus_activity", "directus_revisions")
NAME = "replicator"
UNAUTHORISED = 401
MEND = "give an administrator's token (admin_token) and `replicator connect SYSTEM --apply`"


class Access:
    """The account whose static token we use, and its rights."""

    def __init__(self, settings: DirectusSettings, client: Client, admin: Client | None) -> None:
        self._settings = settings
        self._client = client
        self._admin = admin

    async def run(self, *, apply: bool) -> list[Finding]:
        """What is missing; with `apply` and an administrator's token it is mended."""
        account = await self._account()
        if account is None:
            if self._admin is None or not apply:
                return [Finding("account", Level.ERROR, "our token is not known there", MEND)]
            role = await self._made("/roles", {"name": NAME})
            policy = await self._policy()
            await self._grant(policy, self._wanted())
            await self._made("/access", {"role": role, "policy": policy})
            user = {"email": self._settings.account_email, "role": role, "token": self._settings.token}
            await self._made("/users", {**user, "first_name": "Replicator", "status": "active"})
            return [Finding("account", Level.OK, f"made, as {self._settings.account_email}, with all its rights")]
        return await self._rights(account, apply=apply)

    async def _account(self) -> str | None:
        try:
            return str((await self._client.request("GET", "/users/me")).body["data"]["id"])
        except Denied as error:
            if error.status != UNAUTHORISED:
                raise
            return None

    async def _rights(self, account: str, *, apply: bool) -> list[Finding]:
        granted = (await self._client.request("GET", "/permissions/me")).body["data"]
        missing = [right for right in self._wanted() if not _has(granted, *right)]
        findings = []
        if _has(granted, "directus_users", "delete"):
            message = "it is an administrator's: for one, a missing item is no error, and events are made up"
            findings.append(
                Finding("account", Level.WARNING, message, "use an account of its own, with no more rights")
            )
        if not missing:
            return [*findings, Finding("rights", Level.OK, "our account may do all it has to")]
        named = ", ".join(f"{action} {collection}" for collection, action in missing)
        if self._admin is None or not apply:
            return [*findings, Finding("rights", Level.ERROR, f"our account may not: {named}", MEND)]
        policy = await self._policy()
        await self._grant(policy, missing)
        await self._made("/access", {"user": account, "policy": policy})
        return [*findings, Finding("rights", Level.OK, f"granted: {named}")]

    def _wanted(self) -> list[tuple[str, str]]:
        items = [(each, action) for each in self._settings.layout.collections_all() for action in ACTIONS]
        files = RIGHTS if self._settings.layout.media else []
        return [*items, *files, *((each, "read") for each in HISTORY)]

    async def _policy(self) -> str:
        return await self._made("/policies", {"name": NAME, "app_access": False, "admin_access": False})

    async def _grant(self, policy: str, rights: list[tuple[str, str]]) -> None:
        everything: dict[str, object] = {"permissions": {}, "validation": None, "presets": None, "fields": ["*"]}
        rows = [{"policy": policy, "collection": name, "action": action, **everything} for name, action in rights]
        await self._post("/permissions", rows)

    async def _made(self, path: str, body: Mapping[str, Any]) -> str:
        return str((await self._post(path, body))["data"]["id"])

    async def _post(self, path: str, body: object) -> Mapping[str, Any]:
        if self._admin is None:
            raise TypeError("only an administrator makes accounts")
        answer = await self._admin.request("POST", path, json=body)
        return answer.body if isinstance(answer.body, dict) else {}


def _has(granted: object, collection: str, action: str) -> bool:
    """Whether `/permissions/me` names a full right: `{"products": {"read": {"access": "full", "fields": ["*"]}}}`."""
    actions = granted.get(collection) if isinstance(granted, dict) else None
    right = actions.get(action) if isinstance(actions, dict) else None
    return isinstance(right, dict) and right.get("access") in ("full", "partial")
