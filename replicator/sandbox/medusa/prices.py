"""Prices of a variant: the set that is given replaces the one there is."""

from __future__ import annotations

from collections.abc import Sequence

from replicator.sandbox.medusa.checks import PRICE, checked
from replicator.sandbox.medusa.part_words import price_id
from replicator.sandbox.medusa.refusals import Refusal
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work


def replace(work: Work, variant: Row, given: Sequence[object]) -> None:
    """Those with the id of a price are changed in place, the others are new, what is left out goes."""
    wanted = [checked(one, PRICE) for one in given]
    present = {price["id"]: price for price in work.tables.of("prices", variant["id"], veiled=True)}
    for gone in present.keys() - {one.get("id") for one in wanted}:
        work.touch("price", price_id(present[gone]), "delete")
        work.bury(present[gone])
        work.tell("pricing.price.deleted", gone)
    for one in wanted:
        columns = {name: one[name] for name in PRICE if name in one and name != "id"}
        if "currency_code" in columns:
            columns["currency_code"] = columns["currency_code"].lower()
        kept = present.get(one.get("id", ""))
        if kept is None:
            _make(work, variant, columns)
        else:
            _change(work, kept, columns)


def _make(work: Work, variant: Row, columns: Row) -> None:
    if not {"amount", "currency_code"} <= columns.keys():
        raise Refusal("Invalid request: Field 'amount' is required")
    nothing: Row = {"min_quantity": None, "max_quantity": None, "rules": {}}
    row = work.insert("prices", "price_", {**nothing, **columns, "variant_id": variant["id"]})
    work.touch("price", price_id(row), "create")
    work.tell("pricing.price.created", row["id"])


def _change(work: Work, price: Row, columns: Row) -> None:
    """A price under its id. What makes another price of it (a currency) is the end of one and the start of another."""
    if all(price.get(name) == value for name, value in columns.items()):
        return
    before, after = price_id(price), price_id({**price, **columns})
    work.touch("price", before, "update" if before == after else "cascade")
    work.change(price, columns)
    if before != after:
        work.touch("price", after, "create")
    work.tell("pricing.price.updated", price["id"])
