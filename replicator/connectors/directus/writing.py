"""Writing to Directus: batches, and what a failed batch means for each of its items.

A batch is one transaction: either all of it is there or nothing, and the error does not say which item it was
about. So a refused batch is halved until the item stands alone. A create carries its id, our entity id: sent again
after a lost answer it is refused for that id, and then the record there tells by its marker whether it is ours. A
batch is not larger than its User-Agent can name the sync ids of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from replicator.connectors.base import (
    Action,
    Attribution,
    Failed,
    Record,
    Trouble,
    Write,
    WriteResult,
    Written,
    settle_references,
)
from replicator.connectors.client import Client, Denied, Refused, ServerFault, failed
from replicator.connectors.directus import shape, signing
from replicator.connectors.directus.abilities import CREATES_MAX, UPDATES_MAX
from replicator.connectors.directus.layout import GALLERY, Layout
from replicator.connectors.directus.library import Library
from replicator.connectors.directus.reading import FORBIDDEN, Reading
from replicator.errors import RemoteError

SIZES = {Action.CREATE: CREATES_MAX, Action.UPDATE: UPDATES_MAX, Action.DELETE: UPDATES_MAX}
TROUBLES = {
    "RECORD_NOT_UNIQUE": Trouble.CLASH,
    "INVALID_FOREIGN_KEY": Trouble.WAIT,
    "SERVICE_UNAVAILABLE": Trouble.RETRY,
    "INTERNAL_SERVER_ERROR": Trouble.RETRY,  # rolled back; for a value of the wrong type it will fail for ever
}


class Writing:
    """Writes to one Directus."""

    def __init__(self, layout: Layout, client: Client, reading: Reading) -> None:
        self._layout = layout
        self._client = client
        self._reading = reading
        self._library = Library(layout, client)

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write them in the order given; one result each."""
        results: dict[int, WriteResult] = {}
        created: dict[str, str] = {}
        batch: dict[int, Write] = {}
        for index, write in enumerate(writes):
            if batch and not _joins(batch, write):
                await self._flush(batch, results, created)
            fields, absent = settle_references(write.fields, created)
            if absent is not None and any(one.entity == absent for one in batch.values()):
                await self._flush(batch, results, created)  # it refers to one that is about to be made
                fields, absent = settle_references(write.fields, created)
            if absent is None:
                batch[index] = replace(write, fields=fields)
            else:
                results[index] = Failed(trouble=Trouble.WAIT, message=f"it refers to {absent}, which is not there yet")
        await self._flush(batch, results, created)
        return [results[index] for index in range(len(writes))]

    async def _flush(self, batch: dict[int, Write], results: dict[int, WriteResult], created: dict[str, str]) -> None:
        if not batch:
            return
        outcomes = await self._send(list(batch.values()))
        for (index, write), outcome in zip(batch.items(), outcomes, strict=True):
            results[index] = outcome
            if isinstance(outcome, Written) and write.action is Action.CREATE:
                created[write.entity] = outcome.remote_id
        batch.clear()

    async def _send(self, writes: Sequence[Write]) -> list[WriteResult]:
        if not writes:
            return []
        named = signing.fitting([(_remote_id(write), write.sync_id) for write in writes])
        if named < len(writes):
            return [*await self._send(writes[:named]), *await self._send(writes[named:])]
        try:
            match writes[0].action:
                case Action.CREATE:
                    return await self._create(writes)
                case Action.UPDATE:
                    return await self._update(writes)
                case Action.DELETE:
                    return await self._delete(writes)
        except Denied as error:
            return await self._denied(writes, error)
        except (Refused, ServerFault) as error:
            return await self._refused(writes, error)
        except RemoteError as error:
            return [failed(error) for _ in writes]

    async def _create(self, writes: Sequence[Write]) -> list[WriteResult]:
        files = await self._library.held(writes)
        return await self._call("POST", writes, [shape.body(self._layout, write, {}, files) for write in writes])

    async def _update(self, writes: Sequence[Write]) -> list[WriteResult]:
        links, files = await self._links(writes), await self._library.held(writes)
        bodies = [shape.body(self._layout, write, links.get(str(write.remote_id), {}), files) for write in writes]
        return await self._call("PATCH", writes, bodies)

    async def _delete(self, writes: Sequence[Write]) -> list[WriteResult]:
        ids = [str(write.remote_id) for write in writes]
        await self._client.request("DELETE", self._path(writes), json=ids, headers=_signed(writes))
        return [Written(remote_id=one) for one in ids]

    async def _call(self, method: str, writes: Sequence[Write], bodies: Sequence[object]) -> list[WriteResult]:
        type_name = writes[0].type
        answer = await self._client.request(
            method,
            self._path(writes),
            params=shape.query(self._layout, type_name),
            json=bodies,
            headers=_signed(writes),
        )
        rows = answer.body.get("data") if isinstance(answer.body, dict) else None
        # The answer is sorted by id. Without a right to read there is none.
        shown = {str(row.get("id")): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}
        ours = await self._reading.account()
        results: list[WriteResult] = []
        for write in writes:
            remote_id = _remote_id(write)
            row = shown.get(remote_id)
            record = None if row is None else self._answered(write, row, ours)
            results.append(Written(remote_id=remote_id, record=record))
        return results

    def _answered(self, write: Write, row: shape.Row, ours: str) -> Record:
        """The record as it is after the write, which is ours unless the row names somebody who came between."""
        record = shape.record(self._layout, write.type, row)
        return replace(record, attribution=shape.by_row(row, ours) or Attribution(sync_id=write.sync_id))

    async def _links(self, writes: Sequence[Write]) -> dict[str, shape.Links]:
        """The junction rows of the records whose many-to-many fields are to be written."""
        linked = {*self._layout.junctions(writes[0].type), *([GALLERY] if self._layout.gallery(writes[0].type) else [])}
        ids = [str(write.remote_id) for write in writes if linked & set(write.fields)]
        return await self._reading.links(writes[0].type, ids)

    async def _denied(self, writes: Sequence[Write], error: Denied) -> list[WriteResult]:
        """403 stands for a missing item as well: ask which are there, and write those."""
        if error.status != FORBIDDEN or writes[0].action is Action.CREATE:
            return [failed(error) for _ in writes]
        there = await self._there(writes)
        if there is None or len(there) == len({_remote_id(write) for write in writes}):
            return [failed(error) for _ in writes]
        gone = Failed(trouble=Trouble.GONE, message=str(error), status=error.status)
        return await self._rest(writes, {one: gone for write in writes if (one := _remote_id(write)) not in there})

    async def _refused(self, writes: Sequence[Write], error: Refused | ServerFault) -> list[WriteResult]:
        code, field = _code(error.body)
        if code == "RECORD_NOT_UNIQUE" and field == "id" and writes[0].action is Action.CREATE:
            there = await self._there(writes)
            if there:
                known = {_remote_id(write): write for write in writes}
                return await self._rest(writes, {one: _made(known[one], record) for one, record in there.items()})
        if isinstance(error, ServerFault) and code is None:
            return [failed(error) for _ in writes]  # not Directus' own words: a proxy's, and it may have been done
        if len(writes) > 1:
            half = len(writes) // 2
            return [*await self._send(writes[:half]), *await self._send(writes[half:])]
        trouble = TROUBLES.get(code or "", Trouble.REFUSED)
        named = self._layout.field_of(writes[0].type, field) if field else None
        return [Failed(trouble=trouble, message=str(error), status=error.status, field=named)]

    async def _rest(self, writes: Sequence[Write], settled: Mapping[str, WriteResult]) -> list[WriteResult]:
        """The results that are known, and those of writing the others."""
        others = iter(await self._send([write for write in writes if _remote_id(write) not in settled]))
        return [settled[_remote_id(write)] if _remote_id(write) in settled else next(others) for write in writes]

    async def _there(self, writes: Sequence[Write]) -> dict[str, Record] | None:
        """Which of the records are there; None if that cannot be told."""
        try:
            return await self._reading.there(writes[0].type, [_remote_id(write) for write in writes])
        except RemoteError:
            return None

    def _path(self, writes: Sequence[Write]) -> str:
        return f"/items/{self._layout.collections[writes[0].type]}"


