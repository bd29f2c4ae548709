"""What is replicated in the second tier: shelves, things that stand on them, and parts of things."""

from __future__ import annotations

from collections.abc import Mapping

from replicator.connectors.base import Features, TypeFeatures
from replicator.core.schema import EntityType, Field, Kind, Policy, entity_type
from replicator.simulation.systems import KEY, Ability, System

SHELF = entity_type("shelf", [Field(name=KEY), Field(name="title", order=("directus", "medusa"))], key=(KEY,))
THING = entity_type(
    "thing",
    [
        Field(name=KEY),
        Field(name="title", order=("directus", "medusa", "strapi")),
        Field(name="body", policy=Policy.LATEST),
        Field(name="note", policy=Policy.MANUAL),
        Field(name="brand", policy=Policy.OWNER, order=("medusa",)),
        Field(name="price", kind=Kind.MONEY, order=("medusa", "directus")),
        Field(name="tags", kind=Kind.TEXTS, policy=Policy.UNION),
        Field(name="shelf", kind=Kind.REFERENCE, target="shelf", policy=Policy.LATEST),
    ],
    key=(KEY,),
)
PART = entity_type(
    "part",
    [
        Field(name=KEY),
        Field(name="title", order=("medusa", "directus")),
        Field(name="thing", kind=Kind.REFERENCE, target="thing", order=("medusa", "directus")),
    ],
    key=(KEY,),
    part_of="thing",
)
KINDS: Mapping[str, EntityType] = {each.name: each for each in (SHELF, THING, PART)}
EDITED = {
    "shelf": ("title",),
    "thing": ("title", "body", "note", "brand", "price@usd", "tags", "shelf"),
    "part": ("title", "thing"),
}
LACKING = {"strapi": frozenset({"note"})}  # fields that a system does not have
BULK = 3


def fields_of(kind: str, system: str) -> frozenset[str]:
    """The fields of a type that a system carries."""
    return frozenset(KINDS[kind].fields) - LACKING.get(system, frozenset())


def features(ability: Ability) -> Features:
    """What a played system says that it can do."""
    normal, feed = System(ability).normal, ability.clocked is None
    types = {
        name: TypeFeatures(
            reads=fields_of(name, ability.name),
            writes=frozenset() if feed else fields_of(name, ability.name),
            marker=ability.marks,
            bulk=BULK,
            cascades=("part",) if name == "thing" else (),
            version_skew=0,
            normal=normal,
        )
        for name in KINDS
    }
    listings = {name: (name,) for name in KINDS}
    return Features(types=types, listings=listings, since=frozenset(listings if ability.clocked else ()))
