"""Writing to Strapi: one document a call, a few at once, never two for one record.

There is no bulk, no upsert and no key for repetitions. What makes a create safe to repeat is the unique attribute with
our entity id: if it is taken, the record is looked up, and a marker of this very write on it says that it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replicator.connectors.answers import Answer, Refused, ServerFault
from replicator.connectors.base import (
    Action,
    Failed,
    Trouble,
    Write,
    WriteResult,
    Written,
    settle_references,
)
from replicator.connectors.client import Client
from replicator.connectors.strapi import drafts, library, shape
from replicator.connectors.strapi.layout import STATUS, Layout
from replicator.connectors.strapi.reading import Reader
from replicator.connectors.strapi.trouble import clashing, judged, waves
from replicator.errors import CanonicalError, RemoteError

UNPUBLISH = "/api/changes/unpublish"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes records over the content API."""

    client: Client
    layout: Layout
    reader: Reader
    concurrency: int

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write them; one result each, in order."""
        results: dict[int, WriteResult] = {}
        created: dict[str, str] = {}
        slots = asyncio.Semaphore(self.concurrency)
        for wave in waves(writes):
            ahead = await self._seen([writes[index] for index in wave])
            async with asyncio.TaskGroup() as group:
                tasks = {index: group.create_task(self._one(writes[index], created, ahead, slots)) for index in wave}
            for index, task in tasks.items():
                result = results[index] = task.result()
                if isinstance(result, Written):
                    created[writes[index].entity] = result.remote_id
        return [results[index] for index in range(len(writes))]

    async def _one(
        self,
        write: Write,
        created: Mapping[str, str],
        ahead: Mapping[str, Failed | drafts.State],
        slots: asyncio.Semaphore,
    ) -> WriteResult:
        seen = ahead.get(write.entity, drafts.NEW)
        if isinstance(seen, Failed):
            return seen
        settled, awaited = settle_references(write.fields, created)
        if awaited is not None:
            return Failed(trouble=Trouble.WAIT, message=f"refers to {awaited}, which is not there yet")
        async with slots:
            try:
                settled = await library.placed(self.client, self.layout, write.type, settled)
                if write.action is Action.CREATE:
                    return await self._create(write, shape.body(self.layout, write, settled))
                if write.action is Action.UPDATE:
                    return await self._update(write, seen, shape.body(self.layout, write, settled))
                await self.client.request("DELETE", self.layout.path(write.type, write.remote_id or ""))
                return Written(remote_id=write.remote_id or "")
            except RemoteError as error:
                return judged(self.layout, write.type, error)
            except CanonicalError as error:
                return Failed(trouble=Trouble.REFUSED, message=str(error))

    async def _update(self, write: Write, seen: drafts.State, body: object) -> WriteResult:
        status, path = drafts.wanted(write, seen), self.layout.path(write.type, write.remote_id or "")
        answer = await self.client.request("PUT", path, params=self._params(write.type, status), json=body)
        if seen.published and status == drafts.DRAFT:
            unpublish = f"{UNPUBLISH}/{self.layout.model(write.type)}/{write.remote_id}"
            await self.client.request("POST", unpublish, json={"write_id": write.sync_id})
        return self._written(write, status, answer)

    def _params(self, type_name: str, status: str) -> shape.Params:
        told = status if type_name in self.layout.drafted else drafts.DRAFT
        return [*shape.in_state(self.layout, told), *shape.asking(self.layout, type_name)]

    async def _create(self, write: Write, body: object) -> WriteResult:
        try:
            status = drafts.wanted(write)
            path, params = self.layout.path(write.type), self._params(write.type, status)
            return self._written(write, status, await self.client.request("POST", path, params=params, json=body))
        except (ServerFault, Refused) as error:
            # A repetition may clash with what it made itself, and be told of any of the unique attributes: each is
            # checked by a query of its own. The loser of a race for the index is told nothing but 500.
            taken = clashing(error)
            if not taken and not isinstance(error, ServerFault):
                raise
            found = (await self.reader.find(write.type, self.layout.entity, [write.entity])).get(write.entity, [])
            ours = [each for each in found if each.marker is not None and each.marker.sync_id == write.sync_id]
            if ours:
                return Written(remote_id=ours[0].remote_id, record=ours[0])
            if self.layout.entity in taken:
                told = "a record of this entity is there already, from another write: read it first"
                return Failed(trouble=Trouble.RETRY, message=told, status=error.status)
            raise

    async def _seen(self, writes: Sequence[Write]) -> dict[str, Failed | drafts.State]:
        """What must be seen before writes of one type can be made, by entity: why one cannot, or how its record stands.

        Strapi answers 204 to deletes of absent records too, and an update may publish what an editor has begun.
        """
        changes = [each for each in writes if each.action is not Action.CREATE]
        deleting = any(each.action is Action.DELETE for each in changes)
        if not changes or not (deleting or changes[0].type in self.layout.drafted):
            return {}
        ids = [each.remote_id or "" for each in changes]
        try:
            if deleting:
                there = await self.reader.find(changes[0].type, "documentId", ids)
                absent = Failed(trouble=Trouble.GONE, message="the record to be deleted is not there")
                return {each.entity: absent for each in changes if each.remote_id not in there}
            states = await self.reader.states(changes[0].type, ids)
        except RemoteError as error:
            return dict.fromkeys((each.entity for each in changes), judged(self.layout, changes[0].type, error))
        found = {each.entity: (each, states.get(each.remote_id or "", drafts.NEW)) for each in changes}
        return {name: drafts.hindrance(self.layout, *each) or each[1] for name, each in found.items()}

    def _written(self, write: Write, status: str, answer: Answer) -> Written:
        data = answer.body.get("data") if isinstance(answer.body, dict) else None
        if write.type in self.layout.drafted and isinstance(data, Mapping):
            data = {**data, self.layout.attribute(write.type, STATUS): status}
        record = shape.record(self.layout, write.type, data)
        return Written(remote_id=record.remote_id, record=record)
