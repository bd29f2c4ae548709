"""How the core's types lie in rows, both ways; pure. All JSON that goes into the database or comes out passes here.

Rows go in as *one* JSON parameter for a whole batch (`rows`), taken apart by jsonb_to_recordset: 2–4 times faster than
text arrays, and as fast as binary ones. JSON null at the top of a row becomes SQL NULL; inside a document it stays
null. orjson would turn integers beyond 64 bits into floats, which have no canonical form: texts with long digit runs
take the slower way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson

from replicator.core.entity import Cell, Entity
from replicator.core.event import Act, Change, Draft, Event, Rule
from replicator.core.replica import Doing, Intent, Replica, Seen, Signed
from replicator.core.vector import Dot
from replicator.errors import CanonicalError

LONG_NUMBER = b"0" * 19  # digits; what is shorter fits 64 bits
DIGITS_AS_ZERO = bytes(ord("0") if chr(code).isascii() and chr(code).isdigit() else code for code in range(256))
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Row(Protocol):
    """A row of a result: its columns are attributes."""

    def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401 - what a column holds is known only where it is read


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """The value of a JSON text; integers stay integers, however long."""
    raw = text.encode() if isinstance(text, str) else bytes(text)
    return json.loads(raw) if LONG_NUMBER in raw.translate(DIGITS_AS_ZERO) else orjson.loads(raw)


def dumps(value: object) -> str:
    """JSON for a jsonb column. Raises CanonicalError for what Postgres cannot keep (U+0000, lone surrogates)."""
    try:
        raw = orjson.dumps(value, default=_plain)
    except TypeError:
        raw = _long_way(value)
    if b"\\u0000" in raw and NUL.search(raw):
        raise CanonicalError("a text contains U+0000, which the database cannot keep")
    return raw.decode()


def rows(items: Iterable[Mapping[str, object]]) -> str:
    """A batch of rows as one parameter; `ord` counts from 1 where the statement needs the order."""
    return dumps([{"ord": place, **item} for place, item in enumerate(items, start=1)])


def without_nul(value: object) -> object:
    """A foreign body with U+0000 replaced: it is kept for people to look at; its digest is of the bytes that came."""
    if isinstance(value, str):
        return value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, Mapping):
        return {str(without_nul(key)): without_nul(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [without_nul(item) for item in value]
    return value


def draft_row(draft: Draft) -> dict[str, object]:
    """The columns of `events` that a draft fills."""
    return {
        "id": draft.id,
        "act": draft.act,
        "type": draft.type,
        "entity": draft.entity,
        "origin": draft.origin,
        "n": draft.n,
        "context": draft.context,
        "changes": {key: change_json(change) for key, change in draft.changes.items()},
        "remote_id": draft.remote_id,
        "generation": draft.generation,
        "author": draft.author,
        "entry": draft.entry,
        "source_time": draft.source_time,
        "clock": draft.clock,
        "cause": draft.cause,
        "note": draft.note,
    }


def change_json(change: Change) -> dict[str, object]:
    """One change."""
    return {
        "before": change.before,
        "after": change.after,
        "rule": change.rule,
        "wins": change.wins,
        "depth": change.depth,
    }


def event_of(row: Row) -> Event:
    """A stored event."""
    changes = {
        key: Change(each["before"], each["after"], Rule(each["rule"]), each["wins"], each["depth"])
        for key, each in row.changes.items()
    }
    draft = Draft(
        id=row.id,
        type=row.type,
        entity=row.entity,
        origin=row.origin,
        n=row.n,
        context=row.context,
        clock=row.clock,
        act=Act(row.act),
        changes=changes,
        remote_id=row.remote_id,
        generation=row.generation,
        author=row.author,
        entry=row.entry,
        source_time=row.source_time,
        cause=row.cause,
        note=row.note,
    )
    return Event(
        draft=draft,
        position=row.position,
        recorded=row.recorded,
        digest=row.digest,
        chain=row.chain,
        erased=frozenset(key for key, salts in row.salts.items() if salts is None),
    )


def entity_row(entity: Entity) -> dict[str, object]:
    """A row of `entities`. The position is not among it: the log knows which of its events is the newest."""
    cells = {key: cell_json(cell) for key, cell in entity.cells.items()}
    return {
        "id": entity.id,
        "type": entity.type,
        "cells": cells,
        "deleted": entity.deleted,
        "vector": entity.vector,
    }


def cell_json(cell: Cell) -> dict[str, object]:
    """One field of an entity."""
    return {
        "value": cell.value,
        "dot": [*cell.dot],
        "clock": cell.clock,
        "elements": cell.elements,
        "depth": cell.depth,
        "trail": cell.trail,
        "frozen": cell.frozen,
        "undecided": cell.undecided,
    }


def cell_of(raw: Mapping[str, Any]) -> Cell:
    """One field of an entity, from its JSON."""
    return Cell(
        value=raw["value"],
        dot=Dot(*raw["dot"]),
        clock=raw["clock"],
        elements={member: Dot(*dot) for member, dot in raw["elements"].items()},
        depth=raw["depth"],
        trail=tuple(raw["trail"]),
        frozen=raw["frozen"],
        undecided=raw["undecided"],
    )


def entity_of(row: Row) -> Entity:
    """An entity; `row.position` is that of its newest event."""
    return Entity(
        type=row.type,
        id=row.id,
        cells={key: cell_of(raw) for key, raw in row.cells.items()},
        deleted=None if row.deleted is None else Dot(*row.deleted),
        vector=row.vector,
        position=row.position or 0,
    )


def replica_row(replica: Replica) -> dict[str, object]:
    """A row of `replicas`."""
    intent = replica.intent
    return {
        "entity": replica.entity,
        "system": replica.system,
        "type": replica.type,
        "generation": replica.generation,
        "remote_id": replica.remote_id,
        "known": replica.known,
        "asked": replica.asked,
        "vector": replica.vector,
        "sync_id": replica.sync_id,
        "intent": None if intent is None else intent_json(intent),
        "version": replica.version,
        "revision": replica.revision,
        "turns": replica.turns,
        "entry": replica.entry,
        "held": replica.held,
    }


def intent_json(intent: Intent) -> dict[str, object]:
    """A write under way."""
    return {
        "sync_id": intent.sync_id,
        "doing": intent.doing,
        "asked": intent.asked,
        "vector": intent.vector,
        "deadline": intent.deadline,
        "over": intent.over,
    }


def replica_of(row: Row) -> Replica:
    """A replica row."""
    intent = None if row.intent is None else Intent(**row.intent | {"doing": Doing(row.intent["doing"])})
    return Replica(
        system=row.system,
        entity=row.entity,
        type=row.type,
        generation=row.generation,
        remote_id=row.remote_id,
        known=row.known,
        asked=row.asked,
        vector=row.vector,
        sync_id=row.sync_id,
        intent=intent,
        version=row.version,
        revision=row.revision,
        turns=row.turns,
        entry=row.entry,
        held=row.held,
    )


def seen_row(system: str, entity: str, seen: Seen) -> dict[str, object]:
    """A row of `states_seen`."""
    return {
        "system": system,
        "entity": entity,
        "digest": seen.digest,
        "vector": seen.vector,
        "version": seen.version,
    }


def signed_row(system: str, entity: str, signed: Signed) -> dict[str, object]:
    """A row of `states_signed`."""
    return {
        "system": system,
        "entity": entity,
        "sync_id": signed.sync_id,
        "known": signed.known,
        "asked": signed.asked,
        "vector": signed.vector,
    }


def _plain(value: object) -> object:
    """What orjson does not know: other mappings and sequences."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _long_way(value: object) -> bytes:
    """For integers beyond 64 bits; refuses what has no UTF-8."""
    try:
        return json.dumps(value, ensure_ascii=False, default=_moment, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise CanonicalError(f"this cannot be kept in the database: {error}") from error


def _moment(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else _plain(value)
