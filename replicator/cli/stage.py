"""The stage of the demo: the sandbox in a process of its own, and a whole replicator in this one, hooks and all.

Everything is temporary and on loopback. The replicator knows of the systems what an owner would tell it: addresses
and accounts. The control of the sandbox (faults, ledger, audit) is known to the story alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from replicator.app import App, opened
from replicator.engine.capture import Capture, Summary
from replicator.engine.supervise import Supervisor, first_meeting
from replicator.errors import ReplicatorError
from replicator.log import deliveries, inbox_state, ledger_counts
from replicator.sandbox.people import Access, People
from replicator.settings import Settings, read
from replicator.web.serve import Web

SHOPS = ("medusa", "directus", "strapi")
QUIET_SECONDS_MAX = 120.0
NAIVE_PRODUCTS = 12  # without provenance few are enough: it never ends anyway
LOOK_SECONDS = 0.05
START_SECONDS_MAX = 60
SECRETS = ("MEDUSA_PASSWORD", "DIRECTUS_TOKEN", "DIRECTUS_ADMIN", "STRAPI_TOKEN", "STRAPI_ADMIN", "HOOK_SECRET")


class Control:
    """The sandbox's control: what is behind the played systems. The replicator never gets it."""

    def __init__(self, access: Mapping[str, str]) -> None:
        headers = {"authorization": f"Bearer {access['token']}"}
        self._http = httpx.AsyncClient(
            base_url=access["url"], headers=headers, timeout=QUIET_SECONDS_MAX, trust_env=False
        )

    async def post(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - the control's own JSON
        """One order."""
        answer = await self._http.post(path, json={} if body is None else body)
        answer.raise_for_status()
        return answer.json()

    async def get(self, path: str) -> Any:  # noqa: ANN401 - the control's own JSON
        """One look."""
        answer = await self._http.get(path)
        answer.raise_for_status()
        return answer.json()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything a story needs: the replicator, its loops, the people, and what is behind the scenes."""

    app: App
    supervisor: Supervisor
    people: People
    control: Control
    access: Access
    web_url: str

    async def list_all(self, *systems: str) -> dict[str, Summary]:
        """A full listing of these systems, one after another."""
        summaries: dict[str, Summary] = {}
        for system in systems:
            summaries[system] = await Capture(self.app.database, self.app.shop, system).full()
            self.app.wake.send()
        return summaries

    async def quiet(self) -> None:
        """Back when all hooks are delivered, nothing is unjudged, and nothing is due. Raises ReplicatorError if it
        never is.
        """
        end = time.monotonic() + QUIET_SECONDS_MAX
        while time.monotonic() < end:
            await self.control.post("/settle")
            if not await self.pending():
                return
            await asyncio.sleep(LOOK_SECONDS)
        raise ReplicatorError(f"not quiet after {QUIET_SECONDS_MAX:.0f} s: {await self.pending()}")

    async def pending(self) -> dict[str, int]:
        """What is not done yet: system → deliveries unjudged or due. Held systems are not waited for."""
        async with self.app.database.look() as conn:
            heard = {name: count for name, (count, _) in (await inbox_state.open_counts(conn)).items()}
            due = {
                name: sum(count for state, count in states.items() if state != "dead")
                for name, states in (await deliveries.counts(conn)).items()
            }
        return {name: heard.get(name, 0) + due.get(name, 0) for name in {*heard, *due}}

    async def counts(self) -> ledger_counts.Counts:
        """Events, echoes, writes and conflicts so far."""
        async with self.app.database.look() as conn:
            return await ledger_counts.load(conn)


@asynccontextmanager
async def staged(catalogue: Path | None, *, url: str | None = None, provenance: bool = True) -> AsyncIterator[Stage]:
    """Set the stage, and clear it. `catalogue`: DummyJSON's data file; `url`: the real service instead of the played
    one.
    """
    async with AsyncExitStack() as stack:
        access = _sandbox(catalogue, None if provenance else NAIVE_PRODUCTS, stack)
        home = _home(stack)
        settings = _settings(access, home, url)
        app = await stack.enter_async_context(opened(settings, provenance=provenance))
        web = Web(app)
        stack.push_async_callback(web.stop)
        web_url = await web.start()
        control = Control(access["control"])
        stack.push_async_callback(control.aclose)
        people = await stack.enter_async_context(People(access))
        await people.connect_medusa(f"{web_url}/hooks/medusa", os.environ["REPLICATOR_DEMO_HOOK_SECRET"])
        for system in SHOPS:
            await app.shop.connectors[system].provision(apply=True)
            await first_meeting(app.database, app.shop, system)
        supervisor = app.supervisor()
        stack.push_async_callback(supervisor.stop)
        await supervisor.start()
        yield Stage(app=app, supervisor=supervisor, people=people, control=control, access=access, web_url=web_url)


def _sandbox(catalogue: Path | None, products: int | None, stack: AsyncExitStack) -> dict[str, dict[str, str]]:
    """Start the played systems as a process of their own, and return where they are."""
    words = [sys.executable, "-m", "replicator.sandbox"]
    words += ["--catalogue", str(catalogue)] if catalogue else []
    words += ["--products", str(products)] if products else []
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    stack.callback(_end, process)
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise ReplicatorError(f"the sandbox did not start (exit code {process.wait(START_SECONDS_MAX)})")
    access: dict[str, dict[str, str]] = json.loads(line)
    return access


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(START_SECONDS_MAX)
    finally:
        process.kill()
        if process.stdout:
            process.stdout.close()


def _home(stack: AsyncExitStack) -> Path:
    """A folder for the demo's own database, in the user's cache; gone afterwards."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "replicator"
    cache.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="demo-", dir=cache))
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    return home


