"""Control: how a story or a test reaches behind the played systems. Guarded by a token the replicator never gets.

| call | does |
|---|---|
| POST /reset | all systems as freshly installed, the ledger empty |
| POST /settle | wait until all hooks are delivered |
| POST /mark {"name"} | name this moment; every write after `end` counts as a loop |
| GET /ledger?after=N | what was written and asked since |
| GET /shown | all living records of all systems |
| POST /audit {"conflicts", "refused", "frozen"} | count loops, lost edits, duplicates, differences |
| POST /{system}/faults {"kind", "count", …} or a list | add faults; DELETE clears them |
| POST /{system}/hooks {"off", "drop", …, "targets"} | set switches, replace targets |
| POST /{system}/empty | an operator wipes it |
| POST /{system}/dump → {"name"}; POST /{system}/load {"name"} | back it up, put a backup back |
| POST /dummyjson/products/{id} {…} | change what the source offers; `null` removes a key |
| POST /dummyjson/limit {"max"} | its rate limit, by itself that of the real one; null: none |
"""

from __future__ import annotations

import dataclasses
import hmac
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from replicator.sandbox.audit import Excused, audit
from replicator.sandbox.dummyjson import LIMIT_REAL, DummyJson
from replicator.sandbox.faults import Fault
from replicator.sandbox.hooks import Target
from replicator.sandbox.ledger import Entry
from replicator.sandbox.world import System, World


def control_app(world: World, token: str) -> ASGIApp:
    """The control of one world."""
    control = _Control(world)
    routes = [
        Route("/reset", control.reset, methods=["POST"]),
        Route("/settle", control.settle, methods=["POST"]),
        Route("/mark", control.mark, methods=["POST"]),
        Route("/ledger", control.ledger),
        Route("/shown", control.shown),
        Route("/audit", control.audit, methods=["POST"]),
        Route("/dummyjson/products/{id:int}", control.product, methods=["POST"]),
        Route("/dummyjson/limit", control.limit, methods=["POST"]),
        Route("/{system}/faults", control.faults, methods=["POST", "DELETE"]),
        Route("/{system}/hooks", control.hooks, methods=["POST"]),
        Route("/{system}/{act:str}", control.operate, methods=["POST"]),
    ]
    return _Guarded(Starlette(routes=routes, exception_handlers={ValueError: _bad, TypeError: _bad}), token)


class _Guarded:
    """Nothing is answered without the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of somebody who knows the token."""
        given = dict(scope.get("headers", [])).get(b"authorization", b"")
        if hmac.compare_digest(given, self._expected):
            await self._app(scope, receive, send)
        else:
            await JSONResponse({"message": "the control token is wrong"}, 401)(scope, receive, send)


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world
        self._dumps: dict[str, tuple[str, object]] = {}

    async def reset(self, _: Request) -> JSONResponse:
        for hooks in self._world.hooks.values():
            hooks.forget()
        for faults in self._world.faults.values():
            faults.rules = []
        self._world.ledger.clear()
        self._dumps.clear()
        for system in self._world.systems.values():
            system.reset()
        return JSONResponse({})

    async def settle(self, _: Request) -> JSONResponse:
        for hooks in self._world.hooks.values():
            await hooks.settle()
        return JSONResponse({})

    async def mark(self, request: Request) -> JSONResponse:
        return JSONResponse({"n": self._world.ledger.mark(str((await _body(request))["name"]))})

    async def ledger(self, request: Request) -> JSONResponse:
        after = int(request.query_params.get("after", "0"))
        ledger = self._world.ledger
        return JSONResponse(
            {
                "entries": [_entry(each) for each in ledger.entries if each.n > after],
                "requests": [
                    dataclasses.asdict(each) | {"at": each.at.isoformat()} for each in ledger.requests if each.n > after
                ],
                "marks": ledger.marks,
                "hooks_reported": ledger.hooks_reported,
            }
        )

    async def shown(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                name: [dataclasses.asdict(each) for each in system.shown()]
                for name, system in self._world.systems.items()
            }
        )

    async def audit(self, request: Request) -> JSONResponse:
        excused = Excused.read(await _body(request))
        shown = {name: system.shown() for name, system in self._world.systems.items()}
        return JSONResponse(dataclasses.asdict(audit(self._world.ledger, shown, excused)))

    async def faults(self, request: Request) -> JSONResponse:
        faults = self._world.faults[self._system(request).name]
        if request.method == "DELETE":
            faults.rules = []
        else:
            told = await request.json()
            faults.rules += [Fault(**each) for each in (told if isinstance(told, list) else [told])]
        return JSONResponse([dataclasses.asdict(each) for each in faults.rules])

    async def hooks(self, request: Request) -> JSONResponse:
        hooks = self._world.hooks[self._system(request).name]
        told = dict(await _body(request))
        targets = told.pop("targets", None)
        hooks.switches = dataclasses.replace(hooks.switches, **told)
        if targets is not None:
            hooks.targets = [Target(**each) for each in targets]
        return JSONResponse(dataclasses.asdict(hooks.switches))

    async def product(self, request: Request) -> JSONResponse:
        changed = self._source().change(int(request.path_params["id"]), dict(await _body(request)))
        if changed is None:
            raise HTTPException(404, "there is no such product")
        return JSONResponse(changed)

    async def limit(self, request: Request) -> JSONResponse:
        self._source().limit = (await _body(request)).get("max", LIMIT_REAL)
        return JSONResponse({"max": self._source().limit})

    async def operate(self, request: Request) -> JSONResponse:
        system = self._system(request)
        match request.path_params["act"]:
            case "empty":
                system.empty()
                self._world.ledger.acted(system.name, "empty")
                return JSONResponse({})
            case "dump":
                name = self._world.id("dump_", 8)
                self._dumps[name] = (system.name, system.dump())
                return JSONResponse({"name": name})
            case "load":
                of, dump = self._dumps.get(str((await _body(request)).get("name")), ("", None))
                if of != system.name:
                    raise HTTPException(404, f"there is no such backup of {system.name}")
                system.load(dump)
                self._world.ledger.acted(system.name, "load")
                return JSONResponse({})
            case act:
                raise HTTPException(404, f"there is no {act}; see the list in control.py")

    def _system(self, request: Request) -> System:
        name = str(request.path_params["system"])
        if name not in self._world.systems:
            raise HTTPException(404, f"there is no system {name}; there are {', '.join(self._world.systems)}")
        return self._world.systems[name]

    def _source(self) -> DummyJson:
        source = self._world.systems.get("dummyjson")
        if not isinstance(source, DummyJson):
            raise HTTPException(404, "there is no dummyjson in this world")
        return source


async def _body(request: Request) -> Mapping[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        msg = "an object is expected"
        raise TypeError(msg)
    return body


def _entry(entry: Entry) -> dict[str, object]:
    request = entry.request
    return {
        "n": entry.n,
        "at": entry.at.isoformat(),
        "system": entry.system,
        "account": entry.account,
        "type": entry.type,
        "key": entry.key,
        "remote_id": entry.remote_id,
        "action": entry.action,
        "changes": {name: list(pair) for name, pair in entry.changes.items()},
        "observed": sorted(entry.observed),
        "request": request.n if request else None,
        "answered": request.answered if request else True,
    }


async def _bad(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"message": str(error)}, 400)
