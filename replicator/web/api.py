"""The JSON API: what the commands show and order, for programs. `/api/openapi.json` describes it.

Answers are the same plain data that the commands print with `--json`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from replicator.app import App
from replicator.engine import explain, operate, replay
from replicator.engine.explain import Explanation
from replicator.engine.portrait import Portrait, UnknownEntity, find, lost, portray, told
from replicator.engine.survey import Status, survey
from replicator.errors import ConfigurationError
from replicator.log import conflicts, deliveries, events
from replicator.web.guard import admit
from replicator.web.refusal import Refusal

PAGE_MAX = 500

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="how many at most")]
Name = Annotated[str, Path(description="an id, TYPE:FIELD:VALUE (product:handle:tee) or SYSTEM:TYPE:ID")]
System = Annotated[str, Path(description="a system's name in replicator.toml")]


class Retry(BaseModel):
    """Which writes to try again: all that were given up, or those of a system or an entity."""

    model_config = ConfigDict(extra="forbid")
    system: str | None = None
    entity: str | None = None


class Release(BaseModel):
    """How to go on with a held system: look again (nothing set), or one of these."""

    model_config = ConfigDict(extra="forbid")
    believe: bool = Field(default=False, description="what is gone there was meant to go")
    heal: bool = Field(
        default=False, description="what is gone, back or emptied there was not meant: put it right there"
    )
    rebuild: bool = Field(default=False, description="it was emptied: write it anew from the log")
    accept: str | None = Field(default=None, description="the installation whose markers are accepted there")


class Done(BaseModel):
    """An order was carried out. `many`: how many deliveries it made due, where it made any."""

    done: str
    many: int | None = None


def router(app: App) -> APIRouter:
    """The API of one replicator."""

    def admitted(request: Request) -> None:
        admit(request, app.settings.web)

    api = APIRouter(prefix="/api", dependencies=[Depends(admitted)])
    _reads(api, app)
    _orders(api, app)
    return api


def _reads(api: APIRouter, app: App) -> None:
    @api.get("/status")
    async def status() -> Status:
        """Where everything stands."""
        return await survey(app.database, app.shop)

    @api.get("/events")
    async def listed(
        *,
        after: Annotated[int, Query(ge=0, description="the position to go on from")] = 0,
        limit: Limit = 100,
        entity: str | None = None,
        type: str | None = None,  # noqa: A002 - the name of the query parameter
        origin: str | None = None,
    ) -> dict[str, Any]:
        """Events after a position, in order; `head` is the last position there is."""
        named = None if entity is None else await _found(app, entity)
        async with app.database.look() as conn:
            found = await events.read(conn, after, limit, entity=named, kind=type, origin=origin)
            return {"head": await events.head(conn), "events": [told(each) for each in found]}

    @api.get("/entities/{name:path}")
    async def portrait(name: Name) -> Portrait:
        """One entity, as the log has it and as every system has it."""
        await _found(app, name)
        return await portray(app.database, app.shop, name)

    @api.get("/why/{name:path}")
    async def why(name: Name, field: str | None = None) -> Explanation:
        """The chain behind a value, or behind something that was not written."""
        entity = await _found(app, name)
        async with app.database.look() as conn:
            return explain.explain(await explain.read(conn, app.shop, entity), field)

    @api.get("/conflicts")
    async def open_conflicts(*, after: int = 0, limit: Limit = 100) -> dict[str, Any]:
        """Values that lost against concurrent ones and that nobody has looked at yet."""
        async with app.database.look() as conn:
            found = await conflicts.open_ones(conn, after=after, limit=limit)
            return {"open": await conflicts.count_open(conn), "conflicts": [lost(each) for each in found]}

    @api.get("/dead")
    async def dead(*, system: str | None = None, limit: Limit = 100) -> dict[str, list[deliveries.Delivery]]:
        """Writes that were given up, and why."""
        async with app.database.look() as conn:
            return {"dead": await deliveries.dead(conn, system=system, limit=limit)}


def _orders(api: APIRouter, app: App) -> None:
    @api.post("/dead/retry")
    async def retry(which: Annotated[Retry, Body()]) -> Done:
        """Try writes again that were given up."""
        entity = None if which.entity is None else await _found(app, which.entity)
        system = None if which.system is None else _system(app, which.system)
        async with app.database.unit() as conn:
            many = await deliveries.retry(conn, datetime.now(UTC), system=system, entity=entity)
        return _done(app, "retry", many)

    @api.post("/systems/{system}/pause")
    async def pause(system: System) -> Done:
        """Write nothing there until it is resumed."""
        await operate.pause(app.database, app.shop, _system(app, system), paused=True)
        return _done(app, "pause")

    @api.post("/systems/{system}/resume")
    async def resume(system: System) -> Done:
        """Write there again."""
        due = await replay.resume(app.database, app.shop, _system(app, system))
        await operate.pause(app.database, app.shop, system, paused=False)
        return _done(app, "resume", due)

    @api.post("/systems/{system}/release")
    async def release(system: System, how: Annotated[Release, Body()]) -> Done:
        """Go on with a held system."""
        name, many = _system(app, system), None
        if how.believe + how.heal + how.rebuild + (how.accept is not None) > 1:
            raise Refusal(400, "ambiguous", "believe, heal, rebuild and accept are different answers", "choose one")
        if how.rebuild:
            many = await operate.rebuild(app.database, app.shop, name)
        elif how.accept is not None:
            await _accepted(app, name, how.accept)
        else:
            await operate.release(app.database, app.shop, name, believe=how.believe, heal=how.heal)
        return _done(app, "release", many)

    @api.post("/systems/{system}/pull", status_code=202)
    async def pull(system: System) -> Done:
        """List it in full as soon as a worker is free for it."""
        await operate.list_now(app.database, app.shop, _system(app, system))
        return _done(app, "pull")


async def _accepted(app: App, name: str, installation: str) -> None:
    try:
        await operate.accept(app.database, app.shop, name, installation)
    except ConfigurationError as error:
        raise Refusal(409, "not_matched", str(error), "match it first") from error


def _done(app: App, order: str, many: int | None = None) -> Done:
    app.wake.send()
    return Done(done=order, many=many)


def _system(app: App, name: str) -> str:
    if name not in app.shop.connectors:
        there = ", ".join(app.shop.connectors)
        raise Refusal(404, "unknown_system", f"there is no system {name} here", f"there are: {there}")
    return name


async def _found(app: App, name: str) -> str:
    try:
        async with app.database.look() as conn:
            return await find(conn, app.shop, name)
    except UnknownEntity as error:
        raise Refusal(404, "unknown_entity", f"nothing is known as {name}", str(error)) from error
