"""Look-ups: what a batch of records names, and whose that is. All in bulk: remote ids, former ones, natural keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from replicator.connectors.base import Record
from replicator.core.document import Document
from replicator.core.identity import Identified, Match
from replicator.core.slug import slugs
from replicator.engine.desk import Desk, Read
from replicator.engine.references import RemoteKey, inward, mentioned
from replicator.log import claims, dossiers, events, writes


@dataclass(slots=True)
class Found:
    """What the look-ups told: owners of remote ids, holders of natural keys. Both grow while new entities are met.

    `last`: whose records those were that nobody owns now. `signed`: whose they are by our marker, or by the system that
    names its writers. `met`: what was found out of the records of this batch that nobody knew before. `asked`: the
    natural keys whose holders were looked for.
    """

    owners: dict[RemoteKey, str]
    last: dict[RemoteKey, str]
    signed: dict[RemoteKey, str]
    holders: dict[tuple[str, str, str], str] = field(default_factory=dict)
    asked: set[tuple[str, str, str]] = field(default_factory=set)
    met: dict[RemoteKey, Met] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Met:
    """Who a record turned out to be; `made`: the natural keys made for a new entity."""

    identified: Identified
    made: Document


async def look_up(desk: Desk, reads: Sequence[Read]) -> Found:
    """Whose the records are and those that they name, as far as that is stored."""
    keys: set[RemoteKey] = set()
    for each in reads:
        keys |= {key_of(each), *_named_elsewhere(desk, each.record)}
        if each.record.fields is not None:
            keys |= mentioned(each.system, desk.shop.rules[each.record.type].schema, each.record.fields)
    stored = await dossiers.by_remote(desk.conn, sorted(keys))
    owners = {**{RemoteKey(*key): entity for key, entity in stored.items()}, **_bound_here(desk)}
    strangers = [each for each in reads if each.entity is None and key_of(each) not in owners]
    last = await events.bound(desk.conn, [key_of(each) for each in strangers if each.record.fields is not None])
    found = Found(owners, {RemoteKey(*key): entity for key, entity in last.items()}, await _signed(desk, strangers))
    await ask(desk, strangers, found)
    return found


async def _signed(desk: Desk, reads: Sequence[Read]) -> dict[RemoteKey, str]:
    """Whose records those are by the marker that we left, or by the write of ours that their system says made them."""
    makers = {key_of(each): each.record.attribution.sync_id for each in reads if each.record.attribution is not None}
    entities = await writes.meant(desk.conn, sorted({each for each in makers.values() if each is not None}))
    named = {key: entities[sync_id] for key, sync_id in makers.items() if sync_id in entities}
    for each in reads:
        marker = each.record.marker
        if marker is not None and marker.installation == desk.shop.installation:
            named[key_of(each)] = marker.entity
    return named


async def ask(desk: Desk, strangers: Sequence[Read], found: Found) -> None:
    """Find the holders of the natural keys that these may have and that were not asked for yet."""
    wanted = {claim for each in strangers for claim in _claimable(desk, each, found)} - found.asked
    found.asked |= wanted
    found.holders = {**await claims.find(desk.conn, sorted(wanted)), **found.holders}


def _bound_here(desk: Desk) -> dict[RemoteKey, str]:
    """What this desk itself has bound, and not stored yet: records made in one batch refer to one another."""
    return {
        RemoteKey(row.system, row.type, row.remote_id): row.entity
        for dossier in desk.dossiers.values()
        for row in dossier.replicas.values()
        if row.remote_id is not None
    }


def named_by(desk: Desk, read: Read, found: Found) -> list[tuple[str, Match]]:
    """The entities that a record names, one way or another."""
    record = read.record
    named: list[tuple[str, Match]] = []
    if key_of(read) in found.signed:
        named.append((found.signed[key_of(read)], Match.OURS))
    if record.entity is not None:
        named.append((record.entity, Match.OURS))
    named += [(found.owners[key], Match.REFERENCE) for key in _named_elsewhere(desk, record) if key in found.owners]
    named += [(found.holders[key], Match.KEY) for key in claimed_by(desk, read, found) if key in found.holders]
    return named


def _claimable(desk: Desk, read: Read, found: Found) -> list[tuple[str, str, str]]:
    """The natural keys to look up for a record: the one it has, or the slugs it might be given."""
    record, schema = read.record, desk.shop.rules[read.record.type].schema
    if schema.slug is not None and record.fields is not None and record.fields.get(schema.slug[0]) in (None, ""):
        key, source = schema.slug
        return [(schema.name, key, each) for each in slugs(record.fields.get(source), record.remote_id)]
    return claimed_by(desk, read, found)


def claimed_by(desk: Desk, read: Read, found: Found, made: Document | None = None) -> list[tuple[str, str, str]]:
    """The natural key of a record, if it has one and all it is named by is known."""
    schema = desk.shop.rules[read.record.type].schema
    fields = {**(read.record.fields or {}), **(made or {})}
    named = {name: fields.get(name) for name in schema.key}
    inside, unknown = inward(read.system, schema, named, found.owners)
    value = None if unknown else schema.named(inside)
    return [] if value is None else [(schema.name, schema.key_name, value)]


def _named_elsewhere(desk: Desk, record: Record) -> list[RemoteKey]:
    """The records in other systems that this one names in reference fields of older bridges, by kind of system."""
    return [
        RemoteKey(system, type_name, remote_id)
        for (kind, type_name), remote_id in record.references.items()
        for system, settings in desk.shop.systems.items()
        if settings.kind == kind and type_name == record.type
    ]


def key_of(read: Read) -> RemoteKey:
    """Where it was read."""
    return RemoteKey(read.system, read.record.type, read.record.remote_id)
