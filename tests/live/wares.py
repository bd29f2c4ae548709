"""What is sold in the stories: shirts, as each system's own tools would send them."""

from __future__ import annotations

from typing import Any

OPTIONS = [{"title": "Size", "values": ["S", "M"]}]
SHIRT = {"title": "Linen Shirt", "handle": "linen-shirt", "status": "published", "options": OPTIONS}
NEW: dict[str, dict[str, Any]] = {
    "medusa": {**SHIRT, "variants": []},
    "directus": {**SHIRT, "images": []},
    "strapi": SHIRT,
}
SMALL = {
    "title": "Small",
    "sku": "LIN-S",
    "options": {"Size": "S"},
    "prices": [{"currency_code": "usd", "amount": 20.5}],
}


def shirt(number: int) -> dict[str, Any]:
    """A shirt of one size, for Medusa; number 0 is the linen one."""
    names = {"title": f"Shirt {number}", "handle": f"shirt-{number}"} if number else {}
    variant = {**SMALL, "sku": f"LIN-S-{number}" if number else "LIN-S"}
    return {**SHIRT, **names, "variants": [variant]}
