"""Reading aggregates: products page by page with all their parts, and parts by their remote ids or natural keys. I/O.

A part is found by reading its whole, product or variant, with as many others as fit into one address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from replicator.connectors.base import Ambiguous, Locator, Page, Record
from replicator.connectors.medusa import metafields, options
from replicator.connectors.medusa.aggregate import family, half_made, parts_of_variant, variant_family
from replicator.connectors.medusa.parts import named_by, whole_of
from replicator.connectors.medusa.raw import Raw, version
from replicator.connectors.medusa.reading import Reader

NEVER = "1970-01-01T00:00:00.000Z"  # the stamp before all others
OF_VARIANT = frozenset(("price", "stock"))


async def pages(reader: Reader, since: str | None, now: Callable[[], float]) -> AsyncIterator[Page]:
    """All products with their parts, or what was stamped since a cursor; every page, also the last, has one.

    A cursor is two stamps, of products and of variants, for a variant's change is not its product's. Products that
    somebody is just making are left out, and the cursor stays before them: they are looked at again.
    """
    product, variant = (since or f"{NEVER}/{NEVER}").split("/")
    newest = variant if since else await reader.newest("variant") or NEVER
    held: list[str] = []
    async for raws in reader.walk("product", product if since else None):
        young = [raw for raw in raws if half_made(raw, now() * 1000 - _made_at(raw))]
        held += [str(raw["updated_at"]) for raw in young]
        product = min([max(product, _last(raws)), *held])
        records = [record for raw in raws if raw not in young for record in family(raw)]
        yield Page(records=records, cursor=f"{product}/{newest}")
    if since is None:
        return
    async for raws in reader.walk("variant", variant):
        newest = max(newest, _last(raws))
        records = [record for raw in raws for record in variant_family(raw)]
        yield Page(records=records, cursor=f"{product}/{newest}")
    if deleted := await reader.tombstones(since.split("/", maxsplit=1)[0]):
        gone = [Record(type="product", remote_id=raw["id"], fields=None, version=version(raw)) for raw in deleted]
        yield Page(records=gone, cursor=f"{product}/{newest}")


async def find(reader: Reader, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
    """The parts asked for, in that order; all locators are of one type."""
    type_name = locators[0].type
    wholes = {index: whole for index, one in enumerate(locators) if (whole := _whole(one)) is not None}
    kind = "variant" if type_name in OF_VARIANT else "product"
    raws = await reader.find(kind, "id[]", sorted(set(wholes.values())))
    parts = {str(raw["id"]): [one for one in _parts(type_name, raw) if one.type == type_name] for raw in raws}
    return [_found(one, parts.get(wholes.get(index, ""), ())) for index, one in enumerate(locators)]


def _whole(locator: Locator) -> str | None:
    """The product or variant in which a part is to be looked for."""
    if locator.remote_id is not None:
        return whole_of(locator.remote_id)
    first = next(iter(locator.key), None)  # a part's key begins with what it belongs to
    named = locator.key.get("variant" if locator.type in OF_VARIANT else "option" if first == "option" else "product")
    return whole_of(named) if isinstance(named, str) else None


def _parts(type_name: str, raw: Raw) -> list[Record]:
    if type_name in OF_VARIANT:
        return parts_of_variant(raw)
    return metafields.records(raw) if type_name == "metafield" else options.records(raw)


def _found(locator: Locator, parts: Sequence[Record]) -> Record | Ambiguous | None:
    wanted = locator.remote_id or named_by(locator.type, locator.key)
    if wanted is not None:
        absent = Record(type=locator.type, remote_id=wanted, fields=None) if locator.remote_id else None
        return next((one for one in parts if one.remote_id == wanted), absent)
    found = [one for one in parts if locator.key and _answers(one, locator)]
    if len(found) > 1:
        return Ambiguous(locator.type, tuple(sorted(one.remote_id for one in found)))
    return found[0] if found else None


def _answers(record: Record, locator: Locator) -> bool:
    return all((record.fields or {}).get(name) == value for name, value in locator.key.items())


def _made_at(raw: Raw) -> float:
    return datetime.fromisoformat(str(raw["created_at"])).timestamp() * 1000


def _last(raws: Sequence[Raw]) -> str:
    return max(str(raw["updated_at"]) for raw in raws)
