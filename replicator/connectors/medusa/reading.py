"""Reading: Medusa's lists, walked and asked. I/O; what the rows mean is told by the shapes.

Lists are walked by `updated_at`, each page from the stamp at which the one before ended: paging by offset would pass
over rows while others are changed or deleted. Stamps are set before the commit, so a walk from a cursor begins a
little earlier. A variant's stamp moves with its prices, a product's with its metadata; what no stamp tells (stock,
options, categories, images) only a full walk finds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from replicator.connectors.client import Client
from replicator.connectors.medusa.raw import Raw, rows
from replicator.errors import BadAnswer

PAGE_MAX = 100  # rows; a page of full products is then about 250 kB
QUERY_LENGTH_MAX = 6_000  # characters of values in an address; Node takes 16 kB of headers in all
OVERLAP = timedelta(seconds=10)  # a batch of a hundred takes up to three seconds from its stamp to its commit


ADDRESS = (
    *("address_1", "address_2", "company", "city", "country_code"),
    *("phone", "postal_code", "province", "updated_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """One of Medusa's lists: where it is, what it is called in the answer, what is asked of it."""

    path: str
    name: str
    fields: str
    params: dict[str, str]  # filter of each natural key
    entity: str | None = "external_id[]"


LISTS = {
    "tag": List(
        path="/admin/product-tags",
        name="product_tags",
        fields="id,value,external_id,metadata,created_at,updated_at",
        params={"value": "value[]"},
    ),
    "category": List(
        path="/admin/product-categories",
        name="product_categories",
        fields="id,name,handle,description,is_active,parent_category_id,external_id,metadata,created_at,updated_at",
        params={"handle": "handle[]"},
    ),
    "collection": List(
        path="/admin/collections",
        name="collections",
        fields="id,title,handle,external_id,metadata,created_at,updated_at",
        params={"handle": "handle[]"},
    ),
    "product_type": List(
        path="/admin/product-types",
        name="product_types",
        fields="id,value,external_id,metadata,created_at,updated_at",
        params={"value": "value[]"},
    ),
    "region": List(
        path="/admin/regions",
        name="regions",
        fields="id,name,currency_code,automatic_taxes,metadata,updated_at,*countries,*payment_providers",
        params={},
        entity=None,
    ),
    "shipping_profile": List(
        path="/admin/shipping-profiles",
        name="shipping_profiles",
        fields="id,name,type,metadata,updated_at",
        params={},
        entity=None,
    ),
    "shipping_option": List(
        path="/admin/shipping-options",
        name="shipping_options",
        fields=(
            "id,name,price_type,provider_id,shipping_profile_id,metadata,updated_at,"
            "*type,*prices,*prices.price_rules,service_zone_id"
        ),
        params={},
        entity=None,
    ),
    "stock_location": List(
        path="/admin/stock-locations",
        name="stock_locations",
        fields="id,name,metadata,updated_at," + ",".join(f"address.{name}" for name in ADDRESS),  # or null is left out
        params={},
        entity=None,
    ),
    "product": List(
        path="/admin/products",
        name="products",
        fields=(
            "*categories,*shipping_profile,*variants.inventory_items,*variants.inventory_items.inventory.location_levels"
        ),
        params={"handle": "handle[]"},
    ),
    "variant": List(
        path="/admin/product-variants",
        name="variants",
        fields="*prices,*options,*options.option,*inventory_items,*inventory_items.inventory.location_levels",
        params={"sku": "sku[]"},
        entity=None,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What new records get where they name none, each by its id or its name; None: not said (`choosing`)."""

    sales_channel: str | None = None
    shipping_profile: str | None = None
    stock_location: str | None = None
    service_zone: str | None = None


class Reader:
    """Asks Medusa for rows."""

    def __init__(self, client: Client, choices: Choices) -> None:
        self.choices = choices
        self._client = client
        self._location: str | None = None

    async def location(self) -> str | None:
        """The stock location: the one configured, else the first; None where there is none yet."""
        if self._location is None:
            params = [("order", "created_at"), ("limit", str(PAGE_MAX))]
            found = await self.ask("/admin/stock-locations", "stock_locations", params)
            named = [row for row in found if self.choices.stock_location in (None, row["id"], row.get("name"))]
            self._location = named[0]["id"] if named else None
        return self._location

    async def ask(self, path: str, name: str, params: Sequence[tuple[str, str]]) -> list[Raw]:
        """One page of a list."""
        answer = await self._client.request("GET", path, params=params)
        if not isinstance(answer.body, dict) or name not in answer.body:
            msg = f"GET {path}: there is no {name} in the answer"
            raise BadAnswer(msg, status=answer.status)
        return rows(answer.body[name], path)

    async def find(self, type_name: str, param: str, values: Sequence[str], fields: str | None = None) -> list[Raw]:
        """The rows of a list that have one of these values, asked for up to a hundred at a time."""
        kind = LISTS[type_name]
        found: list[Raw] = []
        for some in asked_together(values):
            page = [("fields", fields or kind.fields), ("limit", str(PAGE_MAX * 2))]  # external ids may be there twice
            found += await self.ask(kind.path, kind.name, [*((param, value) for value in some), *page])
        return found

    async def walk(self, type_name: str, since: str | None) -> AsyncIterator[list[Raw]]:
        """All rows of a list by their stamps, or those stamped since a little before `since`, each state once."""
        kind = LISTS[type_name]
        mark = None if since is None else earlier(since)
        seen: set[tuple[str, str]] = set()
        offset = 0
        while True:
            params = [
                ("fields", kind.fields),
                ("order", "updated_at"),
                ("limit", str(PAGE_MAX)),
                ("offset", str(offset)),
            ]
            if mark is not None:
                params.append(("updated_at[$gte]", mark))
            page = await self.ask(kind.path, kind.name, params)
            if fresh := [row for row in page if (row["id"], row["updated_at"]) not in seen]:
                yield fresh
            if len(page) < PAGE_MAX:
                return
            last = page[-1]["updated_at"]
            offset = offset + PAGE_MAX if last == mark else 0  # more rows of one stamp than a page holds
            seen = {(row["id"], row["updated_at"]) for row in page} | (seen if last == mark else set())
            mark = last

    async def newest(self, type_name: str) -> str | None:
        """The newest stamp in a list."""
        kind = LISTS[type_name]
        params = [("fields", "id,updated_at"), ("order", "-updated_at"), ("limit", "1")]
        found = await self.ask(kind.path, kind.name, params)
        return str(found[0]["updated_at"]) if found else None

    async def tombstones(self, since: str) -> list[Raw]:
        """The products deleted since a little before `since`; of no other type can this be asked."""
        found: list[Raw] = []
        while True:
            params = [
                ("fields", "id,updated_at,deleted_at"),
                ("with_deleted", "true"),
                ("deleted_at[$gte]", earlier(since)),
                ("order", "deleted_at"),
                ("limit", str(PAGE_MAX)),
                ("offset", str(len(found))),
            ]
            page = await self.ask("/admin/products", "products", params)
            found += page
            if len(page) < PAGE_MAX:
                return found


def earlier(stamp: str) -> str:
    """A stamp less the overlap. Raises ValueError for what is no stamp."""
    moment = datetime.fromisoformat(stamp) - OVERLAP
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def asked_together(values: Sequence[str]) -> Iterator[list[str]]:
    """The values in portions that fit into one address."""
    some: list[str] = []
    for value in values:
        if some and (len(some) >= PAGE_MAX or sum(map(len, some)) + len(value) > QUERY_LENGTH_MAX):
            yield some
            some = []
        some.append(value)
    if some:
        yield some
