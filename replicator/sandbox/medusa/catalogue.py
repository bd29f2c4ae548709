"""The catalogue's addresses: products with variants and options, categories, tags."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from replicator.sandbox.medusa import inventory, options, products, taxonomy, variants
from replicator.sandbox.medusa.checks import checked
from replicator.sandbox.medusa.door import Call, Door
from replicator.sandbox.medusa.lists import LISTS
from replicator.sandbox.medusa.refusals import missing
from replicator.sandbox.medusa.tables import Row

BATCH = {"create": "array", "update": "array", "delete": "array"}


class Catalogue:
    """Answers them. For `half_made_seconds` a new product is seen without variants, then as long without prices."""

    def __init__(self, door: Door) -> None:
        self.half_made_seconds = 0.0
        self._door = door

    def routes(self) -> list[Route]:
        """The routes; what is fixed goes before what has an id."""
        writes, lists, gets = self._door.writes, self._door.lists, self._door.gets
        product, variant = "/admin/products/{id}", "/admin/products/{id}/variants"
        tag, category = "/admin/product-tags", "/admin/product-categories"
        return [
            Route("/admin/products", lists(LISTS["products"]), methods=["GET"]),
            Route("/admin/products", writes(self._make), methods=["POST"]),
            Route("/admin/products/batch", writes(self._batch), methods=["POST"]),
            Route(product, gets("products", "product", "Product"), methods=["GET"]),
            Route(product, writes(self._change), methods=["POST"]),
            Route(product, writes(self._delete), methods=["DELETE"]),
            Route(f"{product}/options/batch", writes(self._link_options), methods=["POST"]),
            Route(variant, writes(self._make_variant), methods=["POST"]),
            Route(f"{variant}/batch", writes(self._variant_batch), methods=["POST"]),
            Route(f"{variant}/inventory-items/batch", writes(self._link_items), methods=["POST"]),
            Route(f"{variant}/{{vid}}/inventory-items", writes(self._link_item), methods=["POST"]),
            Route(f"{variant}/{{vid}}", gets("variants", "variant", "Variant", "vid"), methods=["GET"]),
            Route(f"{variant}/{{vid}}", writes(self._change_variant), methods=["POST"]),
            Route(f"{variant}/{{vid}}", writes(self._delete_variant), methods=["DELETE"]),
            Route("/admin/product-variants", lists(LISTS["variants"]), methods=["GET"]),
            Route("/admin/product-options", lists(LISTS["product_options"]), methods=["GET"]),
            Route("/admin/product-options", writes(self._make_option), methods=["POST"]),
            Route("/admin/product-options/{id}", gets("options", "product_option", "Product option"), methods=["GET"]),
            Route("/admin/product-options/{id}", writes(self._change_option), methods=["POST"]),
            Route("/admin/product-options/{id}/values/{value}", writes(self._change_value), methods=["POST"]),
            Route(tag, lists(LISTS["product_tags"]), methods=["GET"]),
            Route(tag, writes(self._make_tag), methods=["POST"]),
            Route(tag + "/{id}", gets("tags", "product_tag", "Product tag"), methods=["GET"]),
            Route(tag + "/{id}", writes(self._change_tag), methods=["POST"]),
            Route(tag + "/{id}", writes(self._delete_tag), methods=["DELETE"]),
            Route(category, lists(LISTS["product_categories"]), methods=["GET"]),
            Route(category, writes(self._make_category), methods=["POST"]),
            Route(category + "/{id}", gets("categories", "product_category", "Product category"), methods=["GET"]),
            Route(category + "/{id}", writes(self._change_category), methods=["POST"]),
            Route(category + "/{id}", writes(self._delete_category), methods=["DELETE"]),
            Route(category + "/{id}/products", writes(self._category_members), methods=["POST"]),
        ]

    async def _make(self, call: Call) -> dict[str, Any]:
        (row,) = await self._made(call, [call.body])
        return {"product": self._door.shown(call, "products", [row])[0]}

    async def _made(self, call: Call, bodies: Sequence[Any]) -> list[Row]:
        work = call.work
        rows = [products.make(work, body) for body in bodies]
        inside = []
        for row, body in zip(rows, bodies, strict=True):
            inside += [variants.make(work, row, one) for one in body.get("variants", [])]
            work.tell("product.created", row["id"])
        if self.half_made_seconds > 0:
            await self._unveil(inside)
        return rows

    async def _unveil(self, inside: Sequence[Row]) -> None:
        """Steps are committed one by one: readers see products alone, then variants, then prices."""
        veiled = self._door.tables.veiled
        variants_made = {variant["id"] for variant in inside}
        prices = {price["id"] for one in variants_made for price in self._door.tables.of("prices", one)}
        veiled |= variants_made | prices
        await asyncio.sleep(self.half_made_seconds)
        veiled -= variants_made
        await asyncio.sleep(self.half_made_seconds)
        veiled -= prices

    async def _change(self, call: Call) -> dict[str, Any]:
        row = products.change(call.work, call.path["id"], call.body)
        return {"product": self._door.shown(call, "products", [row])[0]}

    async def _delete(self, call: Call) -> dict[str, Any]:
        products.delete(call.work, call.path["id"])
        return {"id": call.path["id"], "object": "product", "deleted": True}

    async def _batch(self, call: Call) -> dict[str, Any]:
        given = checked(call.body, BATCH)
        updates = given.get("update", [])
        products.present(call.work, [str(one.get("id")) for one in updates])
        for one in given.get("delete", []):
            products.delete(call.work, one)
        changed = [products.change(call.work, one["id"], one, batch=True) for one in updates]
        made = await self._made(call, given.get("create", []))
        self._door.world.rng.shuffle(made)  # the answer is in no order that means anything
        return {
            "created": self._door.shown(call, "products", made),
            "updated": self._door.shown(call, "products", changed),
            "deleted": {"ids": given.get("delete", []), "object": "product", "deleted": True},
        }

    async def _link_options(self, call: Call) -> dict[str, Any]:
        row = self._product(call)
        options.change_links(call.work, row, call.body)
        return {"product": self._door.shown(call, "products", [row])[0]}

    async def _make_variant(self, call: Call) -> dict[str, Any]:
        row = self._product(call)
        variants.make(call.work, row, call.body)
        return {"product": self._door.shown(call, "products", [row])[0]}

    async def _change_variant(self, call: Call) -> dict[str, Any]:
        row = self._product(call)
        variants.change(call.work, row, call.path["vid"], call.body)
        return {"product": self._door.shown(call, "products", [row])[0]}

    async def _delete_variant(self, call: Call) -> dict[str, Any]:
        variants.delete(call.work, call.path["vid"])
        (parent,) = self._door.shown(call, "products", [self._product(call)])
        return {"id": call.path["vid"], "object": "variant", "deleted": True, "parent": parent}

    async def _variant_batch(self, call: Call) -> dict[str, Any]:
        row, given = self._product(call), checked(call.body, BATCH)
        changed = [
            variants.change(call.work, row, one["id"], {name: value for name, value in one.items() if name != "id"})
            for one in given.get("update", [])
        ]
        for one in given.get("delete", []):
            variants.delete(call.work, one)
        made = [variants.make(call.work, row, one) for one in given.get("create", [])]
        self._door.world.rng.shuffle(made)
        return {
            "created": self._door.shown(call, "variants", made),
            "updated": self._door.shown(call, "variants", changed),
            "deleted": {"ids": given.get("delete", []), "object": "variant", "deleted": True},
        }

    async def _link_item(self, call: Call) -> dict[str, Any]:
        row = self._variant(call.path["vid"])
        inventory.link(call.work, row, call.body)
        return {"variant": self._door.shown(call, "variants", [row])[0]}

    async def _link_items(self, call: Call) -> dict[str, Any]:
        given = checked(call.body, BATCH)
        for one in given.get("create", []):
            body = {name: value for name, value in one.items() if name != "variant_id"}
            inventory.link(call.work, self._variant(one["variant_id"]), body)
        return {"created": given.get("create", []), "updated": [], "deleted": []}

    def _variant(self, variant_id: str) -> Row:
        row = self._door.tables.living("variants", variant_id)
        if row is None:
            raise missing(f"ProductVariant with id: {variant_id} was not found")
        return row

    async def _make_option(self, call: Call) -> dict[str, Any]:
        row = options.make_option(call.work, call.body, exclusive=False)
        return {"product_option": self._door.shown(call, "options", [row])[0]}

    async def _change_option(self, call: Call) -> dict[str, Any]:
        row = options.change_option(call.work, call.path["id"], call.body)
        return {"product_option": self._door.shown(call, "options", [row])[0]}

    async def _change_value(self, call: Call) -> dict[str, Any]:
        row = options.change_value(call.work, call.path["id"], call.path["value"], call.body)
        return {"product_option_value": {name: value for name, value in row.items() if name != "deleted_at"}}

    async def _make_tag(self, call: Call) -> dict[str, Any]:
        return {"product_tag": self._door.shown(call, "tags", [taxonomy.make_tag(call.work, call.body)])[0]}

    async def _change_tag(self, call: Call) -> dict[str, Any]:
        row = taxonomy.change_tag(call.work, call.path["id"], call.body)
        return {"product_tag": self._door.shown(call, "tags", [row])[0]}

    async def _delete_tag(self, call: Call) -> dict[str, Any]:
        taxonomy.delete_tag(call.work, call.path["id"])
        return {"id": call.path["id"], "object": "product_tag", "deleted": True}

    async def _make_category(self, call: Call) -> dict[str, Any]:
        row = taxonomy.make_category(call.work, call.body)
        return {"product_category": self._door.shown(call, "categories", [row])[0]}

    async def _change_category(self, call: Call) -> dict[str, Any]:
        row = taxonomy.change_category(call.work, call.path["id"], call.body)
        return {"product_category": self._door.shown(call, "categories", [row])[0]}

    async def _delete_category(self, call: Call) -> dict[str, Any]:
        taxonomy.delete_category(call.work, call.path["id"])
        return {"id": call.path["id"], "object": "product_category", "deleted": True}

    async def _category_members(self, call: Call) -> dict[str, Any]:
        row = taxonomy.change_members(call.work, call.path["id"], call.body)
        return {"product_category": self._door.shown(call, "categories", [row])[0]}

    def _product(self, call: Call) -> Row:
        row = self._door.tables.living("products", call.path["id"])
        if row is None:
            raise missing(f'Product with id "{call.path["id"]}" not found')
        return row
