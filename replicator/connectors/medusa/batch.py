"""Batch: the writes of one call on their way, and what became of each.

Writes are taken in an order in which references are there before they are used and names are freed before they are
taken, so that as many as can be go in one body; deletes keep their place among the others. A bulk call that fails is
taken apart until the one at fault stands alone. After a time-out nothing more is sent: the rest is to be tried again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeAlias

from replicator.connectors.answers import NoAnswer
from replicator.connectors.base import (
    PENDING,
    Action,
    Failed,
    Trouble,
    Write,
    WriteResult,
    Written,
    settle_references,
)
from replicator.connectors.client import Client, encoded
from replicator.connectors.medusa import joining
from replicator.connectors.medusa.parts import wholes_of
from replicator.connectors.medusa.raw import Raw
from replicator.connectors.medusa.reading import Reader
from replicator.connectors.medusa.refusals import divisible, interrupted, refusal, unacceptable
from replicator.connectors.medusa.shape import BATCH_MAX
from replicator.core.document import Value
from replicator.errors import BadAnswer, RemoteError, Throttled, Unauthorised

BODY_BYTES_MAX = 90_000  # Medusa refuses more than 100 kB; the rest is for brackets and what we count too low

PARTS = ("option", "option_value", "variant", "price", "stock", "metafield")
CHANGES = (
    ("tag", Action.UPDATE),
    ("tag", Action.CREATE),
    ("category", Action.CREATE),  # before updates: a category may be moved below a new one
    ("category", Action.UPDATE),
    *((name, action) for name in ("collection", "product_type") for action in (Action.UPDATE, Action.CREATE)),
    *((name, action) for name in ("region", "shipping_profile") for action in (Action.UPDATE, Action.CREATE)),
    ("country", Action.UPDATE),
    *((name, action) for name in ("stock_location", "shipping_option") for action in (Action.UPDATE, Action.CREATE)),
    ("store", Action.UPDATE),
    ("product", Action.UPDATE),
    ("product", Action.CREATE),
    *((name, action) for name in PARTS for action in (Action.UPDATE, Action.CREATE)),
)
DELETES = tuple(  # of a product and its parts the wholes first: what has gone with them needs no call of its own
    (name, Action.DELETE)
    for name in (
        *("product", "variant", "option", "option_value", "price", "stock", "metafield"),
        *("product_type", "collection", "category", "tag"),
        *("shipping_option", "shipping_profile", "stock_location", "region"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One write: its place in the batch, its fields with references settled, the body it became.

    `parts` are what is made along with a product.
    """

    index: int
    write: Write
    fields: Mapping[str, Value] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)
    parts: tuple[Item, ...] = ()


Call: TypeAlias = Callable[[Sequence[Item]], Awaitable[None]]
Alone: TypeAlias = Callable[[Item, RemoteError], Awaitable[None]]


