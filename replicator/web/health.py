"""Health and metrics: alive is not the same as getting on.

`/health/live` says that this process answers. `/health/ready` says whether work gets done: it looks for work that has
been waiting longer than `STALLED_SECONDS` while somebody should have taken it. Work for a system that does not answer
is no stall of ours: it is told as `degraded`, and hooks of the others must go on coming in.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from replicator.app import App
from replicator.errors import ReplicatorError
from replicator.log import census, deliveries, events, inbox_state
from replicator.observe import DUE, HEAD, INBOX, REGISTRY
from replicator.web.guard import admit

STALLED_SECONDS = 60.0  # longer than any poll, shorter than anybody's patience
ASK_SECONDS_MAX = 3.0  # for a system whose work stalls; a probe must not hang
DATABASE_SECONDS_MAX = 5.0
STATES = ("due", "waiting", "held", "dead")


@dataclass(slots=True)
class _Found:
    """What a look found: why we are not ready, and what is not as it should be elsewhere."""

    reasons: list[str] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one replicator. With `observe_only`, nobody is to write: deliveries may wait."""

    app: App
    observe_only: bool = False

    async def live(self, _request: Request) -> Response:
        """This process answers."""
        return JSONResponse({"live": True})

    async def ready(self, _request: Request) -> Response:
        """Whether work gets done: 200, or 503 with the reasons."""
        found = _Found()
        position: int | None = None
        try:
            async with asyncio.timeout(DATABASE_SECONDS_MAX):
                position = await self._look(found)
        except (ReplicatorError, OSError, TimeoutError) as error:
            found.reasons.append(f"the database does not answer: {error or 'in time'}")
        told = {"ready": not found.reasons, "position": position, "reasons": found.reasons, "degraded": found.degraded}
        return JSONResponse(told, status_code=503 if found.reasons else 200)

    async def _look(self, found: _Found) -> int:
        now = datetime.fromtimestamp(time.time(), UTC)
        async with self.app.database.look() as conn:
            position, oldest = await events.head(conn), await census.oldest(conn, now)
        limit = timedelta(seconds=STALLED_SECONDS)
        for system in self.app.shop.connectors:
            waiting = oldest[system]
            if waiting.inbox is not None and now - waiting.inbox > limit:
                found.reasons.append(_stalled(f"deliveries from {system} are not judged", now - waiting.inbox))
            if waiting.deliveries is not None and now - waiting.deliveries > limit and not self.observe_only:
                await self._unwritten(found, system, now - waiting.deliveries)
        return position

    async def _unwritten(self, found: _Found, system: str, age: timedelta) -> None:
        """Writes to a system stall: that is ours only if it would take them."""
        stalled = _stalled(f"{system} is not written to", age)
        try:
            async with asyncio.timeout(ASK_SECONDS_MAX):
                health = await self.app.shop.connectors[system].health()
        except (ReplicatorError, OSError, TimeoutError):
            found.degraded.append(f"{stalled}: it does not answer")
            return
        if health.ok:
            found.reasons.append(stalled)
        else:
            found.degraded.append(f"{stalled}: it does not let us work")

    async def metrics(self, request: Request) -> Response:
        """Everything that is counted, for Prometheus; by the same rule as the API."""
        admit(request, self.app.settings.web)
        async with self.app.database.look() as conn:
            HEAD.set(await events.head(conn))
            opened, counts = await inbox_state.open_counts(conn), await deliveries.counts(conn)
        for system in self.app.shop.connectors:
            INBOX.labels(system).set(opened.get(system, (0, 0))[0])
            for state in STATES:
                DUE.labels(system, state).set(counts.get(system, {}).get(state, 0))
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _stalled(what: str, age: timedelta) -> str:
    return f"{what} since {age.total_seconds():.0f} s"
