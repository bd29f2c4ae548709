"""The admin API: editors log in, and webhooks are set up. API tokens are not let in here."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from replicator.sandbox.hooks import Target
from replicator.sandbox.strapi.accounts import Accounts
from replicator.sandbox.strapi.announce import EVENTS, Announcer, Webhook
from replicator.sandbox.strapi.answers import iso
from replicator.sandbox.strapi.content import json_body
from replicator.sandbox.strapi.refusals import Refusal

NEW_KEYS = ("name", "url", "headers", "events")


@dataclass(frozen=True, slots=True)
class Admin:
    """The routes under `/admin`."""

    announcer: Announcer
    accounts: Accounts

    def routes(self) -> list[Route]:
        """What can be asked."""
        return [
            Route("/admin/login", self.log_in, methods=["POST"]),
            Route("/admin/webhooks", self.webhooks, methods=["GET", "POST"]),
            Route("/admin/webhooks/{number}", self.webhook, methods=["GET", "PUT", "DELETE"]),
            Route("/admin/webhooks/{number}/trigger", self.trigger, methods=["POST"]),
        ]

    async def log_in(self, request: Request) -> Response:
        """An editor's token."""
        client = request.client.host if request.client else ""
        body, headers = self.accounts.log_in_editor(await json_body(request), client)
        return JSONResponse(body, headers=headers)

    async def webhooks(self, request: Request) -> Response:
        """All webhooks, or a new one."""
        self.accounts.of_admin(request)
        if request.method == "GET":
            return JSONResponse({"data": [each.body() for each in self.announcer.webhooks.values()]})
        made = self.announcer.register(None, await _document(request, NEW_KEYS))
        return JSONResponse({"data": made.body()}, 201)

    async def webhook(self, request: Request) -> Response:
        """One webhook: shown, changed or deleted."""
        self.accounts.of_admin(request)
        found = self._found(request)
        if request.method == "PUT":
            found = self.announcer.register(found, await _document(request, (*NEW_KEYS, "id", "isEnabled")))
        elif request.method == "DELETE":
            self.announcer.remove(found)
        return JSONResponse({"data": found.body()})

    async def trigger(self, request: Request) -> Response:
        """A delivery that tells nothing, to see whether it arrives."""
        self.accounts.of_admin(request)
        found = self._found(request)
        world = self.announcer.world
        body = {"event": "trigger-test", "createdAt": iso(world.now())}
        target = Target(found.url, found.headers)
        world.hooks["strapi"].send(body, {"X-Strapi-Event": "trigger-test"}, ("", ""), targets=[target])
        return JSONResponse({"data": {"statusCode": 200}})

    def _found(self, request: Request) -> Webhook:
        found = self.announcer.webhooks.get(request.path_params["number"])
        if found is None:
            raise Refusal(404)
        return found


async def _document(request: Request, known: tuple[str, ...]) -> dict[str, object]:
    body = await json_body(request)
    document = body if isinstance(body, dict) else {}
    unknown = [name for name in document if name not in known]
    if unknown:
        raise Refusal(400, f"this field has unspecified keys: {', '.join(unknown)}")
    events = document.get("events")
    for event in events if isinstance(events, list) else []:
        if event not in EVENTS:
            raise Refusal(400, f"Webhook event {event} is not supported")
    return document