def _settings(access: Access, home: Path, url: str | None) -> Settings:
    """What an owner would write into `replicator.toml`, and put into the environment."""
    port = _free_port()
    values = {
        "MEDUSA_PASSWORD": access["medusa"]["password"],
        "DIRECTUS_TOKEN": access["directus"]["token"],
        "DIRECTUS_ADMIN": access["directus"]["admin_token"],
        "STRAPI_TOKEN": access["strapi"]["token"],
        "STRAPI_ADMIN": access["strapi"]["admin_password"],
        "HOOK_SECRET": secrets.token_hex(16),
    }
    os.environ.update({f"REPLICATOR_DEMO_{name}": values[name] for name in SECRETS})
    hooks = {name: f"http://127.0.0.1:{port}/hooks/{name}" for name in SHOPS}
    common = {"hook_secret": "env:REPLICATOR_DEMO_HOOK_SECRET", "full_seconds": 86_400, "poll_seconds": 10}
    return read(
        {
            "home": str(home),
            "web": {"port": port},
            "engine": {"lease_seconds": 10, "idle_seconds": 0.5, "retry_first_seconds": 0.2},
            "systems": {
                "dummyjson": {
                    "kind": "dummyjson",
                    "url": url or access["dummyjson"]["url"],
                    "schedule": "0 0 * * *",
                    "poll_seconds": 86_400,
                },
                "medusa": {
                    **common,
                    "kind": "medusa",
                    "url": access["medusa"]["url"],
                    "email": access["medusa"]["email"],
                    "password": "env:REPLICATOR_DEMO_MEDUSA_PASSWORD",
                },
                "directus": {
                    **common,
                    "kind": "directus",
                    "url": access["directus"]["url"],
                    "token": "env:REPLICATOR_DEMO_DIRECTUS_TOKEN",
                    "admin_token": "env:REPLICATOR_DEMO_DIRECTUS_ADMIN",
                    "hook_url": hooks["directus"],
                },
                "strapi": {
                    **common,
                    "kind": "strapi",
                    "url": access["strapi"]["url"],
                    "token": "env:REPLICATOR_DEMO_STRAPI_TOKEN",
                    "admin_email": access["strapi"]["admin_email"],
                    "admin_password": "env:REPLICATOR_DEMO_STRAPI_ADMIN",
                    "hook_url": hooks["strapi"],
                },
            },
        }
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
