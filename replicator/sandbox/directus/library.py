"""The media library: `/files`, as far as a replicator puts pictures there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from replicator.sandbox.directus.accounts import Caller, require
from replicator.sandbox.directus.bodies import body_of, query_of
from replicator.sandbox.directus.items import Items, Service
from replicator.sandbox.directus.refusals import Refused, failed_validation

FILES = "directus_files"
REACHED = "https://"  # of the addresses in a story all but these are of nobody


class LibraryRoutes:
    """The routes of files."""

    def __init__(self, service: Service, items: Items) -> None:
        self._service = service
        self._items = items
        self.routes = [
            Route("/files", self.listed),
            Route("/files", self.made, methods=["POST"]),
            Route("/files/import", self.fetched, methods=["POST"]),
        ]

    async def listed(self, request: Request) -> Response:
        """Those that fit a query."""
        who = self._service.caller(request)
        require(self._service.tables, who, "read", FILES)
        return JSONResponse(self._items.answer(who, FILES, query_of(request)))

    async def made(self, request: Request) -> Response:
        """One without content."""
        who, sent = self._service.caller(request), await body_of(request)
        for name in ("storage", "type"):
            if not sent.get(name):
                raise failed_validation(name, "required")
        return await self._kept(who, sent)

    async def fetched(self, request: Request) -> Response:
        """One fetched from an address: 503 where nothing can be fetched from there."""
        who, sent = self._service.caller(request), await body_of(request)
        address = str(sent.get("url"))
        if not address.startswith(REACHED):
            said = f'Couldn\'t fetch file from URL "{address}"'
            told = {"service": "external-file", "reason": said}
            raise Refused(503, "SERVICE_UNAVAILABLE", f'Service "external-file" is unavailable. {said}.', told)
        content = {"storage": "local", "type": "image/png", "filename_disk": "content.png"}
        return await self._kept(who, {**content, **(sent.get("data") or {})})

    async def _kept(self, who: Caller, values: Mapping[str, Any]) -> Response:
        require(self._service.tables, who, "create", FILES)
        async with self._service.writing(who) as writer:
            key = writer.create(FILES, values)
        return JSONResponse({"data": self._service.tables.get(FILES, key)})
