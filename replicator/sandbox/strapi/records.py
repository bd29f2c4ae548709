"""Documents are made, changed and deleted here, whoever asks: checked, committed, noted in the ledger, told.

`unique: true` is checked in JavaScript before the insert, so two creates at once both pass. What happens then
depends on the database: with the unique index (`index`) the later one ends in a 500, without it there are two.
With `companion` on, every write is stamped with who made it, and leaves a row in the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from replicator.sandbox.strapi.announce import Announcer
from replicator.sandbox.strapi.answers import Writer
from replicator.sandbox.strapi.filters import Finder
from replicator.sandbox.strapi.refusals import Refusal
from replicator.sandbox.strapi.shop import FILE, content_types
from replicator.sandbox.strapi.shown import shown
from replicator.sandbox.strapi.tables import Row, Tables
from replicator.sandbox.strapi.types import ContentType
from replicator.sandbox.strapi.values import Checker
from replicator.sandbox.words import changes
from replicator.sandbox.world import Shown, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who asks: `name` as the ledger knows it, `stamp` as the companion writes it down."""

    name: str
    stamp: str
    user: int | None = None  # an editor's id
    writes: bool = True


class Records:
    """The documents and what happens to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.tables = Tables(world.rng)
        self._drafted, self._media = frozenset[str](), frozenset[str]()
        self.types: Mapping[str, ContentType] = content_types(companion=False)
        self.index = True
        self.meeting: asyncio.Barrier | None = None  # creates wait for one another between check and insert
        self.announcer = Announcer(world, lambda: self.writer)

    @property
    def companion(self) -> bool:
        """Whether the companion is installed."""
        return "change" in self.types

    @companion.setter
    def companion(self, installed: bool) -> None:
        self._install(companion=installed)

    @property
    def drafted(self) -> frozenset[str]:
        """The types that have draft & publish."""
        return self._drafted

    @drafted.setter
    def drafted(self, names: frozenset[str]) -> None:
        self._drafted = names
        self._install(companion=self.companion)

    @property
    def media(self) -> frozenset[str]:
        """The types whose pictures are files."""
        return self._media

    @media.setter
    def media(self, names: frozenset[str]) -> None:
        self._media = names
        self._install(companion=self.companion)

    def _install(self, *, companion: bool) -> None:
        self.types = content_types(companion=companion, drafted=self._drafted, media=self._media)

    @property
    def finder(self) -> Finder:
        """Looks documents up."""
        return Finder(self.types, self.tables)

    @property
    def writer(self) -> Writer:
        """Writes documents down."""
        return Writer(self.types, self.tables)

    async def create(
        self, kind: ContentType, data: Mapping[str, object], account: Account, *, publish: bool = True
    ) -> Row:
        """A new document, published at once where it need not be and nobody says otherwise."""
        checker = Checker(self.types, self.tables)
        stamped = self._stamped(kind, data, account)
        values = checker.scalars(kind, stamped, creating=True)
        checker.unique(kind, values, None)
        links = checker.links(kind, data, None)
        now = self._world.now()
        await self._between(self.meeting)
        self._index(kind, values, None)
        row = self.tables.insert(kind.name, now, values, links)
        row.created_by = row.updated_by = account.user
        if kind.drafts:
            row.published_at, row.live = None, self.tables.published(kind.name, row, now) if publish else None
        self._note(kind, row, account, "create", None)
        self.announcer.wrote("entry.create", kind, row.document_id)
        if row.live is not None:
            self.announcer.wrote("entry.publish", kind, row.document_id)
        return row

    async def update(
        self, kind: ContentType, row: Row, data: Mapping[str, object], account: Account, *, publish: bool = True
    ) -> Row:
        """Change what is given. Even an empty change is a new moment and is told."""
        checker = Checker(self.types, self.tables)
        stamped = self._stamped(kind, data, account)
        values = checker.scalars(kind, stamped, creating=False)
        checker.unique(kind, values, row)
        links = checker.links(kind, data, row)
        now = self._world.now()
        await self._between(None)
        if self.tables.get(kind.name, row.document_id) is not row:
            raise Refusal(404)
        self._index(kind, values, row)
        before = self._shown(kind, row)
        row.values |= values
        row.links |= links
        row.updated_at = now
        row.published_at = None if kind.drafts else now
        row.updated_by = account.user or row.updated_by
        if kind.drafts and publish:
            row.live = self.tables.published(kind.name, row, now)
        self._note(kind, row, account, "update", before)
        self.announcer.wrote("entry.update", kind, row.document_id)
        if kind.drafts and publish:
            self.announcer.wrote("entry.publish", kind, row.document_id)
        return row

    def turn(self, kind: ContentType, row: Row, account: Account, action: str, write_id: object = None) -> None:
        """Publish a draft, take back what is published, or begin a draft anew: `publish`, `unpublish`, `discard`."""
        before, live = self._shown(kind, row), row.live
        if action == "publish":
            row.live = self.tables.published(kind.name, row, self._world.now())
        elif action == "unpublish":
            row.live = None
        elif live is not None:
            row.values, row.updated_at = dict(live.values), live.updated_at
            row.links = {name: list(each) for name, each in live.links.items()}
        for each in (row, row.live):
            if each is not None and self.companion:
                each.values |= {"last_writer": account.stamp, "write_id": write_id}
        self._note(kind, row, account, {"discard": "discardDraft"}.get(action, action), before)
        if action == "unpublish" and live is not None:
            self.announcer.told("entry.unpublish", kind, live)
        else:
            event = {"publish": "entry.publish"}.get(action, "entry.draft-discard")
            self.announcer.wrote(event, kind, row.document_id)

    def delete(self, kind: ContentType, row: Row, account: Account) -> None:
        """Delete a document. Others that refer to it lose the reference, and nobody hears of that."""
        self._note(kind, row, account, "delete", self._shown(kind, row))
        referring = [
            (other, name)
            for other in self.types.values()
            for name, attribute in other.relations.items()
            if attribute.target == kind.name
        ]
        bereft = [
            (other, each, self._shown(other, each))
            for other, name in referring
            for each in self.tables.rows(other.name)
            if row.document_id in each.links.get(name, []) and each is not row
        ]
        self.tables.remove(kind.name, row.document_id, [(other.name, name) for other, name in referring])
        for other, each, before in bereft:
            self._note(other, each, account, "cascade", before)
        for one in (row, *([row.live] if row.live else [])):
            self.announcer.told("entry.delete", kind, one)

    def file(self, address: str) -> Row:
        """The file that came from an address, fetched now if there is none yet."""
        held = "url" if address.startswith("/") else "caption"
        found = next(self.tables.holding(FILE.name, held, address), None)
        name = address.rpartition("/")[2]
        values: dict[str, object] = {"name": name, "caption": address, "url": f"/uploads/{name}"}
        return found or self.tables.insert(FILE.name, self._world.now(), values, {})

    def served(self, kind: ContentType, rows: list[Row], account: str) -> None:
        """Documents were shown whole in an answer."""
        for row in rows if kind.catalog else []:
            self._world.ledger.served(system="strapi", account=account, type=kind.catalog, remote_id=row.document_id)

    async def _between(self, meeting: asyncio.Barrier | None) -> None:
        # Checking and committing are two round trips to the database: others run in between.
        await (meeting.wait() if meeting is not None else asyncio.sleep(0))

    def _index(self, kind: ContentType, values: Mapping[str, object], row: Row | None) -> None:
        if kind.drafts:
            return
        unique = [name for name, each in kind.scalars.items() if each.unique and values.get(name) is not None]
        for name in unique if self.index else []:
            if any(other is not row for other in self.tables.holding(kind.name, name, values[name])):
                raise Refusal(500)

    def _stamped(self, kind: ContentType, data: Mapping[str, object], account: Account) -> Mapping[str, object]:
        if not (self.companion and kind.catalog):
            return data
        return {**data, "last_writer": account.stamp, "write_id": data.get("write_id")}

    def _shown(self, kind: ContentType, row: Row) -> Shown | None:
        return shown(self.types, kind, row, self.tables) if kind.catalog else None

    def _note(self, kind: ContentType, row: Row, account: Account, action: str, before: Shown | None) -> None:
        after = None if action == "delete" else self._shown(kind, row)
        subject = after or before
        if subject is None:
            return
        self._world.ledger.wrote(
            system="strapi",
            account=account.name,
            type=kind.catalog,
            key=subject.key,
            remote_id=row.document_id,
            action=action,
            changes=changes(before.fields if before else {}, after.fields if after else {}),
        )
        if self.companion and action != "cascade":
            self._outbox(kind, row, account, action)

    def _outbox(self, kind: ContentType, row: Row, account: Account, action: str) -> None:
        values = {
            "model_uid": kind.uid,
            "action": action,
            "entity_document_id": row.document_id,
            "actor": account.stamp,
            "write_id": None if action == "delete" else row.values.get("write_id"),
        }
        self.tables.insert("change", self._world.now(), values, {})
