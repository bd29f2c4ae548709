"""What is there after the installation: accounts with their tokens, and the shop's collections."""

from __future__ import annotations

from typing import Any

from replicator.sandbox.directus import furniture
from replicator.sandbox.directus.schema import Schema
from replicator.sandbox.directus.tables import Tables
from replicator.sandbox.world import World

TOKEN_LENGTH = 32
HISTORY = ("directus_activity", "directus_revisions")


def furnish(schema: Schema, tables: Tables, world: World, *, bare: bool) -> dict[str, str]:
    """Make it; returns the tokens to be told. `bare`: the administrator only."""
    tokens = {"admin_token": _account(tables, world, "Admin", {"admin_access": True, "app_access": True})}
    if bare:
        return tokens
    for each in furniture.collections():
        schema.add_collection(each)
        for field in schema.collection(each["collection"]).fields.values():
            if field.unique:
                tables.index(each["collection"], field.name)
    for each in furniture.relations():
        made = schema.add_relation(each)
        tables.index(made.collection, made.field)
    tokens["token"] = _account(tables, world, "Replicator", {"admin_access": False, "app_access": False}, schema)
    tokens["person_token"] = _account(tables, world, "Paula", {"admin_access": False, "app_access": True}, schema)
    return tokens


def _account(tables: Tables, world: World, name: str, access: dict[str, bool], schema: Schema | None = None) -> str:
    role = _row(tables, world, "directus_roles", {"name": name})
    policy = _row(tables, world, "directus_policies", {"name": name, **access})
    _row(tables, world, "directus_access", {"role": role, "policy": policy})
    token = world.id(length=TOKEN_LENGTH)
    user = {
        "email": f"{name.lower()}@example.com",
        "first_name": name,
        "role": role,
        "token": token,
        "status": "active",
    }
    _row(tables, world, "directus_users", user)
    own = [each for each in schema.collections if not each.startswith("directus_")] if schema else []
    rights = [(collection, action) for collection in own for action in ("create", "read", "update", "delete")]
    for collection, action in [*rights, *((each, "read") for each in HISTORY if schema)]:
        number = tables.count_up("directus_permissions")
        right = {"policy": policy, "collection": collection, "action": action, "permissions": {}, "fields": ["*"]}
        tables.put("directus_permissions", number, {"id": number, **right})
    return token


def _row(tables: Tables, world: World, collection: str, values: dict[str, Any]) -> str:
    key = world.uuid()
    tables.put(collection, key, {"id": key, **values})
    return key
