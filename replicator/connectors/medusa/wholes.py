"""Wholes: the products and variants whose parts are about to be written, read in bulk before. I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from replicator.connectors.base import Action, Failed, Trouble
from replicator.connectors.medusa.batch import Batch, Item
from replicator.connectors.medusa.parts import whole_of
from replicator.connectors.medusa.raw import Raw


def whole(item: Item, field: str) -> str:
    """The remote id of what a part belongs to: as its own tells, or, of a new one, its field."""
    return whole_of(str(item.write.remote_id or item.fields[field]))


async def present(batch: Batch, type_name: str, ids: Sequence[str], fields: str | None = None) -> dict[str, Raw]:
    """The rows of these ids that are there."""
    found = await batch.reader.find(type_name, "id[]", sorted(set(ids)), fields=fields)
    return {str(raw["id"]): raw for raw in found}


def absent(item: Item, what: str) -> Failed:
    """It cannot be written, because what it belongs to is not there: not yet, or not any more."""
    trouble = Trouble.WAIT if item.write.action is Action.CREATE else Trouble.GONE
    return Failed(trouble=trouble, message=f"{what} is not there")


def gone(item: Item) -> Failed:
    """It cannot be changed or deleted, because it is not there."""
    return Failed(trouble=Trouble.GONE, message=f"{item.write.remote_id} is not there")


def moved(item: Item, field: str) -> Failed | None:
    """Why it cannot be changed, if it is to become part of something else."""
    if item.write.remote_id is None or field not in item.fields:
        return None
    named = str(item.fields[field])
    if str(item.write.remote_id).startswith(f"{named}/"):
        return None
    message = f"Medusa cannot move a {item.write.type} to another {field}"
    return Failed(trouble=Trouble.REFUSED, message=message, field=field)


def taken(item: Item, field: str) -> Failed:
    """It cannot be made as it is to be: somebody has just made another of the same name."""
    message = f"there is a {item.write.type} of that {field} already, and it says something else"
    return Failed(trouble=Trouble.CLASH, message=message, field=field)


def grouped(items: Sequence[Item], key: Callable[[Item], str]) -> Mapping[str, list[Item]]:
    """The items, put together by what they belong to."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
