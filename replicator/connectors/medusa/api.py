"""Medusa, spoken to: the connector. It decides nothing; what things mean is told by the shapes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from replicator.connectors.base import (
    Ambiguous,
    Finding,
    Health,
    Level,
    Locator,
    Page,
    Record,
    Write,
    WriteResult,
)
from replicator.connectors.client import Auth, BasicKey, Client, Login
from replicator.connectors.medusa import aggregate_reading, provision, selling_reading
from replicator.connectors.medusa.aggregate_reading import NEVER
from replicator.connectors.medusa.batch import Batch
from replicator.connectors.medusa.finding import find, records
from replicator.connectors.medusa.provision import Account
from replicator.connectors.medusa.raw import Raw
from replicator.connectors.medusa.reading import Choices, Reader
from replicator.connectors.medusa.sellable import Making
from replicator.connectors.medusa.shape import FEATURES
from replicator.connectors.medusa.writing import WRITERS
from replicator.errors import ConfigurationError, RemoteError

LISTED = {"tags": "tag", "categories": "category", "collections": "collection", "product_types": "product_type"}
NOTHING_CHOSEN = Choices()


@dataclass(frozen=True, slots=True, kw_only=True)
class MedusaSettings:
    """Where Medusa is and who we are there: a user of our own, or a secret key, which costs Medusa 0.1 s a request."""

    url: str
    email: str | None = None
    password: str | None = None
    secret_key: str | None = None
    admin_email: str | None = None  # of an administrator, for `provision` only: who invites our user
    admin_password: str | None = None
    choices: Choices = NOTHING_CHOSEN  # what new records get where they name none
    currencies: tuple[str, ...] = ()  # those the shop must know; this and the next two are for `provision`
    hook_url: str | None = None  # where our companion in Medusa posts what happens
    hook_secret: str | None = None  # what it signs with
    timeout_seconds: float = 30


class Medusa:
    """The connector of one Medusa."""

    features = FEATURES

    def __init__(self, settings: MedusaSettings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._reader = Reader(client, settings.choices)
        self._writing = asyncio.Lock()

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """All records of a listing, or those changed since a cursor; every page, also the last, has one.

        A list of nothing has an empty page, whose cursor asks for all that is made from now on.
        """
        empty = since is None
        async for page in self._pages(listing, since):
            empty = False
            yield page
        if empty:
            yield Page(records=[], cursor=f"{NEVER}/{NEVER}" if listing == "products" else NEVER)

    def _pages(self, listing: str, since: str | None) -> AsyncIterator[Page]:
        if listing in LISTED:
            return self._listed(listing, since)
        if listing == "products":
            return aggregate_reading.pages(self._reader, since, time.time)
        return selling_reading.pages(self._reader, listing, since)

    async def _listed(self, listing: str, since: str | None) -> AsyncIterator[Page]:
        async for raws in self._reader.walk(LISTED[listing], since):
            yield Page(records=records(LISTED[listing], raws), cursor=_last(raws))

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """The records, in the order asked for; all locators are of one type."""
        return await find(self._reader, locators)

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write them, new products together with their parts; one result each, in order.

        One call after the other: what Medusa replaces as a whole (prices, metadata) is read before it is written, and
        two at once would each undo the other. It has one thread anyway.
        """
        async with self._writing:
            batch = Batch(self._client, self._reader, writes)
            for type_name, action, items in batch.groups():
                try:
                    await WRITERS[type_name, action](batch, items)
                except RemoteError as error:  # of a read before the writes: those that wait for it were not sent
                    batch.interrupt(items, error)
            return [batch.results[index] for index in range(len(writes))]

    async def provision(self, *, apply: bool) -> list[Finding]:
        """See that we are let in, that what we import can be sold, and that our companion tells us what happens."""
        wanted = self._settings
        account = await provision.account(self._client, self._account(), apply=apply)
        if account.level is Level.ERROR:
            return [account]  # nothing else can be seen
        return [
            account,
            *await Making(self._client, self._reader, apply).findings(wanted.currencies),
            *await provision.companion(self._client, wanted.hook_url, wanted.hook_secret, apply=apply),
        ]

    async def health(self) -> Health:
        """One cheap authenticated call. Medusa does not tell its version."""
        try:
            stores = await self._reader.ask("/admin/stores", "stores", [("fields", "id,name"), ("limit", "1")])
        except RemoteError as error:
            return Health(ok=False, message=str(error))
        return Health(ok=True, message=f"store {stores[0]['name']!r}" if stores else "there is no store")

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    def _account(self) -> Account:
        given = self._settings
        by_key = given.secret_key is not None
        return Account(
            url=given.url,
            email=None if by_key else given.email,
            password=None if by_key else given.password,
            admin_email=given.admin_email,
            admin_password=given.admin_password,
        )


def connect(settings: MedusaSettings) -> Medusa:
    """A connector with a client of its own. Raises ConfigurationError where there are no credentials."""
    return Medusa(settings, Client(settings.url, auth=auth_of(settings), timeout_seconds=settings.timeout_seconds))


def auth_of(settings: MedusaSettings) -> Auth:
    """How we are let in."""
    if settings.secret_key is not None:
        return BasicKey(settings.secret_key)
    if settings.email is None or settings.password is None:
        msg = "Medusa needs an email and a password of a user of ours, or a secret key"
        raise ConfigurationError(msg)
    body = {"email": settings.email, "password": settings.password}
    return Login("/auth/user/emailpass", body, lambda answer: answer.get("token"))


def _last(raws: Sequence[Raw]) -> str:
    return max(str(raw["updated_at"]) for raw in raws)
