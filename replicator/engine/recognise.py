"""Recognise: whose record is each read, and what do its references mean? All look-ups in bulk, then one pass in order.

New records of one batch may refer to one another, in any order and in circles: who they are is found out first, what
they refer to after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from replicator.engine.lookups import Found, Met, ask, claimed_by, key_of, look_up, named_by
from replicator.engine.references import RemoteKey, inward, mentioned


async def recognise(desk: Desk, reads: Sequence[Read]) -> list[Recognised]:
    """Find the entity of every read; load and lock the dossiers of all of them."""
    found = await look_up(desk, reads)
    await desk.load(
        {each.entity for each in reads if each.entity is not None}
        | {found.owners[key_of(each)] for each in reads if key_of(each) in found.owners}
        | set(found.last.values())
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


async def whose(desk: Desk, reads: Sequence[Read]) -> list[Identified | None]:
    """Of records that were found by the name of an entity, in that order: None where it is its, else what it is."""
    found = await look_up(desk, [replace(each, entity=None) for each in reads])
    strangers = [each for each in reads if key_of(each) not in found.owners]
    await desk.load({entity for each in strangers for entity, _ in named_by(desk, each, found)})
    known = {key: Identified(entity, Match.OURS, "known") for key, entity in found.owners.items()}
    known |= {key_of(each): identify(_weigh(desk, each, found)) for each in strangers}
    return [_anothers(each, known[key_of(each)]) for each in reads]


def _anothers(read: Read, identified: Identified) -> Identified | None:
    """Whose it is, if not its whom it was looked up for: of a key that nobody holds, anybody may take the record."""
    free = identified.match is Match.NEW and not identified.copied
    return None if free or identified.entity == read.entity else identified


def _newcomers(desk: Desk, reads: Sequence[Read], found: Found) -> list[Read]:
    """The records that nobody knows yet and that can be taken in: all they refer to is known, or comes with them.

    Wholes come before their parts, which are named by them.
    """
    coming = {
        key_of(each): each
        for each in reads
        if each.entity is None and each.record.fields is not None and key_of(each) not in found.owners
    }
    while True:
        lost = [
            key
            for key, each in coming.items()
            if _foreign(desk, each) or _vanished(desk, each, found) or _lacks(desk, each, found, coming)
        ]
        if not lost:
            return sorted(coming.values(), key=lambda each: desk.shop.rank(each.record.type))
        coming = {key: each for key, each in coming.items() if key not in lost}


def _lacks(desk: Desk, read: Read, found: Found, coming: Mapping[RemoteKey, Read]) -> bool:
    named = mentioned(read.system, desk.shop.rules[read.record.type].schema, read.record.fields or {})
    return any(key not in found.owners and key not in coming for key in named)


def _forget(desk: Desk, recognised: Sequence[Recognised], found: Found) -> bool:
    """Let go of newcomers that are held after all, because what they refer to is. Whether there were any."""
    held = [key for each in recognised if each.outcome is not None and (key := key_of(each.read)) in found.met]
    held = [key for key in held if key in found.owners]
    for key in held:
        entity = found.owners.pop(key)
        if found.met[key].identified.entity is None:
            del desk.dossiers[entity]
    return bool(held)


async def _hold(desk: Desk, level: Sequence[Read], found: Found) -> None:
    """Look for what holds the keys of parts, and for their wholes, once it is known whose parts they are."""
    await ask(desk, level, found)
    wholes = {entity for each in level if (entity := _whole(desk, each, found)) is not None}
    await desk.load(wholes | {entity for each in level for entity in _candidates(desk, each, found)})


def _recognise(desk: Desk, read: Read, found: Found) -> Recognised:
    record = read.record
    entity = read.entity or found.owners.get(key_of(read))
    if record.fields is None:
        reason = "it is not there, and never was" if entity is None else ""
        return Recognised(read=read, entity=entity, fields=None, reason=reason)
    foreign = _foreign(desk, read)
    if foreign is not None:
        desk.foreign.setdefault(read.system, foreign)
        return Recognised(read=read, entity=entity, fields=None, reason=foreign, outcome=Outcome.HELD)
    if entity is None and _vanished(desk, read, found):
        reason = "read before we knew it to be gone"
        return Recognised(read=read, entity=None, fields=None, reason=reason, outcome=Outcome.STALE)
    met = found.met.get(key_of(read))
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


def _meet(desk: Desk, read: Read, found: Found) -> None:
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
            for claim in claimed_by(desk, read, found, made):
                found.holders.setdefault(claim, entity)
        found.owners[key_of(read)] = entity
    found.met[key_of(read)] = Met(identified, made)


def _whole(desk: Desk, read: Read, found: Found) -> str | None:
    """The entity that a record is a part of."""
    schema = desk.shop.rules[read.record.type].schema
    named = {schema.part_of: (read.record.fields or {}).get(schema.part_of)} if schema.part_of else {}
    return next((found.owners[key] for key in mentioned(read.system, schema, named) if key in found.owners), None)


def _revived(desk: Desk, read: Read, found: Found) -> bool:
    """Whether it is a part of a record that was deleted, there too: few parts bear a marker that would tell."""
    whole = desk.dossiers.get(_whole(desk, read, found) or "")
    return whole is not None and whole.entity.deleted is not None and not whole.replica(read.system).present


def _candidates(desk: Desk, read: Read, found: Found) -> list[str]:
    if read.entity is not None or key_of(read) in found.owners or read.record.fields is None:
        return []
    return [entity for entity, _ in named_by(desk, read, found)]


def _weigh(desk: Desk, read: Read, found: Found) -> list[Candidate]:
    candidates: list[Candidate] = []
    for entity, match in named_by(desk, read, found):
        dossier = desk.dossiers.get(entity)
        if dossier is not None and dossier.entity.type == read.record.type:
            row = dossier.replica(read.system)
            elsewhere = row.present and row.remote_id not in (None, read.record.remote_id)
            elsewhere = elsewhere or entity in _just_met(read, found)
            elsewhere = elsewhere or (match is Match.OURS and _is_copy(desk, read, found, dossier))
            candidates.append(Candidate(entity=entity, match=match, exists=dossier.entity.exists, elsewhere=elsewhere))
    return candidates


def _just_met(read: Read, found: Found) -> set[str]:
    """The entities of which another record of this batch has just been recognised at that system."""
    others = [key for key in found.met if key.system == read.system and key != key_of(read)]
    return {found.owners[key] for key in others if key in found.owners}


def _is_copy(desk: Desk, read: Read, found: Found, dossier: Dossier) -> bool:
    """Whether a record that bears the marker of an entity is a copy that a person made of its record: it has another
    natural key, an id that was never that entity's, and no call of ours that is under way made it.
    """
    entity, marker, intent = dossier.entity, read.record.marker, dossier.replica(read.system).intent
    if marker is None or (intent is not None and intent.sync_id == marker.sync_id):
        return False
    rules = desk.shop.rules[entity.type]
    own, normal = {name: entity.value(name) for name in rules.schema.key}, rules.views[read.system].normal
    keys = {rules.schema.named(own), rules.schema.named({name: normal(name, value) for name, value in own.items()})}
    claimed = {value for _, _, value in claimed_by(desk, read, found)}
    return found.last.get(key_of(read)) != entity.id and bool(claimed) and claimed.isdisjoint(keys)


def _slug(schema: EntityType, record: Record, found: Found) -> Document:
    """A key for a new entity whose origin gives none: from its title, made unique by its id there if need be."""
    if schema.slug is None or record.fields is None:
        return {}
    key, source = schema.slug
    if record.fields.get(key) not in (None, ""):
        return {}
    plain, *others = slugs(record.fields.get(source), record.remote_id)
    chosen = next((each for each in (plain, *others) if (schema.name, key, each) not in found.holders), others[-1])
    return {key: chosen}


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
    return read.record.marker is not None and _superseded(desk, read, read.record.marker.entity)


def _vanished(desk: Desk, read: Read, found: Found) -> bool:
    """Whether what seems new may be a record that is gone: it was read before we learned that."""
    return _superseded(desk, read, found.last.get(key_of(read), ""))


def _superseded(desk: Desk, read: Read, entity: str) -> bool:
    """Whether more is known there of an entity than when this was read."""
    named = desk.dossiers.get(entity)
    return named is not None and read.noted is not None and named.replica(read.system).revision > read.noted.revision


def _foreign_entity(record: Record, entity: str) -> bool:
    return record.marker is not None and record.marker.entity != entity
