"""Medusa, spoken to: the connector. It decides nothing; what things mean is told by the shapes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from replicator.connectors.base import (
    Action,
    Ambiguous,
    Finding,
    Health,
    Locator,
    Page,
    Record,
    Write,
    WriteResult,
)
from replicator.connectors.client import Auth, BasicKey, Client, Login
from replicator.connectors.medusa import product_writes, provision, taxonomy_writes, variant_writes
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.finding import families, find, records
from replicator.connectors.medusa.raw import Raw, version
from replicator.connectors.medusa.reading import Reader
from replicator.connectors.medusa.shape import FEATURES
from replicator.errors import ConfigurationError, RemoteError

LISTED = {"tags": "tag", "categories": "category"}
NEVER = "1970-01-01T00:00:00.000Z"  # the stamp before all others

WRITERS: Mapping[tuple[str, Action], Callable[[Batch, Sequence[Item]], Awaitable[None]]] = {
    **{(name, Action.CREATE): taxonomy_writes.create for name in ("tag", "category")},
    **{(name, Action.UPDATE): taxonomy_writes.update for name in ("tag", "category")},
    **{(name, Action.DELETE): taxonomy_writes.delete for name in ("tag", "category")},
    ("product", Action.CREATE): product_writes.create,
    ("product", Action.UPDATE): product_writes.update,
    ("product", Action.DELETE): product_writes.delete,
    ("variant", Action.CREATE): variant_writes.create,
    ("variant", Action.UPDATE): variant_writes.update,
    ("variant", Action.DELETE): variant_writes.delete,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MedusaSettings:
    """Where Medusa is and who we are there: a user of our own, or a secret key, which costs Medusa 0.1 s a request."""

    url: str
    email: str | None = None
    password: str | None = None
    secret_key: str | None = None
    stock_location: str | None = None  # the id of the location whose stock counts; None: the first
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
        self._reader = Reader(client, settings.stock_location)

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """All records of a listing, or those changed since a cursor; every page, also the last, has one.

        A list of nothing has an empty page, whose cursor asks for all that is made from now on.
        """
        if listing in LISTED:
            empty = since is None
            async for raws in self._reader.walk(LISTED[listing], since):
                empty = False
                yield Page(records=await records(self._reader, LISTED[listing], raws), cursor=_last(raws))
            if empty:
                yield Page(records=[], cursor=NEVER)
            return
        product, variant = (since or f"{NEVER}/{NEVER}").split("/")
        newest = variant if since else await self._reader.newest("variant") or NEVER
        async for raws in self._reader.walk("product", product if since else None):
            product = max(product, _last(raws))
            yield Page(records=await families(self._reader, raws), cursor=f"{product}/{newest}")
        if since is None:
            if product == NEVER:
                yield Page(records=[], cursor=f"{NEVER}/{newest}")
            return
        began = since.split("/")[0]
        async for raws in self._reader.walk("variant", variant):
            newest = max(newest, _last(raws))
            yield Page(records=await records(self._reader, "variant", raws), cursor=f"{product}/{newest}")
        if deleted := await self._reader.tombstones(began):
            gone = [Record(type="product", remote_id=raw["id"], fields=None, version=version(raw)) for raw in deleted]
            yield Page(records=gone, cursor=f"{product}/{newest}")

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """The records, in the order asked for; all locators are of one type."""
        return await find(self._reader, locators)

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write them, new products together with their variants; one result each, in order."""
        batch = Batch(self._client, self._reader, writes)
        for type_name, action, items in batch.groups():
            try:
                await WRITERS[type_name, action](batch, items)
            except RemoteError as error:  # of a read before the writes: those that wait for it were not sent
                batch.interrupt(items, error)
        return [batch.results[index] for index in range(len(writes))]

    async def provision(self, *, apply: bool) -> list[Finding]:
        """See that there is a stock location, that the shop knows our currencies, and that our companion tells us."""
        wanted = self._settings
        return [
            await provision.location(self._client, self._reader, apply=apply),
            *await provision.currencies(self._reader, wanted.currencies),
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
