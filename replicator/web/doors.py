"""All doors as one ASGI application: Starlette for the intake path, FastAPI for everything people and programs read."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from replicator.app import App
from replicator.errors import LogError
from replicator.web import api
from replicator.web.batching import Batching
from replicator.web.health import Health
from replicator.web.hooks import Hooks
from replicator.web.refusal import Refusal, answer
from replicator.web.store import Store

MENDS = {
    404: "see /api/openapi.json for what there is",
    405: "see /api/openapi.json for what there is and how it is asked",
}


class Doors:
    """The doors of one replicator, and the task behind them. `start`, `stop`; `asgi` is what a server serves."""

    def __init__(self, app: App, *, observe_only: bool = False) -> None:
        self._batching = Batching(app.database)
        catalog = {name: rules.schema for name, rules in app.shop.rules.items()}
        hooks, health = Hooks(app.settings, catalog, self._batching, app.wake), Health(app, observe_only)
        handlers: dict[Any, Any] = {  # each is given the kind of error it is registered for
            Refusal: answer,
            HTTPException: _unrouted,
            RequestValidationError: _misspelt,
            LogError: _unavailable,
        }
        people = FastAPI(
            title="replicator",
            version=version("replicator"),
            openapi_url="/api/openapi.json",
            docs_url=None,
            redoc_url=None,
            exception_handlers=handlers,
        )
        people.include_router(api.router(app))
        self.asgi = Starlette(
            routes=[
                Route("/hooks/{system}", hooks.receive, methods=["POST"]),
                Route("/store/{type}/{key:path}", Store(app).read),
                Route("/health/live", health.live),
                Route("/health/ready", health.ready),
                Route("/metrics", health.metrics),
                Mount("/", people),
            ],
            exception_handlers=handlers,
        )

    def start(self) -> None:
        """Begin to store what comes."""
        self._batching.start()

    async def stop(self) -> None:
        """Store what was taken, and end."""
        await self._batching.stop()


def _unrouted(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    message = str(error.detail) if isinstance(error, HTTPException) else str(error)
    mend = MENDS.get(status, "see the message")
    return answer(request, Refusal(status, "not_there" if status in MENDS else "refused", message, mend))


def _misspelt(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found]
    return answer(request, Refusal(422, "misspelt", "; ".join(lines), "see /api/openapi.json for what is expected"))


def _unavailable(request: Request, error: Exception) -> Response:
    refusal = Refusal(503, "unavailable", str(error), "ask again in a moment", headers={"Retry-After": "1"})
    return answer(request, refusal)
