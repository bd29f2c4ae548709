"""What people do while something fails: at each shop somebody edits a product of their own."""

from __future__ import annotations

from tests.processes.site import SHOPS, Site


async def people_edit(site: Site, name: str) -> None:
    """Somebody at each shop gives that field of one product words of their own."""
    for system, handle in _whose(site):
        await site.people.edit(system, "product", handle, {name: f"{name} from {system}"})


def everybody_has(site: Site, *names: str) -> bool:
    """Whether all shops show the words that were given to these fields."""
    return all(
        site.everywhere("product", handle, name) == [f"{name} from {system}"] * len(SHOPS)
        for system, handle in _whose(site)
        for name in names
    )


def shops_have(site: Site, name: str, without: str) -> bool:
    """Whether all shops but one show the words that were given to this field at any of them but that one."""
    return all(
        site.shown(shop, "product")[handle].get(name) == f"{name} from {system}"
        for system, handle in _whose(site)
        for shop in SHOPS
        if without not in (system, shop)
    )


def _whose(site: Site) -> list[tuple[str, str]]:
    return list(zip(SHOPS, sorted(site.shown("medusa", "product"))[: len(SHOPS)], strict=True))