def _signed(writes: Sequence[Write]) -> dict[str, str]:
    """What Directus keeps in its activity, per request."""
    return {"user-agent": signing.signed({_remote_id(write): write.sync_id for write in writes})}


def _joins(batch: Mapping[int, Write], write: Write) -> bool:
    """Whether a write can go into the same call."""
    first = next(iter(batch.values()))
    alike = (first.type, first.action) == (write.type, write.action)
    return alike and len(batch) < SIZES[write.action] and all(one.entity != write.entity for one in batch.values())


def _remote_id(write: Write) -> str:
    return write.entity if write.action is Action.CREATE else str(write.remote_id)


def _made(write: Write, record: Record) -> WriteResult:
    """What a create came to whose id is there already: perhaps it was this very create."""
    if write.marker is not None and record.marker is not None and record.marker.sync_id == write.marker.sync_id:
        return Written(remote_id=record.remote_id, record=record)
    message = f"{write.type} {record.remote_id} is there already, made by another write"
    return Failed(trouble=Trouble.CLASH, message=message, field="id")


def _code(body: object) -> tuple[str | None, str | None]:
    """The code of an error and the column it names."""
    match body:
        case {"errors": [{"extensions": {"code": str(code), "field": str(column)}}, *_]}:
            return code, column
        case {"errors": [{"extensions": {"code": str(code)}}, *_]}:
            return code, None
        case _:
            return None, None