class Batch:
    """What became of the writes so far: `results` by index, `created` entity → remote id, `deleted` remote ids.

    `loosened` are parts that could not be made along with their product and are tried on their own.
    """

    def __init__(self, client: Client, reader: Reader, writes: Sequence[Write]) -> None:
        self.reader = reader
        self.results: dict[int, WriteResult] = {}
        self.created: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.loosened: list[Item] = []
        self._client = client
        self._writes = writes
        self._stopped: RemoteError | None = None

    def groups(self) -> Iterator[tuple[str, Action, list[Item]]]:
        """The writes, grouped by type and action, in the order in which they are to be sent."""
        for deleting, run in groupby(self._joined(), key=lambda item: item.write.action is Action.DELETE):
            several = list(run)
            for type_name, action in DELETES if deleting else CHANGES:
                kind = (type_name, action)
                waiting = [*several, *self.loosened]
                if group := [item for item in waiting if (item.write.type, item.write.action) == kind]:
                    yield type_name, action, group

    def _joined(self) -> list[Item]:
        """The items, the parts of a new product joined to it."""
        homes = joining.homes(self._writes)
        parts: dict[int, list[Item]] = {}
        for part, home in homes.items():
            parts.setdefault(home, []).append(Item(index=part, write=self._writes[part]))
        return [
            Item(index=index, write=write, parts=tuple(parts.get(index, ())))
            for index, write in enumerate(self._writes)
            if index not in homes
        ]

    def settled(self, items: Sequence[Item]) -> list[Item]:
        """The items that can be sent, with their references settled. The others are failed."""
        ready = []
        for item in items:
            fields, absent = settle_references(item.write.fields, self.created)
            if absent is not None:
                self.fail(item, Failed(trouble=Trouble.WAIT, message=f"entity {absent} is not there yet"))
            elif (failed := unacceptable(item.write, fields)) is not None:
                self.fail(item, failed)
            else:
                ready.append(replace(item, fields=fields))
        return ready

    def settled_inside(self, item: Item) -> list[Item]:
        """The parts of a new product, their references settled but those inside the family. The others are failed."""
        family = {each.write.entity: PENDING + each.write.entity for each in (item, *item.parts)}
        ready = []
        for part in item.parts:
            fields, absent = settle_references(part.write.fields, {**self.created, **family})
            if absent is None:
                ready.append(replace(part, fields=fields))
            else:
                self.fail(part, Failed(trouble=Trouble.WAIT, message=f"entity {absent} is not there yet"))
        return ready

    def gone_along(self, items: Sequence[Item]) -> list[Item]:
        """Deletes of what has not gone with its whole already; the others are done."""
        left = []
        for item in items:
            remote_id = str(item.write.remote_id)
            if self.deleted.isdisjoint(wholes_of(remote_id)):
                left.append(item)
            else:
                self.done(item, Written(remote_id=remote_id))
        return left

    def adopted(self, item: Item, remote_id: str) -> Item:
        """The update that completes a create of ours, found to be there already."""
        write = replace(item.write, remote_id=remote_id)
        self.created[write.entity] = remote_id
        return replace(item, write=write, parts=())

    def fail(self, item: Item, failed: Failed) -> None:
        """It was not written; then what was to be made along with it was not either."""
        self.results[item.index] = failed
        for part in item.parts:
            trouble = Trouble.WAIT if failed.trouble is Trouble.REFUSED else failed.trouble
            self.results[part.index] = replace(failed, trouble=trouble, field=None)

    def done(self, item: Item, written: Written) -> None:
        """It is there."""
        self.results[item.index] = written
        if item.write.action is Action.CREATE:
            self.created[item.write.entity] = written.remote_id

    async def send(self, path: str, body: object, *, fields: str | None = None, method: str = "POST") -> Raw:
        """Send a write. Nothing is sent any more after one that was not answered or not let in."""
        if self._stopped is not None:
            msg = f"not tried, because before: {self._stopped}"
            raise Throttled(msg)
        try:
            answer = await self._client.request(
                method, path, params=[("fields", fields)] if fields else None, json=body
            )
        except (NoAnswer, Throttled, Unauthorised) as error:
            self._stopped = error
            raise
        if not isinstance(answer.body, Mapping):
            msg = f"{method} {path}: an object was expected in the answer"
            raise BadAnswer(msg, status=answer.status)
        return answer.body

    async def shielded(self, items: Sequence[Item], rest: Awaitable[None]) -> None:
        """Do what follows a write that was made: an error there must not have that write sent again."""
        try:
            await rest
        except RemoteError as error:
            self.interrupt(items, error)

    def interrupt(self, items: Sequence[Item], error: RemoteError) -> None:
        """What is not done or failed yet is to be tried again."""
        for item in items:
            if item.index not in self.results:
                self.fail(item, interrupted(error))

    async def in_pieces(self, items: Sequence[Item], call: Call, alone: Alone | None = None) -> None:
        """Call with all that fit into one body; where that is refused, with halves, down to one that fails alone."""
        for some in _portions(items):
            await self._taken_apart(some, call, alone)

    async def _taken_apart(self, items: Sequence[Item], call: Call, alone: Alone | None) -> None:
        try:
            await call(items)
        except RemoteError as error:
            if len(items) > 1 and divisible(error):
                middle = len(items) // 2
                await self._taken_apart(items[:middle], call, alone)
                await self._taken_apart(items[middle:], call, alone)
            elif len(items) == 1 and alone is not None:
                await alone(items[0], error)
            else:
                for item in items:
                    self.fail(item, refusal(error))


def _portions(items: Sequence[Item]) -> Iterator[list[Item]]:
    some: list[Item] = []
    size = 0
    for item in items:
        length = len(encoded(item.body)) + 1
        if some and (len(some) >= BATCH_MAX or size + length > BODY_BYTES_MAX):
            yield some
            some, size = [], 0
        some.append(item)
        size += length
    if some:
        yield some
