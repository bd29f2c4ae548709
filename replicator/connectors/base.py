"""The contract of a connector, and its words.

**record**: an entity as one system holds it, named there by its *remote id*. **document**: its fields in canonical
form (`core.document`); here, at the edge, a reference is the *remote id* of the record it points to, not an entity
id: the engine translates. **version**: an integer that does not fall while a record lives (its update time in ms,
where there is nothing better). **marker**: what our last write left there. **locator**: how to find a record: by
remote id, else by entity id where the system keeps it, else by its natural key. **page**: a piece of a listing, with a
cursor to go on from.

What a system can do is data (`Features`), not more methods. Nobody inherits; what is shared is in `client.py` and is
called.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from replicator.connectors.revision import Revision
from replicator.core.document import Document, Value
from replicator.core.marker import Marker

VERSION_SKEW_MS = 30_000
"""How far a version may fall while a record only goes on: update times are set before commits, batches take seconds."""

PENDING = "entity:"
"""Prefix of a reference, in a write, to an entity created *earlier in the same batch*: `entity:<entity id>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who wrote the present content, as told by the system itself: one of our writes, or somebody else."""

    sync_id: str | None = None  # set: our write of that name
    author: str | None = None  # set: somebody else, by the system's own name for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as read at one moment. `fields` is None where the record is absent.

    `missing` names keys of the view that the raw answer did not have at all (dropped column, missing right): such a
    record is never judged, its shape is reported. `references` are this record's ids in other systems, where older
    bridges left them: (system kind, type) → remote id, e.g. ("medusa", "product") → "prod_01…".
    """

    type: str
    remote_id: str
    fields: Document | None
    version: int = 0
    marker: Marker | None = None
    attribution: Attribution | None = None
    missing: tuple[str, ...] = ()
    references: Mapping[tuple[str, str], str] = field(default_factory=dict)
    entity: str | None = None  # our entity id, where the system keeps it in a column of its own
    # Its newest changes, oldest first, ending with the one that made this content; the answer to a write tells none.
    history: tuple[Revision, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A piece of a listing. `cursor` goes on behind it (None: this was the last); records may be of several types.

    Where changes can be asked for (`Features.since`), the last page has a cursor too: to ask with next time.
    """

    records: Sequence[Record]
    cursor: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """How to find one record. `key` is its natural key, all of its fields: asked where nothing stronger is known."""

    type: str
    remote_id: str | None = None
    entity: str | None = None
    key: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several records answer to one locator: a person must say which."""

    type: str
    remote_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """Something was said to have happened to a record: read it again. A hint is never believed further than that."""

    type: str
    remote_id: str
    verb: str  # created | updated | deleted | as told, for people
    key: str | None = None  # a delivery id that the sender gave, if it gives one


class Action(StrEnum):
    """What a write does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One record to be written. `fields`: what is to be changed; `whole`: all that the record should hold afterwards.

    A create's `fields` and `whole` are equal. References are remote ids, or PENDING ones. `marker` is left with the
    write wherever the type has room for one. `sync_id` goes wherever the system records who wrote (User-Agent, origin
    header).
    """

    type: str
    action: Action
    entity: str
    sync_id: str
    remote_id: str | None = None
    fields: Document = field(default_factory=dict)
    whole: Document = field(default_factory=dict)
    marker: Marker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """It is there. `record` is the answer, where the system answered with the record (None after a delete)."""

    remote_id: str
    record: Record | None = None


class Trouble(StrEnum):
    """Why a write was not made."""

    RETRY = "retry"  # not made, try again: throttled, overloaded, 5xx before execution
    UNKNOWN = "unknown"  # no answer: it may have been made, or may still be
    WAIT = "wait"  # something it refers to is not there yet
    CLASH = "clash"  # another record holds a value that must be unique
    GONE = "gone"  # the record to be changed is not there
    REFUSED = "refused"  # refused for good: trying again will not help
    ACCOUNT = "account"  # our account is refused: mend it, then retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It was not written, or we cannot know. `status` is the HTTP status; `retry_after` in seconds, if told."""

    trouble: Trouble
    message: str
    status: int | None = None
    field: str | None = None
    retry_after: float | None = None


WriteResult: TypeAlias = Written | Failed


def same(_key: str, value: Value) -> Value:
    """The normal form of a system that keeps values as they are."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFeatures:
    """What a system can do with one type.

    `reads` and `writes` are field names of the catalog. `normal(key, value)` is the form in which the system gives
    back a value written to it: declared here, proven by the conformance suite. `cascades`: types that vanish with a
    record of this one.
    """

    reads: frozenset[str]
    writes: frozenset[str] = frozenset()
    marker: bool = False  # a write can leave a marker on the record
    entity_column: bool = False  # the entity id is kept in a column that can be searched
    client_ids: bool = False  # the remote id is ours to choose: it is the entity id
    bulk: int = 1  # records per call
    creates: bool = True  # False: what is there can be changed, but nothing can be added (the store, its currencies)
    standing: bool = False  # some are there from the start: they do not say that the system is in use
    natural_ids: bool = False  # the remote id is the natural key (a currency's code), and is asked after
    deletes: bool = True
    unique: bool = True  # a second record of the same natural key is refused as a clash
    cascades: tuple[str, ...] = ()
    version_skew: int = VERSION_SKEW_MS
    normal: Callable[[str, Value], Value] = same


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a system can do. `listings`: what to list, in order (parents first), and the types found on its pages.

    `reasons`: for every type that is not carried, or not both read and written and made and deleted there, why not, in
    a few words for people.
    """

    types: Mapping[str, TypeFeatures]
    listings: Mapping[str, tuple[str, ...]]
    since: frozenset[str] = frozenset()  # listings that can be asked for changes since a cursor
    repeats: frozenset[str] = frozenset()  # of these, those that show the record at the cursor again, if it is there
    hooks: bool = True
    reasons: Mapping[str, str] = field(default_factory=dict)
    provisions: frozenset[str] = frozenset()  # types that `connect` makes room for, or makes some of


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen over there: what it is, how serious, and what mends it."""

    subject: str
    level: Level
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the system can be worked with now. `records` is how many it holds of each type we carry, if asked."""

    ok: bool
    message: str
    version: str | None = None


class Connector(Protocol):
    """One system. Reads raise RemoteError; writes never raise for what the system did, they return it.

    All calls are cancellable; none decides anything. `aclose()` aside, these five are the whole contract.
    """

    features: Features

    def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """All records of a listing (since=None), or those changed since a cursor of an earlier page (with overlap)."""
        ...

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """The records, in the order asked for, in as few calls as can be; all locators are of one type.

        A record asked for by remote id that is not there comes back with `fields=None`; one asked for by key, as None.
        """
        ...

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write them, parents first as given, through bulk calls where there are any; one result each, in order.

        One item that fails does not keep the others from being written (a failed bulk call is taken apart).
        """
        ...

    async def provision(self, *, apply: bool) -> list[Finding]:
        """What is missing over there (marker fields, types, rights) and, with `apply`, mend it. Twice changes
        nothing.
        """
        ...

    async def health(self) -> Health:
        """Say with one cheap authenticated call whether it is up, lets us in, and which version it is."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


def settle_references(fields: Document, created: Mapping[str, str]) -> tuple[dict[str, Value], str | None]:
    """Put the remote ids of entities created earlier in this batch in place of PENDING references.

    Returns the fields, and the first entity id that is still not there (None: all are).
    """
    settled: dict[str, Value] = {}
    for key, value in fields.items():
        listed = list(value) if isinstance(value, list | tuple) else [value]
        for index, item in enumerate(listed):
            if isinstance(item, str) and item.startswith(PENDING):
                entity = item.removeprefix(PENDING)
                if entity not in created:
                    return settled, entity
                listed[index] = created[entity]
        settled[key] = listed if isinstance(value, list | tuple) else listed[0]
    return settled, None
