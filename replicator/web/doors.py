"""All doors as one ASGI application: Starlette for the intake path, FastAPI for everything people and programs read."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from replicator.app import App
from replicator.web.batching import Batching
from replicator.web.hooks import Hooks
from replicator.web.refusal import Refusal, answer


class Doors:
    """The doors of one replicator, and the task behind them. `start`, `stop`; `asgi` is what a server serves."""

    def __init__(self, app: App, *, observe_only: bool = False) -> None:
        self._batching = Batching(app.database)
        catalog = {name: rules.schema for name, rules in app.shop.rules.items()}
        hooks = Hooks(app.settings, catalog, self._batching, app.wake)
        self.asgi = Starlette(
            routes=[Route("/hooks/{system}", hooks.receive, methods=["POST"])],
            exception_handlers={Refusal: answer},
        )

    def start(self) -> None:
        """Begin to store what comes."""
        self._batching.start()

    async def stop(self) -> None:
        """Store what was taken, and end."""
        await self._batching.stop()
