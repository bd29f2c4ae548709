"""Finding: locators to records. By remote id where it is known, else by our entity id, else by natural keys."""

from __future__ import annotations

from collections.abc import Sequence

from replicator.connectors.base import Ambiguous, Locator, Record
from replicator.connectors.medusa import aggregate_reading, products, selling_reading, taxonomy, variants
from replicator.connectors.medusa.parts import PARTS
from replicator.connectors.medusa.raw import Raw
from replicator.connectors.medusa.reading import LISTS, Reader


async def find(reader: Reader, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
    """The records, in the order asked for; all locators are of one type."""
    if not locators:
        return []
    type_name = locators[0].type
    if type_name in selling_reading.TYPES:
        return await selling_reading.find(reader, locators)
    if type_name in PARTS:
        return await aggregate_reading.find(reader, locators)
    kind = LISTS[type_name]
    found: dict[int, list[Raw]] = {}
    ids = {index: one.remote_id for index, one in enumerate(locators) if one.remote_id is not None}
    await _matched(reader, type_name, ("id[]", "id"), ids, found)
    if kind.entity is not None:
        entities = {index: one.entity for index, one in enumerate(locators) if index not in ids and one.entity}
        await _matched(reader, type_name, (kind.entity, "external_id"), entities, found)
    for key, param in kind.params.items():
        wanted = {
            index: str(one.key[key])
            for index, one in enumerate(locators)
            if index not in ids and index not in found and one.key.get(key) is not None
        }
        await _matched(reader, type_name, (param, key), wanted, found)
    single = [rows[0] for rows in found.values() if len(rows) == 1]
    made = {one.remote_id: one for one in records(type_name, single)}
    return [_result(one, found.get(index, []), made) for index, one in enumerate(locators)]


def records(type_name: str, raws: Sequence[Raw]) -> list[Record]:
    """Rows of one type as records."""
    match type_name:
        case "product":
            return [products.record(raw) for raw in raws]
        case "variant":
            return [variants.record(raw) for raw in raws]
        case _:
            return [taxonomy.record(type_name, raw) for raw in raws]


async def _matched(
    reader: Reader, type_name: str, by: tuple[str, str], wanted: dict[int, str], found: dict[int, list[Raw]]
) -> None:
    """Look rows up and put them where they are wanted; `by` is a filter and the key of the rows it goes by."""
    if not wanted:
        return
    param, key = by
    groups: dict[str, list[Raw]] = {}
    for row in await reader.find(type_name, param, sorted(set(wanted.values()))):
        groups.setdefault(str(row[key]), []).append(row)
    found.update({index: groups[value] for index, value in wanted.items() if value in groups})


def _result(locator: Locator, rows: Sequence[Raw], made: dict[str, Record]) -> Record | Ambiguous | None:
    if len(rows) > 1:
        return Ambiguous(locator.type, tuple(sorted(str(row["id"]) for row in rows)))
    if rows:
        return made[rows[0]["id"]]
    if locator.remote_id is not None:
        return Record(type=locator.type, remote_id=locator.remote_id, fields=None)
    return None
