"""Recognise: whose record is each read, and what do its references mean? All look-ups in bulk, then one pass in order.

New records of one batch may refer to one another, in any order and in circles: who they are is found out first, what
they refer to after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from replicator.connectors.base import Record
from replicator.core.document import Document
from replicator.core.dossier import Dossier
from replicator.core.entity import Entity
from replicator.core.identity import Candidate, Identified, Match, identify
from replicator.core.outcome import Outcome
from replicator.core.schema import EntityType
from replicator.core.slug import slugs
from replicator.engine.desk import Desk, Read, Recognised
from replicator.engine.identifiers import new_id
from replicator.engine.letting_go import let_go
from replicator.engine.references import RemoteKey, inward, mentioned
from replicator.log import claims, dossiers


@dataclass(slots=True)
class _Found:
    """What the look-ups told: owners of remote ids, holders of natural keys. Both grow while new entities are met.

    `met`: what was found out of the records of this batch that nobody knew before. `asked`: the natural keys whose
    holders were looked for.
    """

    owners: dict[RemoteKey, str]
    holders: dict[tuple[str, str, str], str] = field(default_factory=dict)
    asked: set[tuple[str, str, str]] = field(default_factory=set)
    met: dict[RemoteKey, _Met] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Met:
    """Who a record turned out to be; `made`: the natural keys made for a new entity."""

    identified: Identified
    made: Document


async def recognise(desk: Desk, reads: Sequence[Read]) -> list[Recognised]:
    """Find the entity of every read; load and lock the dossiers of all of them."""
    found = await _look_up(desk, reads)
    await desk.load(
        {each.entity for each in reads if each.entity is not None}
        | {found.owners[_key(each)] for each in reads if _key(each) in found.owners}
        | {entity for each in reads for entity in _candidates(desk, each, found)}
    )
    for _, group in groupby(_newcomers(desk, reads, found), key=lambda each: each.record.type):
        level = list(group)
        await _hold(desk, level, found)
        for each in level:
            _meet(desk, each, found)
    while True:
        recognised = [_recognise(desk, each, found) for each in reads]
        if not _forget(desk, recognised, found):
            await let_go(desk, recognised)
            return recognised


def _newcomers(desk: Desk, reads: Sequence[Read], found: _Found) -> list[Read]:
    """The records that nobody knows yet and that can be taken in: all they refer to is known, or comes with them.

    Wholes come before their parts, which are named by them.
    """
    coming = {
        _key(each): each
        for each in reads
        if each.entity is None and each.record.fields is not None and _key(each) not in found.owners
    }
    while True:
        lost = [key for key, each in coming.items() if _foreign(desk, each) or _lacks(desk, each, found, coming)]
        if not lost:
            return sorted(coming.values(), key=lambda each: desk.shop.rank(each.record.type))
        coming = {key: each for key, each in coming.items() if key not in lost}


def _lacks(desk: Desk, read: Read, found: _Found, coming: Mapping[RemoteKey, Read]) -> bool:
    named = mentioned(read.system, desk.shop.rules[read.record.type].schema, read.record.fields or {})
    return any(key not in found.owners and key not in coming for key in named)


def _forget(desk: Desk, recognised: Sequence[Recognised], found: _Found) -> bool:
    """Let go of newcomers that are held after all, because what they refer to is. Whether there were any."""
    held = [key for each in recognised if each.outcome is not None and (key := _key(each.read)) in found.met]
    held = [key for key in held if key in found.owners]
    for key in held:
        entity = found.owners.pop(key)
        if found.met[key].identified.entity is None:
            del desk.dossiers[entity]
    return bool(held)


async def _look_up(desk: Desk, reads: Sequence[Read]) -> _Found:
    keys: set[RemoteKey] = set()
    for each in reads:
        keys |= {_key(each), *_named_elsewhere(desk, each.record)}
        if each.record.fields is not None:
            keys |= mentioned(each.system, desk.shop.rules[each.record.type].schema, each.record.fields)
    stored = await dossiers.by_remote(desk.conn, sorted(keys))
    owners = {**{RemoteKey(*key): entity for key, entity in stored.items()}, **_bound_here(desk)}
    found = _Found(owners)
    await _ask(desk, [each for each in reads if each.entity is None and _key(each) not in owners], found)
    return found


async def _hold(desk: Desk, level: Sequence[Read], found: _Found) -> None:
    """Look for what holds the keys of parts, and for their wholes, once it is known whose parts they are."""
    await _ask(desk, level, found)
    wholes = {entity for each in level if (entity := _whole(desk, each, found)) is not None}
    await desk.load(wholes | {entity for each in level for entity in _candidates(desk, each, found)})


async def _ask(desk: Desk, strangers: Sequence[Read], found: _Found) -> None:
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


def _recognise(desk: Desk, read: Read, found: _Found) -> Recognised:
    record = read.record
    entity = read.entity or found.owners.get(_key(read))
    if record.fields is None:
        reason = "it is not there, and never was" if entity is None else ""
        return Recognised(read=read, entity=entity, fields=None, reason=reason)
    foreign = _foreign(desk, read)
    if foreign is not None:
        desk.foreign.setdefault(read.system, foreign)
        return Recognised(read=read, entity=entity, fields=None, reason=foreign, outcome=Outcome.HELD)
    met = found.met.get(_key(read))
    if met is not None and met.identified.match is Match.HELD:
        return Recognised(read=read, entity=None, fields=None, reason=met.identified.reason, outcome=Outcome.HELD)
    if met is not None and met.identified.copied and _outdated(desk, read):
        reason = "read before we knew the record that bears its marker"
        return Recognised(read=read, entity=None, fields=None, reason=reason, outcome=Outcome.STALE)
    fields, unknown = inward(read.system, desk.shop.rules[record.type].schema, record.fields, found.owners)
    if unknown is not None:
        reason = f"it refers to {unknown.path}, which has not been read yet"
        return Recognised(read=read, entity=None, fields=None, reason=reason, outcome=Outcome.HELD, waits_for=unknown)
    if met is None:
        return Recognised(read=read, entity=entity, fields=fields, copied=_foreign_entity(record, str(entity)))
    identified = met.identified
    return Recognised(
        read=read, entity=entity, fields=fields, reason=identified.reason, copied=identified.copied, made=met.made
    )


def _meet(desk: Desk, read: Read, found: _Found) -> None:
    """Find out who a record is, and give it an entity: a new one where there is none."""
    record, schema = read.record, desk.shop.rules[read.record.type].schema
    identified = identify(_weigh(desk, read, found))
    if identified.match is Match.NEW and _revived(desk, read, found):
        identified = Identified(None, Match.HELD, "a part of what was deleted there, which an old backup brought back")
    made: Document = {}
    if identified.match is not Match.HELD:
        entity = identified.entity
        if entity is None:
            entity = new_id()
            made = _slug(schema, record, found)
            desk.add(Dossier(entity=Entity(type=record.type, id=entity)))
            for claim in _claimed_by(desk, read, found, made):
                found.holders.setdefault(claim, entity)
        found.owners[_key(read)] = entity
    found.met[_key(read)] = _Met(identified, made)


def _whole(desk: Desk, read: Read, found: _Found) -> str | None:
    """The entity that a record is a part of."""
    schema = desk.shop.rules[read.record.type].schema
    named = {schema.part_of: (read.record.fields or {}).get(schema.part_of)} if schema.part_of else {}
    return next((found.owners[key] for key in mentioned(read.system, schema, named) if key in found.owners), None)


def _revived(desk: Desk, read: Read, found: _Found) -> bool:
    """Whether it is a part of a record that was deleted, there too: few parts bear a marker that would tell."""
    whole = desk.dossiers.get(_whole(desk, read, found) or "")
    return whole is not None and whole.entity.deleted is not None and not whole.replica(read.system).present


def _candidates(desk: Desk, read: Read, found: _Found) -> list[str]:
    if read.entity is not None or _key(read) in found.owners or read.record.fields is None:
        return []
    return [entity for entity, _ in _named(desk, read, found)]


def _named(desk: Desk, read: Read, found: _Found) -> list[tuple[str, Match]]:
    """The entities that a record names, one way or another."""
    record = read.record
    named: list[tuple[str, Match]] = []
    if record.marker is not None and record.marker.installation == desk.shop.installation:
        named.append((record.marker.entity, Match.OURS))
    if record.entity is not None:
        named.append((record.entity, Match.OURS))
    named += [(found.owners[key], Match.REFERENCE) for key in _named_elsewhere(desk, record) if key in found.owners]
    named += [(found.holders[key], Match.KEY) for key in _claimed_by(desk, read, found) if key in found.holders]
    return named


def _weigh(desk: Desk, read: Read, found: _Found) -> list[Candidate]:
    candidates: list[Candidate] = []
    for entity, match in _named(desk, read, found):
        dossier = desk.dossiers.get(entity)
        if dossier is not None and dossier.entity.type == read.record.type:
            row = dossier.replica(read.system)
            elsewhere = row.present and row.remote_id not in (None, read.record.remote_id)
            candidates.append(Candidate(entity=entity, match=match, exists=dossier.entity.exists, elsewhere=elsewhere))
    return candidates


def _slug(schema: EntityType, record: Record, found: _Found) -> Document:
    """A key for a new entity whose origin gives none: from its title, made unique by its id there if need be."""
    if schema.slug is None or record.fields is None:
        return {}
    key, source = schema.slug
    if record.fields.get(key) not in (None, ""):
        return {}
    plain, *others = slugs(record.fields.get(source), record.remote_id)
    chosen = next((each for each in (plain, *others) if (schema.name, key, each) not in found.holders), others[-1])
    return {key: chosen}


def _claimable(desk: Desk, read: Read, found: _Found) -> list[tuple[str, str, str]]:
    """The natural keys to look up for a record: the one it has, or the slugs it might be given."""
    record, schema = read.record, desk.shop.rules[read.record.type].schema
    if schema.slug is not None and record.fields is not None and record.fields.get(schema.slug[0]) in (None, ""):
        key, source = schema.slug
        return [(schema.name, key, each) for each in slugs(record.fields.get(source), record.remote_id)]
    return _claimed_by(desk, read, found)


def _claimed_by(desk: Desk, read: Read, found: _Found, made: Document | None = None) -> list[tuple[str, str, str]]:
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


def _foreign(desk: Desk, read: Read) -> str | None:
    """Why a marker cannot be one of ours here: the database was copied from another installation, system or
    generation.
    """
    marker, standing = read.record.marker, desk.standing[read.system]
    if marker is None or marker.installation in standing.accepted:
        return None
    if marker.installation != desk.shop.installation:
        return f"its marker is of another installation ({marker.installation}): the database was copied"
    if marker.system != read.system:
        return f"its marker is of the system {marker.system}: the database was copied"
    if marker.generation != standing.generation:
        return (
            f"its marker is of generation {marker.generation}, from before it was emptied: an old backup was put back"
        )
    return None


def _outdated(desk: Desk, read: Read) -> bool:
    """Whether what seems a copy may be a record that is gone: the other was made in its place after this was read."""
    named = desk.dossiers.get(read.record.marker.entity) if read.record.marker else None
    return named is not None and read.noted is not None and named.replica(read.system).revision > read.noted.revision


def _foreign_entity(record: Record, entity: str) -> bool:
    return record.marker is not None and record.marker.entity != entity


def _key(read: Read) -> RemoteKey:
    return RemoteKey(read.system, read.record.type, read.record.remote_id)
