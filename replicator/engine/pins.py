"""Pins: systems that are kept as of a position of the log. What is wanted there is what was true then.

A replay of the past pins its target, and nothing newer is written there until `resume`. The applier does not know: it
asks the dossier what is wanted at its system, and gets the entity as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.dossier import Dossier
from replicator.core.entity import not_yet
from replicator.log import dossiers, past, systems
from replicator.log.dossiers import Place


async def pinned(
    conn: AsyncConnection, standing: Mapping[str, systems.Standing], found: Mapping[str, Dossier]
) -> dict[str, Dossier]:
    """The dossiers with what the pinned systems are to hold of them."""
    given = dict(found)
    for name, each in standing.items():
        if each.as_of is None or not given:
            continue
        then = await past.as_of(conn, sorted(given), each.as_of)
        for entity, dossier in given.items():
            state = then.get(entity) or not_yet(dossier.entity)
            given[entity] = replace(dossier, pinned={**dossier.pinned, name: state})
    return given


async def places(conn: AsyncConnection, standing: systems.Standing, entities: Sequence[str]) -> dict[str, Place]:
    """Where entities are at a system, and whether they exist as of what it is kept at: for references."""
    found = await dossiers.places(conn, standing.name, entities)
    if standing.as_of is None:
        return found
    then = await past.as_of(conn, sorted(found), standing.as_of)
    return {entity: place._replace(exists=entity in then and then[entity].exists) for entity, place in found.items()}
