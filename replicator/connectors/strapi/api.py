"""Strapi 5 over its content API. Decides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from replicator.connectors.base import (
    Ambiguous,
    Finding,
    Health,
    Locator,
    Page,
    Record,
    Write,
    WriteResult,
)
from replicator.connectors.client import Auth, Client, Login, StaticToken, TokenStore
from replicator.connectors.strapi import shape
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


class Strapi:
    """The connector."""

    def __init__(self, settings: StrapiSettings, client: Client, admin: Client | None = None) -> None:
        self.features = shape.features(settings.layout)
        self._settings = settings
        self._client = client
        self._admin = admin
        self._reader = Reader(client, settings.layout)
        concurrency = min(max(settings.concurrency, 1), CONCURRENCY_MAX)
        self._writer = Writer(client, settings.layout, self._reader, concurrency)

    def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """The records of a type, in the order in which they changed."""
        return self._reader.pages(listing, since)

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """The records asked for, in bulk."""
        return await self._reader.read(locators)

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write them, one document a call."""
        return await self._writer.write(writes)

    async def provision(self, *, apply: bool) -> list[Finding]:
        """What is missing: types and attributes are reported, the webhook is registered."""
        findings = await content_types(self._client, self._settings.layout)
        return [*findings, await webhook(self._admin, self._hook(), apply=apply)]

    async def health(self) -> Health:
        """Whether the first type can be read. Strapi does not tell its version."""
        layout = self._settings.layout
        first = layout.carried()[0].name
        params = [("pagination[pageSize]", "1"), ("fields[0]", layout.entity)]
        try:
            await self._client.request("GET", layout.path(first), params=params)
        except RemoteError as error:
            return Health(ok=False, message=str(error))
        return Health(ok=True, message="answers")

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()
        if self._admin is not None:
            await self._admin.aclose()

    def _hook(self) -> Hook | None:
        if self._settings.hook_url is None:
            return None
        return Hook(url=self._settings.hook_url, headers=self._settings.hook_headers)


def connect(settings: StrapiSettings, *, tokens: TokenStore | None = None) -> Strapi:
    """A connector with connections of its own. `tokens` shares log-ins, which Strapi limits to ten a minute."""
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
