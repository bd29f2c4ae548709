"""Fields by who knows best: content from the side where texts are written, commerce from the side where things are
sold. Feeds come last.
"""

from __future__ import annotations

from replicator.core.schema import Field, Kind, Policy

CONTENT = ("directus", "strapi", "medusa", "dummyjson")
COMMERCE = ("medusa", "directus", "strapi", "dummyjson")


def content(name: str, kind: Kind = Kind.TEXT) -> Field:
    """A field that editors write."""
    return Field(name=name, kind=kind, order=CONTENT)


def commerce(name: str, kind: Kind = Kind.TEXT) -> Field:
    """A field that the shop itself keeps."""
    return Field(name=name, kind=kind, order=COMMERCE)


def switch(name: str, *, initial: bool) -> Field:
    """A yes or no of the shop's, of which nothing is said where a new record is as new records are."""
    return Field(name=name, kind=Kind.FLAG, order=COMMERCE, initial=initial)


def one(name: str, target: str) -> Field:
    """A reference to a record of the type `target`."""
    return Field(name=name, kind=Kind.REFERENCE, target=target, order=COMMERCE)


def many(name: str, target: str) -> Field:
    """References to records of the type `target`: additions and removals made at once at several systems all apply."""
    return Field(name=name, kind=Kind.REFERENCES, target=target, policy=Policy.UNION)
