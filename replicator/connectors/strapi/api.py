"""Strapi 5 over its content API. Decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from replicator.connectors.answers import failed
from replicator.connectors.base import (
    Ambiguous,
    Finding,
    Health,
    Locator,
    Page,
    Record,
    Trouble,
    Write,
    WriteResult,
)
from replicator.connectors.client import Auth, Client, Login, StaticToken, TokenStore
from replicator.connectors.strapi import shape
from replicator.connectors.strapi.account import Account, companion, introduced
from replicator.connectors.strapi.changes import Changes
from replicator.connectors.strapi.layout import Layout
from replicator.connectors.strapi.provision import Hook, content_types, webhook
from replicator.connectors.strapi.reading import Reader
from replicator.connectors.strapi.writing import Writer
from replicator.errors import ConfigurationError, RemoteError

CONCURRENCY_MAX = 2  # more gains nothing on a busy Strapi, and relations begin to deadlock


@dataclass(frozen=True, slots=True, kw_only=True)
class StrapiSettings:
    """One Strapi. An API token, or a user's identifier and password; an admin only to register the webhook."""

    url: str
    token: str | None = None
    identifier: str | None = None
    password: str | None = None
    admin_email: str | None = None
    admin_password: str | None = None
    hook_url: str | None = None
    hook_headers: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 1
    timeout_seconds: float = 30
    layout: Layout = field(default_factory=Layout)


@dataclass(frozen=True, slots=True)
class Met:
    """What works with a Strapi once it is known what it is."""

    account: Account
    reader: Reader
    writer: Writer
    changes: Changes


class Strapi:
    """The connector. Whether the companion is there, and as whom we write, is asked before anything else."""

    def __init__(self, settings: StrapiSettings, client: Client, admin: Client | None = None) -> None:
        self.features = shape.features(settings.layout)
        self._settings = settings
        self._client = client
        self._admin = admin
        self._meeting = asyncio.Lock()
        self._met: Met | None = None

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """The records of a type, in the order in which they changed; or what changed, of all types."""
        met = await self._introduced(again=listing == shape.CHANGES and since is None)
        told = met.changes.pages(since) if listing == shape.CHANGES else met.reader.pages(listing, since)
        async for page in told:
            yield page

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """The records asked for, in bulk."""
        return await (await self._introduced()).reader.read(locators)

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write them, one document a call."""
        try:
            met = await self._introduced()
        except RemoteError as error:
            told = failed(error)
            unsent = replace(told, trouble=Trouble.RETRY) if told.trouble is Trouble.UNKNOWN else told
            return [unsent for _ in writes]
        return await met.writer.write(writes)

    async def provision(self, *, apply: bool) -> list[Finding]:
        """What is missing: types and attributes are reported, the webhook is registered."""
        met = await self._introduced(again=True)
        findings = await content_types(self._client, met.account.layout)
        return [*findings, companion(met.account), await webhook(self._admin, self._hook(), apply=apply)]

    async def health(self) -> Health:
        """Whether the first type can be read. Only the companion tells the version."""
        layout = self._settings.layout
        first = layout.carried()[0].name
        params = [("pagination[pageSize]", "1"), ("fields[0]", layout.entity)]
        try:
            met = await self._introduced()
            await self._client.request("GET", layout.path(first), params=params)
        except RemoteError as error:
            return Health(ok=False, message=str(error))
        return Health(ok=True, message="answers", version=met.account.version)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()
        if self._admin is not None:
            await self._admin.aclose()

    async def _introduced(self, *, again: bool = False) -> Met:
        """Ask once as whom we write here; `again`, before everything is listed: it may have been installed since."""
        async with self._meeting:
            if self._met is None or again:
                account = await introduced(self._client, self._settings.layout)
                if self._met is None or account != self._met.account:
                    self._met = self._meet(account)
            return self._met

    def _meet(self, account: Account) -> Met:
        reader = Reader(self._client, account.layout)
        concurrency = min(max(self._settings.concurrency, 1), CONCURRENCY_MAX)
        return Met(
            account=account,
            reader=reader,
            writer=Writer(self._client, account.layout, reader, concurrency),
            changes=Changes(self._client, account.layout, reader),
        )

    def _hook(self) -> Hook | None:
        if self._settings.hook_url is None:
            return None
        return Hook(url=self._settings.hook_url, headers=self._settings.hook_headers)


def connect(settings: StrapiSettings, *, tokens: TokenStore | None = None) -> Strapi:
    """A connector with connections of its own. `tokens` shares log-ins, which Strapi limits to ten a minute."""
    settings = replace(settings, layout=replace(settings.layout, assets=settings.url))
    client = Client(settings.url, auth=_account(settings, tokens), timeout_seconds=settings.timeout_seconds)
    admin = None
    if settings.admin_email and settings.admin_password:
        credentials = {"email": settings.admin_email, "password": settings.admin_password}
        login = Login("/admin/login", credentials, lambda body: body["data"]["token"])
        admin = Client(settings.url, auth=login, timeout_seconds=settings.timeout_seconds)
    return Strapi(settings, client, admin)


def _account(settings: StrapiSettings, tokens: TokenStore | None) -> Auth:
    if settings.token:
        return StaticToken(settings.token)
    if settings.identifier and settings.password:
        credentials = {"identifier": settings.identifier, "password": settings.password}
        return Login("/api/auth/local", credentials, lambda body: body["jwt"], store=tokens)
    raise ConfigurationError("Strapi needs an API token, or a user's identifier and password")
