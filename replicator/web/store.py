"""`GET /store/{type}/{key}`: one merged document for storefronts, whichever system each value came from.

`key` is an entity id or a natural key's value (a handle, a sku). References are resolved one level, to id and natural
key; parts of an aggregate (a product's variants) come with it; prices are `{currency: amount}`. The ETag is made of
what the answer was made of, so a storefront asks often and is sent little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from replicator.app import App
from replicator.core.document import Value, digest, field_name
from replicator.core.entity import Entity
from replicator.core.schema import EntityType
from replicator.engine.portrait import UnknownEntity, find, is_id
from replicator.log import dossiers
from replicator.web.guard import admit
from replicator.web.refusal import Refusal

CACHE = "private, max-age=0, must-revalidate"
PUBLIC_CACHE = "public, max-age=5, stale-while-revalidate=60"


@dataclass(frozen=True, slots=True)
class Store:
    """The read side for storefronts."""

    app: App

    async def read(self, request: Request) -> Response:
        """One document, or 304 where the asker has it already. Raises Refusal."""
        public = self.app.settings.web.store_public
        if not public:
            admit(request, self.app.settings.web)
        type_name, key = request.path_params["type"], request.path_params["key"]
        async with self.app.database.look() as conn:
            document = await self._document(conn, type_name, key)
        body = orjson.dumps(document)
        headers = {"ETag": f'"{digest(document)}"', "Cache-Control": PUBLIC_CACHE if public else CACHE}
        if headers["ETag"] in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    async def _document(self, conn: AsyncConnection, type_name: str, key: str) -> dict[str, Any]:
        entity = await self._entity(conn, type_name, key)
        parts = await self._parts(conn, entity)
        told = [entity, *(part for group in parts.values() for part in group)]
        referred = {target for each in told for target in _targets(each, self._schema(each))}
        loaded = await dossiers.load(conn, sorted(referred), lock=False)
        names = {target: self._named(state) for target, (state, _) in loaded.items() if state.exists}
        return self._whole(entity, parts, names)

    def _whole(
        self, entity: Entity, parts: Mapping[str, Sequence[Entity]], names: Mapping[str, Mapping[str, Value]]
    ) -> dict[str, Any]:
        """A record with its parts, and theirs: a product with its variants with their prices."""
        document = _document(entity, self._schema(entity), names)
        for kind in self._kinds_of_parts(entity):
            mine = [each for each in parts.get(entity.id, ()) if each.type == kind]
            document[f"{kind}s"] = [self._whole(each, parts, names) for each in mine]
        return document

    async def _entity(self, conn: AsyncConnection, type_name: str, key: str) -> Entity:
        missing = Refusal(404, "not_found", f"there is no {type_name} {key}", "ask by its id or its natural key")
        if type_name not in self.app.shop.rules:
            raise missing
        found = await dossiers.load(conn, [key], lock=False) if is_id(key) else {}
        if not found:
            try:
                named = await find(conn, self.app.shop, f"{type_name}:{key}")
            except UnknownEntity as error:
                raise missing from error
            found = await dossiers.load(conn, [named], lock=False)
        entity, _ = next(iter(found.values()))
        if entity.type != type_name or not entity.exists:
            raise missing
        return entity

    async def _parts(self, conn: AsyncConnection, entity: Entity) -> dict[str, list[Entity]]:
        """The living parts of an aggregate and of its parts, by what they are a part of, level by level."""
        parts: dict[str, list[Entity]] = {}
        wholes = [entity] if self._kinds_of_parts(entity) else []
        while wholes:
            loaded = await dossiers.load(conn, await dossiers.parts(conn, [each.id for each in wholes]), lock=False)
            wholes = [state for state, _ in loaded.values() if state.exists]
            for each in wholes:
                parts.setdefault(str(each.value(self._schema(each).part_of or "")), []).append(each)
        return parts

    def _kinds_of_parts(self, entity: Entity) -> list[str]:
        return [name for name, rules in self.app.shop.rules.items() if _part_of(rules.schema) == entity.type]

    def _schema(self, entity: Entity) -> EntityType:
        return self.app.shop.rules[entity.type].schema

    def _named(self, entity: Entity) -> dict[str, Value]:
        """A reference, resolved: the id, and the natural key if there is one."""
        label = self._schema(entity).label
        return {"id": entity.id, "key": entity.value(label) if label else None}


def _document(entity: Entity, schema: EntityType, names: Mapping[str, Mapping[str, Value]]) -> dict[str, Any]:
    """The fields of an entity as a storefront wants them."""
    document: dict[str, Any] = {"id": entity.id, "type": entity.type}
    for name, each in schema.fields.items():
        if each.qualified:
            keys = sorted(key for key in entity.cells if field_name(key) == name and entity.value(key) is not None)
            document[name] = {key.partition("@")[2]: _amount(entity.value(key)) for key in keys}
        elif name in schema.references:
            document[name] = _resolved(entity.value(name), names)
        else:
            document[name] = entity.value(name)
    return document


def _amount(value: Value) -> Value:
    return value.get("amount") if isinstance(value, Mapping) else value


def _resolved(value: Value, names: Mapping[str, Mapping[str, Value]]) -> object:
    """References to what is deleted or not yet known are left out."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [names[each] for each in value if isinstance(each, str) and each in names]
    return names.get(value) if isinstance(value, str) else None


def _targets(entity: Entity, schema: EntityType) -> Iterable[str]:
    for name in schema.references:
        value = entity.value(name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, Sequence):
            yield from (each for each in value if isinstance(each, str))


def _part_of(schema: EntityType) -> str | None:
    return None if schema.part_of is None else schema.fields[schema.part_of].target
