"""`doctor`: is everything set up rightly? Every finding says what mends it; nothing is changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from replicator.app import App, opened
from replicator.cli.database import address
from replicator.cli.edge import Json, answer, settings_of
from replicator.cli.system import show_findings
from replicator.connectors.base import Finding, Level
from replicator.engine.probe import NothingToWrite, probe
from replicator.errors import ConfigurationError, ReplicatorError
from replicator.log import migrate, server, systems
from replicator.log.database import Database
from replicator.settings import Settings
from replicator.web.guard import is_loopback

CLOCK_SECONDS_MAX = 2.0  # leases and deadlines compare times of both clocks
SERVER_VERSION_MIN = 150000  # nothing that we ask of it is newer


HOOK_SECONDS = 15.0  # a hook that takes longer is as good as none
SETTINGS_THERE = {  # what blocks hooks in each kind of system, as far as it is known
    "directus": "look at IMPORT_IP_DENY_LIST there: its default denies flows the machine it runs on",
    "strapi": "look at the webhook's address: Strapi in production (NODE_ENV) refuses private ones",
    "medusa": "look at REPLICATOR_URL and REPLICATOR_SECRET there, which our companion posts with",
}

Hooks = Annotated[
    bool, typer.Option("--hooks", help="Write one record of each system as it is, and wait for its hook to arrive.")
]


def doctor(ctx: typer.Context, *, hooks: Hooks = False, json: Json = False) -> None:
    """Check settings, database, and every system; say what mends each finding. Exit code 1 if one is an error.

    Nothing is changed. With --hooks, one record of each system is written as it is (`replicator run` must be running).
    """
    findings = _examined(ctx, hooks=hooks)
    answer({"findings": findings}, lambda console, found: show_findings(console, found["findings"]), as_json=json)
    if any(each.level is Level.ERROR for each in findings):
        raise typer.Exit(1)


def _examined(ctx: typer.Context, *, hooks: bool) -> list[Finding]:
    try:
        settings = settings_of(ctx)
    except ConfigurationError as error:
        mend = "mend that line of replicator.toml, or set the variable that it names"
        return [Finding("settings", Level.ERROR, line, mend) for line in str(error).splitlines()]
    findings = [*_of_settings(settings), *_of_tables(settings)]
    if any(each.level is Level.ERROR for each in findings):
        return findings
    try:
        return [*findings, *asyncio.run(_of_running(settings, hooks=hooks))]
    except ConfigurationError as error:
        return [*findings, Finding("settings", Level.ERROR, str(error), "mend replicator.toml")]


def _of_settings(settings: Settings) -> list[Finding]:
    findings = [Finding("settings", Level.OK, f"{len(settings.systems)} systems: {', '.join(settings.systems)}")]
    if not settings.systems:
        mend = "`replicator init` writes a replicator.toml"
        findings = [Finding("settings", Level.ERROR, "no system is configured", mend)]
    if settings.web.token is None and not is_loopback(settings.web.host):
        message = f"the web door listens on {settings.web.host} without a token: the API refuses everybody"
        findings.append(Finding("web", Level.WARNING, message, 'set web.token = "env:REPLICATOR_TOKEN"'))
    return findings


def _of_tables(settings: Settings) -> list[Finding]:
    """Whether the database answers, and which step its tables stand at: looked at before anything would change it."""
    try:
        with address(settings) as url:
            current, newest = migrate.current(url), migrate.newest()
    except DBAPIError as error:
        mend = "start it, or mend the address in `database` (REPLICATOR_DATABASE_URL)"
        return [Finding("database", Level.ERROR, f"it does not answer: {error.orig}".strip(), mend)]
    except ReplicatorError as error:
        return [Finding("database", Level.ERROR, str(error), "name a database of yours: `database` in replicator.toml")]
    if current is None:
        return [
            Finding("database", Level.WARNING, "it has no tables yet", "`replicator db upgrade`; `run` does it too")
        ]
    if current != newest:
        message = f"its tables stand at {current}, the newest is {newest}"
        return [Finding("database", Level.WARNING, message, "`replicator db upgrade`; `run` does it too")]
    return [Finding("database", Level.OK, f"it answers, its tables stand at {current}")]


async def _of_running(settings: Settings, *, hooks: bool) -> list[Finding]:
    async with opened(settings) as app:
        findings = await _of_database(app.database)
        for name, connector in app.shop.connectors.items():
            findings += await _of_system(app, name)
            if hooks and connector.features.hooks and settings.systems[name].hook_secret is not None:
                findings.append(await _of_hooks(app, name))
    return findings


async def _of_hooks(app: App, name: str) -> Finding:
    """Whether the hooks of a system arrive, seen by one of them."""
    subject, kind = f"{name}: hooks", app.settings.systems[name].kind
    try:
        probed = await probe(app.database, app.shop, name, patience=HOOK_SECONDS)
    except NothingToWrite as error:
        return Finding(subject, Level.WARNING, f"not tried: {error}", "try again when records of ours are there")
    except ReplicatorError as error:
        return Finding(subject, Level.ERROR, str(error), "see the address and the account in replicator.toml")
    if probed.seconds is not None:
        return Finding(
            subject, Level.OK, f"{probed.record} was written as it is, and told after {probed.seconds:.1f} s"
        )
    message = f"{probed.record} was written as it is, and no hook told of it within {HOOK_SECONDS:g} s"
    mend = f"is `replicator run` running, and reached at systems.{name}.hook_url? If so, {SETTINGS_THERE[kind]}"
    return Finding(subject, Level.ERROR, message, mend)


async def _of_database(database: Database) -> list[Finding]:
    async with database.look() as conn:
        there = await server.about(conn)
    findings = [Finding("database", Level.OK, f"Postgres {there.version}, as {there.role}")]
    if there.number < SERVER_VERSION_MIN:
        findings = [Finding("database", Level.ERROR, f"Postgres {there.version} is too old", "Postgres 15 or newer")]
    if there.may_change:
        message = f"{there.role} may change the past: it has the right to update events (triggers still refuse)"
        mend = "log in as a member of replicator_app that does not own the tables"
        findings.append(Finding("rights", Level.WARNING, message, mend))
    off = _seconds_off(there.now)
    if off > CLOCK_SECONDS_MAX:
        message = f"the database's clock is {off:.1f} s away from ours"
        findings.append(Finding("clock", Level.WARNING, message, "let both follow a time server"))
    return findings


def _seconds_off(there: datetime) -> float:
    return abs(there.timestamp() - time.time())


async def _of_system(app: App, name: str) -> list[Finding]:
    """One system: does it answer, what may we do there, what is missing, is it told where to send its hooks."""
    connector, settings = app.shop.connectors[name], app.settings.systems[name]
    try:
        health = await connector.health()
    except ReplicatorError as error:
        return [Finding(name, Level.ERROR, str(error), "see the address and the account in replicator.toml")]
    if not health.ok:
        mend = f"start it, or mend systems.{name}.url and the account there"
        return [Finding(name, Level.ERROR, health.message, mend)]
    version = f" {health.version}" if health.version else ""
    carried = ", ".join(type_name for type_name in app.shop.rules if app.shop.view(name, type_name) is not None)
    findings = [Finding(name, Level.OK, f"{settings.kind}{version} answers; carries {carried}")]
    if connector.features.hooks and settings.hook_secret is None:
        message = f"no hook secret: what happens there is found by polling, every {settings.poll_seconds:g} s"
        findings.append(Finding(name, Level.WARNING, message, f'set systems.{name}.hook_secret = "env:NAME"'))
    return [*findings, *await _standing(app, name), *await _provisioned(app, name)]


async def _standing(app: App, name: str) -> list[Finding]:
    async with app.database.look() as conn:
        standing = (await systems.load_all(conn))[name]
    if standing.held is not None:
        return [Finding(name, Level.WARNING, f"held: {standing.held}", f"`replicator release {name} --help`")]
    if standing.paused:
        return [Finding(name, Level.WARNING, "paused: nothing is written there", f"`replicator resume {name}`")]
    return []


async def _provisioned(app: App, name: str) -> Sequence[Finding]:
    try:
        found = await app.shop.connectors[name].provision(apply=False)
    except ReplicatorError as error:
        return [Finding(name, Level.ERROR, f"it cannot be looked at: {error}", "see the rights of our account there")]
    return [Finding(f"{name}: {each.subject}", each.level, each.message, each.mend) for each in found]
