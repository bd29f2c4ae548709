"""A system whose old backup is put back: what others made, changed or deleted since then, it knows nothing of."""

from __future__ import annotations

from replicator.log.ledger_counts import Counts
from tests.engine.shop import FROCK, OTHER, SHOPS, Shop

SINCE = "Since the backup"  # the title that FROCK was given elsewhere


async def put_back_after_a_tag_was_made(shop: Shop, system: str) -> Counts:
    """Elsewhere the tag `newer` was made, and FROCK renamed. What was counted before the backup was put back."""
    backup, author = shop.world.systems[system].dump(), _elsewhere(system)
    await shop.people.create(author, "tag", {"value": "newer"})
    return await _put_back(shop, system, backup, author)


async def put_back_after_a_product_was_deleted(shop: Shop, system: str) -> Counts:
    """Elsewhere OTHER was deleted, and FROCK renamed. What was counted before the backup was put back."""
    backup, author = shop.world.systems[system].dump(), _elsewhere(system)
    await shop.people.delete(author, "product", OTHER)
    return await _put_back(shop, system, backup, author)


async def _put_back(shop: Shop, system: str, backup: object, author: str) -> Counts:
    await shop.people.edit(author, "product", FROCK, {"title": SINCE})
    await shop.full_pass()
    before = await shop.counts()
    shop.world.systems[system].load(backup)
    await shop.full_pass()
    return before


def _elsewhere(system: str) -> str:
    return next(name for name in SHOPS if name != system)
