"""The rest of the API, as far as provisioning needs it: schema, accounts, flows, activity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from replicator.sandbox.directus.accounts import Caller, allowed, concealed, require
from replicator.sandbox.directus.bodies import body_of, query_of
from replicator.sandbox.directus.items import Items, Service
from replicator.sandbox.directus.refusals import forbidden, forbidden_collection
from replicator.sandbox.directus.schema import field_shown
from replicator.sandbox.directus.values import valid_key

WRITABLE = ("users", "roles", "policies", "permissions", "access", "flows", "operations")
READABLE = (*WRITABLE, "activity", "revisions")


class SystemRoutes:
    """The routes of the schema and of the system's own rows."""

    def __init__(self, service: Service, items: Items) -> None:
        self._service = service
        self._items = items
        self.routes = [
            Route("/collections", self.collections, methods=["GET", "POST"]),
            Route("/collections/{name}", self.collection),
            Route("/fields", self.fields),
            Route("/fields/{name}", self.fields, methods=["GET", "POST"]),
            Route("/fields/{name}/{field}", self.fields, methods=["GET"]),
            Route("/fields/{name}/{field}", self.index, methods=["PATCH"]),
            Route("/relations", self.relations, methods=["GET", "POST"]),
            Route("/relations/{name}", self.relations),
            *(Route(f"/{name}", self.many, methods=_methods(name)) for name in READABLE),
            *(Route(f"/{name}/{{key}}", self.one, methods=["GET", "PATCH", "DELETE"]) for name in READABLE),
        ]

    async def collections(self, request: Request) -> Response:
        """All that the caller may read; POST makes one or several."""
        who = self._service.caller(request)
        if request.method == "POST":
            self._administrator(who)
            sent = await body_of(request)
            made = [self._service.schema.add_collection(each) for each in _several(sent)]
            for table in made:
                for field in table.fields.values():
                    if field.unique:
                        self._service.tables.index(table.name, field.name)
            shown = [table.shown() for table in made]
            return JSONResponse({"data": shown if isinstance(sent, list) else shown[0]})
        told = who.admin or who.app  # another account may use its collections, and is shown none
        named = [name for name in self._service.schema.collections if told and self._visible(who, name)]
        return JSONResponse({"data": [self._service.schema.collections[name].shown() for name in named]})

    async def collection(self, request: Request) -> Response:
        """One."""
        name = request.path_params["name"]
        if not self._visible(self._service.caller(request), name):
            raise forbidden_collection(name)
        return JSONResponse({"data": self._service.schema.collection(name).shown()})

    async def fields(self, request: Request) -> Response:
        """All, those of a collection, or one; POST makes one."""
        who, name = self._service.caller(request), request.path_params.get("name")
        if request.method == "POST":
            self._administrator(who)
            made = self._service.schema.add_field(str(name), await body_of(request))
            return JSONResponse({"data": field_shown(str(name), made)})
        if name is not None and not self._visible(who, name):
            raise forbidden_collection(name)
        shown = [
            field_shown(each.name, field)
            for each in self._service.schema.collections.values()
            if name in (None, each.name) and self._visible(who, each.name)
            for field in each.fields.values()
            if request.path_params.get("field") in (None, field.name)
        ]
        if "field" not in request.path_params:
            return JSONResponse({"data": shown})
        if not shown:
            raise forbidden()
        return JSONResponse({"data": shown[0]})

    async def index(self, request: Request) -> Response:
        """Index a column, also of the system's own: of those nothing else can be changed."""
        self._administrator(self._service.caller(request))
        name, field = request.path_params["name"], request.path_params["field"]
        found = self._service.schema.collection(name).fields.get(field)
        if found is None:
            raise forbidden_collection(name, field)
        sent = await body_of(request)
        found.schema = {**(found.schema or {}), **(sent.get("schema") or {})}
        return JSONResponse({"data": field_shown(name, found)})

    async def relations(self, request: Request) -> Response:
        """All, or those of a collection; POST makes one."""
        who, name = self._service.caller(request), request.path_params.get("name")
        if request.method == "POST":
            self._administrator(who)
            made = self._service.schema.add_relation(await body_of(request))
            self._service.tables.index(made.collection, made.field)
            return JSONResponse({"data": made.shown()})
        listed = [each for each in self._service.schema.relations if name in (None, each.collection)]
        return JSONResponse({"data": [each.shown() for each in listed if self._visible(who, each.collection)]})

    async def many(self, request: Request) -> Response:
        """A list of system rows, or new ones."""
        who, table = self._service.caller(request), _table(request)
        if request.method == "GET":
            require(self._service.tables, who, "read", table)
            answer = self._items.answer(who, table, query_of(request))
            return JSONResponse(answer | {"data": concealed(answer["data"])})
        self._administrator(who)
        sent = await body_of(request)
        async with self._service.writing(who) as writer:
            keys = [writer.create(table, each) for each in _several(sent)]
        made = concealed([self._service.tables.get(table, key) or {} for key in keys])
        return JSONResponse({"data": made if isinstance(sent, list) else made[0]})

    async def one(self, request: Request) -> Response:
        """One system row: shown, changed or taken away."""
        who, table = self._service.caller(request), _table(request)
        key = valid_key(self._service.schema.collection(table).primary, request.path_params["key"])
        require(self._service.tables, who, "read", table)
        if self._service.tables.get(table, key) is None:
            raise forbidden()
        if request.method != "GET":
            self._administrator(who)
            async with self._service.writing(who) as writer:
                if request.method == "DELETE":
                    writer.delete(table, [key])
                else:
                    writer.update(table, [key], await body_of(request))
        row = self._service.tables.get(table, key)
        return JSONResponse({"data": concealed([row])[0]}) if row else Response(status_code=204)

    def _visible(self, who: Caller, collection: str) -> bool:
        return allowed(self._service.tables, who, "read", collection)

    def _administrator(self, who: Caller) -> None:
        if not who.admin:
            raise forbidden()


def _methods(name: str) -> list[str]:
    return ["GET", "POST"] if name in WRITABLE else ["GET"]


def _table(request: Request) -> str:
    return "directus_" + request.url.path.split("/")[1]


def _several(sent: object) -> list[Mapping[str, Any]]:
    return list(sent) if isinstance(sent, list) else [sent] if isinstance(sent, dict) else []
