"""How a story begins: three systems without products, and a replicator that is set up between them and has met them.

They meet once a run: what each has from the start is then made at the others, and that is kept, theirs and ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg
from pydantic import SecretStr
from sqlalchemy import text

from replicator.app import App, opened
from replicator.settings import EngineSettings, Settings, SystemSettings, WebSettings
from replicator.web.serve import Web
from tests.live.between import Between
from tests.live.connecting import settings
from tests.live.hands import hand_of
from tests.live.ready import Ready
from tests.live.story import Story, until
from tests.live.wares import shirt
from tests.processes.site import FAR_SECONDS

POLL_SECONDS = 2.0
NEVER_SECONDS = 86_400.0
LISTED = text("""
select count(*) from cursors where listing = '@full' and next_due > now() + make_interval(secs => :far)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is different in one story: whether hooks are taken, whether systems are asked for changes between two
    listings, and what a source offers.
    """

    hooks: bool = True
    polls: bool = True
    source: Path | None = None


class Start(NamedTuple):
    """From where a story begins: the replicator's database, and the state of the systems that belongs to it."""

    database: str
    state: str


async def kept(ready: Mapping[str, Ready], start: Start, state: str, tell: Callable[[Story], Awaitable[None]]) -> None:
    """Tell a story, and keep what came of it under the name of a state, for other stories to begin from."""
    async with told(ready, start, Terms()) as story:
        await tell(story)
        await story.settled()
        await story.agreed()
    for each in ready.values():
        await asyncio.to_thread(each.kept.keep, state)


async def nothing(_story: Story) -> None:
    """They only meet."""


async def four_shirts(story: Story) -> None:
    """Four shirts are made, and the first is counted."""
    for number in range(4):
        await story.create("medusa", "product", shirt(number))
    await story.count_stock("medusa", "LIN-S", 3)


@asynccontextmanager
async def told(ready: Mapping[str, Ready], start: Start, terms: Terms) -> AsyncIterator[Story]:
    """A story that begins."""
    for each in ready.values():
        await asyncio.to_thread(each.kept.put_back, start.state)
    if not terms.polls:
        with psycopg.connect(start.database) as connection:  # what was due by then is not asked for
            connection.execute("update cursors set next_due = now() + interval '1 day' where listing = '@poll'")
    async with AsyncExitStack() as stack:
        between = {
            name: await stack.enter_async_context(Between(name=name, upstream=each.server.url))
            for name, each in ready.items()
        }
        app = await stack.enter_async_context(opened(_settings(ready, between, start.database, terms)))
        hands = {name: hand_of(each.server) for name, each in ready.items()}
        for hand in hands.values():
            stack.push_async_callback(hand.aclose)
        web = Web(app)
        stack.push_async_callback(web.stop)
        if terms.hooks:
            await web.start()
        supervisor = app.supervisor()
        stack.push_async_callback(supervisor.stop)
        await supervisor.start()
        story = Story(app=app, web=web, ready=ready, between=between, hands=hands)
        await until(partial(_all_listed, app), lambda: "the first listings never end")
        yield story


def _settings(ready: Mapping[str, Ready], between: Mapping[str, Between], database: str, terms: Terms) -> Settings:
    """As an owner would have written them, except that secrets are handed in."""
    systems = {
        name: settings(
            each.server,
            between[name].url,
            {
                "poll_seconds": POLL_SECONDS if terms.polls else NEVER_SECONDS,
                "full_seconds": NEVER_SECONDS,
            },
        )
        for name, each in ready.items()
    }
    if terms.source is not None:
        systems["dummyjson"] = SystemSettings(kind="dummyjson", file=terms.source, schedule="0 0 1 1 *")
    port = next(iter(ready.values())).hook_port
    return Settings.model_construct(
        database=SecretStr(database),
        web=WebSettings(port=port),
        engine=EngineSettings(idle_seconds=0.2),
        systems=systems,
    )


async def _all_listed(app: App) -> bool:
    """Whether every system was listed by the loops themselves, once, and is not due again before the story ends."""
    async with app.database.look() as conn:
        row = (await conn.execute(LISTED, {"far": FAR_SECONDS})).scalar_one()
    return int(row) == len(app.shop.connectors)
