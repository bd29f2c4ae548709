"""Accounts: who is asking, by a static token, and what their policies allow. All of it is rows, made over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from replicator.sandbox.directus.refusals import forbidden_collection, invalid_credentials
from replicator.sandbox.directus.schema import Schema
from replicator.sandbox.directus.tables import Row, Tables

# Only what provisioning and the replicator touch; the type of a field as in `values`.
SYSTEM_COLLECTIONS: dict[str, dict[str, str]] = {
    "directus_users": dict.fromkeys(("email", "password", "first_name", "last_name", "token", "status"), "string")
    | {"role": "uuid"},
    "directus_roles": dict.fromkeys(("name", "icon", "description"), "string"),
    "directus_policies": dict.fromkeys(("name", "icon", "description"), "string")
    | dict.fromkeys(("app_access", "admin_access"), "boolean"),
    "directus_permissions": {"policy": "uuid", "collection": "string", "action": "string"}
    | dict.fromkeys(("permissions", "validation", "presets", "fields"), "json"),
    "directus_access": dict.fromkeys(("role", "user", "policy"), "uuid"),
    "directus_flows": dict.fromkeys(("name", "icon", "status", "trigger", "accountability", "description"), "string")
    | {"options": "json", "operation": "uuid"},
    "directus_operations": dict.fromkeys(("key", "name", "type"), "string")
    | {"flow": "uuid", "options": "json", "position_x": "integer", "position_y": "integer"},
    "directus_files": dict.fromkeys(
        ("title", "description", "type", "storage", "filename_download", "filename_disk"), "string"
    ),
    "directus_activity": dict.fromkeys(("action", "ip", "user_agent", "collection", "item", "origin"), "text")
    | {"user": "uuid", "timestamp": "timestamp"},
    "directus_revisions": dict.fromkeys(("collection", "item", "version"), "text")
    | {"activity": "integer", "data": "json", "delta": "json", "parent": "integer"},
}
SERIAL = ("directus_permissions", "directus_activity", "directus_revisions")
INDEXED = (("directus_users", "token"), ("directus_revisions", "activity"), ("directus_activity", "item"))
CONCEALED = ("password", "token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. `account` is their name in the ledger."""

    account: str | None = None
    user: str | None = None
    role: str | None = None
    admin: bool = False
    app: bool = False
    ip: str = "127.0.0.1"
    origin: str | None = None
    user_agent: str | None = None

    def accountability(self) -> dict[str, Any]:
        """As it stands in events."""
        told: dict[str, Any] = {
            "role": self.role,
            "user": self.user,
            "roles": [self.role] if self.role else [],
            "admin": self.admin,
            "app": self.app,
            "ip": self.ip,
        }
        optional = {"userAgent": self.user_agent, "origin": self.origin}
        return told | {name: value for name, value in optional.items() if value is not None}


def install(schema: Schema, tables: Tables) -> None:
    """Make the system's own collections."""
    for name, fields in SYSTEM_COLLECTIONS.items():
        serial = name in SERIAL
        own = {
            "field": "id",
            "type": "integer" if serial else "uuid",
            "meta": {"special": [] if serial else ["uuid"]},
            "schema": {"is_primary_key": True, "has_auto_increment": serial},
        }
        listed = [
            {"field": field, "type": kind, "meta": {}, "schema": {"max_length": 1000}} for field, kind in fields.items()
        ]
        schema.add_collection({"collection": name, "meta": {"system": True}, "fields": [own, *listed]})
    revisions = {"field": "revisions", "type": "alias", "meta": {"special": ["o2m"], "system": True}}
    schema.add_field("directus_activity", revisions)
    schema.add_relation(
        {
            "collection": "directus_revisions",
            "field": "activity",
            "related_collection": "directus_activity",
            "meta": {"one_field": "revisions", "system": True},
        }
    )
    for collection, field in INDEXED:
        tables.index(collection, field)


def caller(tables: Tables, token: str | None, *, origin: str | None, user_agent: str | None) -> Caller:
    """Who holds this token; nobody without one. 401 for a token that nobody holds."""
    if token is None:
        return Caller(origin=origin, user_agent=user_agent)
    users = tables.where("directus_users", "token", token)
    if not users or users[0].get("status") not in (None, "active"):
        raise invalid_credentials()
    user = users[0]
    policies = _policies(tables, user)
    admin = any(policy.get("admin_access") for policy in policies)
    app = any(policy.get("app_access") for policy in policies)
    name = user.get("first_name") or user.get("email")
    return Caller(
        account="admin" if admin else f"person:{name}" if app else "replicator",
        user=user["id"],
        role=user.get("role"),
        admin=admin,
        app=app,
        origin=origin,
        user_agent=user_agent,
    )


def _policies(tables: Tables, user: Row) -> list[Row]:
    granted = [
        each
        for each in tables.every("directus_access")
        if (each.get("user") == user["id"]) or (each.get("role") is not None and each["role"] == user.get("role"))
    ]
    found = (tables.get("directus_policies", each.get("policy")) for each in granted)
    return [policy for policy in found if policy is not None]


def allowed(tables: Tables, who: Caller, action: str, collection: str) -> bool:
    """Whether a policy of theirs has a permission for it."""
    if who.admin:
        return True
    user = tables.get("directus_users", who.user)
    held = {policy["id"] for policy in _policies(tables, user)} if user else set()
    return any(
        each.get("policy") in held and each.get("collection") == collection and each.get("action") == action
        for each in tables.every("directus_permissions")
    )


def require(tables: Tables, who: Caller, action: str, collection: str) -> None:
    """403 unless they may."""
    if not allowed(tables, who, action, collection):
        raise forbidden_collection(collection)


def concealed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what must not be shown."""
    return [
        {name: "**********" if name in CONCEALED and value else value for name, value in row.items()} for row in rows
    ]
