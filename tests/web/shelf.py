"""A system that is a shelf of records in memory, and a replicator with two of them: `cms` and `shop`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from replicator.app import App, opened
from replicator.catalog import CATALOG
from replicator.connectors.base import (
    Action,
    Ambiguous,
    Connector,
    Features,
    Finding,
    Health,
    Locator,
    Page,
    Record,
    TypeFeatures,
    Write,
    WriteResult,
    Written,
)
from replicator.core.document import Value
from replicator.core.schema import Kind
from replicator.engine.apply import Apply
from replicator.engine.capture import Capture
from replicator.engine.intake import Intake
from replicator.engine.supervise import first_meeting
from replicator.settings import Settings, read
from replicator.web.doors import Doors

ALL = {name: frozenset(schema.fields) for name, schema in CATALOG.items()}
TYPES = {name: TypeFeatures(reads=fields, writes=fields, marker=True) for name, fields in ALL.items()}


@dataclass
class Shelf:
    """A system in memory. `put` is a person's edit there; references are remote ids."""

    features: Features = field(
        default_factory=lambda: Features(types=TYPES, listings={name: (name,) for name in CATALOG})
    )
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    well: bool = True

    def put(self, kind: str, remote_id: str, **values: Value) -> None:
        """A person makes or edits a record."""
        blank: dict[str, Value] = {
            name: [] if each.kind in (Kind.REFERENCES, Kind.TEXTS) else None
            for name, each in CATALOG[kind].fields.items()
            if not each.qualified
        }
        before = self.records.get((kind, remote_id), Record(type=kind, remote_id=remote_id, fields=blank))
        fields = {**(before.fields or {}), **{key.replace("__", "@"): value for key, value in values.items()}}
        self.records[kind, remote_id] = replace(before, fields=fields, version=before.version + 1)

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """One page of everything."""
        assert since is None
        yield Page(records=[each for (kind, _), each in self.records.items() if kind == listing], cursor=None)

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """By remote id; nothing is found by its keys."""
        return [
            None
            if each.remote_id is None
            else self.records.get(
                (each.type, each.remote_id), Record(type=each.type, remote_id=each.remote_id, fields=None)
            )
            for each in locators
        ]

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Everything lands."""
        return [self._written(each) for each in writes]

    def _written(self, write: Write) -> Written:
        remote_id = write.remote_id or f"{write.type}_{len(self.records) + 1}"
        if write.action is Action.DELETE:
            del self.records[write.type, remote_id]
            return Written(remote_id=remote_id)
        self.put(write.type, remote_id, **write.fields)
        kept = replace(self.records[write.type, remote_id], marker=write.marker)
        self.records[write.type, remote_id] = kept
        return Written(remote_id=remote_id, record=kept)

    async def provision(self, *, apply: bool) -> list[Finding]:
        """What a test says is to be found."""
        del apply
        return self.findings

    async def health(self) -> Health:
        """As well as a test says."""
        return Health(ok=self.well, message="well" if self.well else "out of order")

    async def aclose(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True)
class House:
    """A replicator with two shelves, its doors, and a caller at this machine."""

    app: App
    cms: Shelf
    shop: Shelf
    doors: Doors
    http: httpx.AsyncClient

    async def take_in(self, system: str = "cms") -> None:
        """List a system and judge all of it."""
        await Capture(self.app.database, self.app.shop, system).full()
        while await Intake(self.app.database, self.app.shop, system).step():
            pass

    async def write_out(self, system: str = "shop") -> None:
        """Write all that is due at a system."""
        await first_meeting(self.app.database, self.app.shop, system)
        while await Apply(self.app.database, self.app.shop, system, "test").step():
            pass


def settings(monkeypatch: pytest.MonkeyPatch, database_url: str, **web: object) -> Settings:
    """Two systems; `cms` has signed hooks, `shop` sends a word in a header."""
    monkeypatch.setenv("SHELF_DATABASE", database_url)
    monkeypatch.setenv("SHELF_SECRET", "hook-secret")
    cms = {"kind": "medusa", "hook_secret": "env:SHELF_SECRET"}
    shop = {"kind": "directus", "hook_secret": "env:SHELF_SECRET", "hook_header": "X-Word"}
    return read({"database": "env:SHELF_DATABASE", "web": web, "systems": {"cms": cms, "shop": shop}})


@asynccontextmanager
async def housed(chosen: Settings, *, client: tuple[str, int] = ("127.0.0.1", 5000)) -> AsyncIterator[House]:
    """The house, open."""
    cms, shop = Shelf(), Shelf()
    connectors: Mapping[str, Connector] = {"cms": cms, "shop": shop}
    async with opened(chosen, connectors=connectors) as app:
        doors = Doors(app)
        doors.start()
        transport = httpx.ASGITransport(app=doors.asgi, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8400") as http:
            yield House(app, cms, shop, doors, http)
        await doors.stop()


def code(response: httpx.Response) -> str:
    """Of a refusal, which also says in words what is wrong and what mends it."""
    error = response.json()["error"]
    assert error["message"]
    assert error["mend"]
    return str(error["code"])
