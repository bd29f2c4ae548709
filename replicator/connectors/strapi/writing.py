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
from replicator.connectors.strapi import shape
from replicator.connectors.strapi.layout import Layout
from replicator.connectors.strapi.reading import Reader
from replicator.connectors.strapi.trouble import clashing, judged, waves
from replicator.errors import CanonicalError, RemoteError


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
            deleting = [writes[index] for index in wave if writes[index].action is Action.DELETE]
            gone = await self._gone(deleting)
            async with asyncio.TaskGroup() as group:
                tasks = {index: group.create_task(self._one(writes[index], created, gone, slots)) for index in wave}
            for index, task in tasks.items():
                result = results[index] = task.result()
                if isinstance(result, Written):
                    created[writes[index].entity] = result.remote_id
        return [results[index] for index in range(len(writes))]

    async def _one(
        self,
        write: Write,
        created: Mapping[str, str],
        gone: Mapping[str, Failed],
        slots: asyncio.Semaphore,
    ) -> WriteResult:
        remote_id = write.remote_id or ""
        if remote_id in gone:
            return gone[remote_id]
        settled, awaited = settle_references(write.fields, created)
        if awaited is not None:
            return Failed(trouble=Trouble.WAIT, message=f"refers to {awaited}, which is not there yet")
        async with slots:
            try:
                if write.action is Action.CREATE:
                    return await self._create(write, shape.body(self.layout, write, settled))
                path = self.layout.path(write.type, remote_id)
                if write.action is Action.DELETE:
                    await self.client.request("DELETE", path)
                    return Written(remote_id=remote_id)
                body = shape.body(self.layout, write, settled)
                params = shape.asking(self.layout, write.type)
                return self._written(write, await self.client.request("PUT", path, params=params, json=body))
            except RemoteError as error:
                return judged(self.layout, write.type, error)
            except CanonicalError as error:
                return Failed(trouble=Trouble.REFUSED, message=str(error))

    async def _create(self, write: Write, body: object) -> WriteResult:
        try:
            path, params = self.layout.path(write.type), shape.asking(self.layout, write.type)
            return self._written(write, await self.client.request("POST", path, params=params, json=body))
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

    async def _gone(self, deletes: Sequence[Write]) -> dict[str, Failed]:
        """What is said of deletes of absent records: Strapi answers 204 to those too."""
        if not deletes:
            return {}
        ids = [each.remote_id or "" for each in deletes]
        try:
            there = await self.reader.find(deletes[0].type, "documentId", ids)
        except RemoteError as error:
            return dict.fromkeys(ids, judged(self.layout, deletes[0].type, error))
        absent = Failed(trouble=Trouble.GONE, message="the record to be deleted is not there")
        return {each: absent for each in ids if each not in there}

    def _written(self, write: Write, answer: Answer) -> Written:
        data = answer.body.get("data") if isinstance(answer.body, dict) else None
        record = shape.record(self.layout, write.type, data)
        return Written(remote_id=record.remote_id, record=record)
