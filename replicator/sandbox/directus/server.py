"""What Directus says of itself and of whoever asks: server, extensions, account, rights."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from replicator.sandbox.directus.accounts import allowed, concealed
from replicator.sandbox.directus.items import Service
from replicator.sandbox.directus.refusals import forbidden

VERSION = "11.17.4"


class ServerRoutes:
    """The routes that need no rows of their own."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.routes = [
            Route("/server/ping", self.ping),
            Route("/server/health", self.health),
            Route("/server/info", self.info),
            Route("/users/me", self.me),
            Route("/permissions/me", self.rights),
            Route("/extensions", self.extensions),
        ]

    async def ping(self, _: Request) -> Response:
        """Somebody is there."""
        return PlainTextResponse("pong")

    async def health(self, _: Request) -> Response:
        """It is well."""
        return JSONResponse({"status": "ok"})

    async def info(self, request: Request) -> Response:
        """What this is. Only an administrator is told the version."""
        told: dict[str, Any] = {"project": {"project_name": "Directus"}}
        who = self._service.caller(request)
        if who.user is not None:
            told |= {"rateLimit": False, "queryLimit": {"default": 100, "max": -1}}
        return JSONResponse({"data": told | ({"version": VERSION} if who.admin else {})})

    async def me(self, request: Request) -> Response:
        """The caller's own account; without a right to read users, an id and no more."""
        who = self._service.caller(request)
        if who.user is None:
            raise forbidden()
        if not allowed(self._service.tables, who, "read", "directus_users"):
            return JSONResponse({"data": {"id": who.user}})
        return JSONResponse({"data": concealed([self._service.tables.get("directus_users", who.user) or {}])[0]})

    async def extensions(self, request: Request) -> Response:
        """Those that are loaded: only an administrator is told."""
        if not self._service.caller(request).admin:
            raise forbidden()
        return JSONResponse({"data": self._service.extensions})

    async def rights(self, request: Request) -> Response:
        """What the caller may do."""
        who = self._service.caller(request)
        if who.user is None:
            raise forbidden()
        granted = {
            collection: {
                action: {"access": "full" if allowed(self._service.tables, who, action, collection) else "none"}
                for action in ("create", "read", "update", "delete", "share")
            }
            for collection in self._service.schema.collections
        }
        return JSONResponse({"data": granted})
