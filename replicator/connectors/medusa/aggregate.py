"""Aggregate: a product and all that is told along with it, as records, wholes before their parts. Pure."""

from __future__ import annotations

from itertools import chain

from replicator.connectors.base import Record
from replicator.connectors.medusa import metafields, options, prices, products, stocks, variants
from replicator.connectors.medusa.raw import MARKER_KEY, Raw, living

YOUNG_MS = 60_000  # a product is made step by step: for seconds it is seen without variants, then without prices


def family(raw: Raw) -> list[Record]:
    """A product with its options, their values, its variants with their prices and stock, its metafields."""
    inside = living(raw.get("variants"), f"variants of {raw['id']}")
    return [
        products.record(raw),
        *options.records(raw),
        *chain.from_iterable(variant_family(one) for one in inside),
        *metafields.records(raw),
    ]


def variant_family(raw: Raw) -> list[Record]:
    """A variant with its prices and stock."""
    return [variants.record(raw), *parts_of_variant(raw)]


def parts_of_variant(raw: Raw) -> list[Record]:
    """The prices and the stock of a variant."""
    return [*prices.records(raw), *stocks.records(raw)]


def half_made(raw: Raw, age_ms: float) -> bool:
    """Whether somebody may be making this product at this moment, so that more of it is to come.

    Our own are known to be under way; what is young and has neither our marker nor variants with prices may be.
    """
    marked = MARKER_KEY in (raw.get("metadata") or {})
    inside = living(raw.get("variants"), f"variants of {raw['id']}")
    complete = bool(inside) and all(living(one["prices"], "prices") for one in inside)
    return age_ms < YOUNG_MS and not marked and not complete
