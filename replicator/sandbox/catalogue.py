"""The catalogue that the played DummyJSON serves: made up from a seed, or read from the real data file.

The made-up one has the exact shape of the real one and all of its oddities that bite an importer: two pairs of titles
whose slugs collide, a brand key that is absent for whole categories, prices that come out a cent short when truncated,
four products out of stock, minimum orders above the stock, accents, ampersands and raw apostrophes in addresses.
"""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from replicator.sandbox import wares

Product: TypeAlias = dict[str, Any]

MADE_AT = "2025-04-30T09:41:02.053Z"  # the one time that all records carry: no cursor for changes
CDN = "https://cdn.dummyjson.com/product-images"  # addresses in answers leave any local fake, and so do these
CENT_SHORT = 20  # how many prices lose a cent when `price * 100` is truncated
NOT_NINETY_NINE = 8
OUT_OF_STOCK = 4
ORDER_ABOVE_STOCK = 21
ACCENTS = 4
LOW_STOCK = 10  # the real one's rule is no function of the stock at all
MANY = 15  # categories with more products than this are tagged by the last word only: balls, steaks, pans
SAME_TITLE = (("mens-watches", -1), ("womens-watches", 0))  # the same title in two categories
SAME_SLUG = ("mens-shoes", 3)  # this one and the next differ by an ampersand only


def generated(seed: int = 0) -> list[Product]:
    """A catalogue of 194 products in 24 categories; the same seed gives the same one."""
    rng = random.Random(f"catalogue/{seed}")
    titles = _titles(rng)
    total = len(titles)
    able = [index for index, (ware, _, _) in enumerate(titles) if any(map(cent_short, _prices(ware.price)))]
    short = set(rng.sample(able, CENT_SHORT))
    uneven = set(rng.sample(sorted(set(range(total)) - short), NOT_NINETY_NINE))
    empty = set(rng.sample(range(total), OUT_OF_STOCK))
    greedy = empty | set(rng.sample(sorted(set(range(total)) - empty), ORDER_ABOVE_STOCK - OUT_OF_STOCK))
    accented = set(rng.sample(range(total), ACCENTS))
    products = []
    for index, (ware, title, noun) in enumerate(titles):
        product = _basics(rng, index + 1, ware, title, noun)
        product["price"] = _price(rng, ware.price, short=index in short, even=index not in uneven)
        product["stock"] = 0 if index in empty else rng.randint(8, 30 if index in greedy else 100)
        product["minimumOrderQuantity"] = rng.randint(31, 50) if index in greedy else rng.randint(1, 8)
        product["availabilityStatus"] = _availability(product["stock"])
        if index in accented:
            product["description"] = (
                f"The {title} is served à la carte, with a rosé & a smile, and was liked in every café."
            )
        products.append(product)
    return products


def loaded(path: Path) -> list[Product]:
    """The real data file, or another of its shape: a bare array of products, or `{"products": [...]}`."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    products = raw.get("products") if isinstance(raw, dict) else raw
    if not isinstance(products, list) or not all(isinstance(each, dict) and "id" in each for each in products):
        msg = f"{path} is no DummyJSON catalogue: a list of products, each with an id"
        raise ValueError(msg)
    return products


def cent_short(price: float) -> bool:
    """Whether truncating loses a cent: 19.99 * 100 is 1998.9999…."""
    return int(price * 100) != int(Decimal(str(price)) * 100)


def _titles(rng: random.Random) -> list[tuple[wares.Ware, str, str]]:
    rows: list[tuple[wares.Ware, str, str]] = []
    seen: set[str] = set()
    for ware in wares.WARES:
        for index in range(ware.total):
            noun = ware.nouns[index % len(ware.nouns)]
            manners = [each for each in wares.MANNERS if f"{each} {noun}" not in seen]
            title = f"{rng.choice(manners)} {noun}"
            seen.add(title)
            rows.append((ware, title, noun))
    _collide(rows)
    return rows


def _collide(rows: list[tuple[wares.Ware, str, str]]) -> None:
    """Give the pairs that collide their titles, as the real data has them."""
    first, second = (
        [index for index, row in enumerate(rows) if row[0].slug == slug][place] for slug, place in SAME_TITLE
    )
    rows[second] = (rows[second][0], rows[first][1], rows[first][2])
    slug, place = SAME_SLUG
    start = [index for index, row in enumerate(rows) if row[0].slug == slug][place]
    for index, joint in ((start, " & "), (start + 1, " ")):
        rows[index] = (rows[index][0], f"Trail Sneakers Chalk{joint}Rust", "Sneakers")


def _basics(rng: random.Random, number: int, ware: wares.Ware, title: str, noun: str) -> Product:
    """All keys in the real order; what depends on the quotas of oddities is filled in by the caller."""
    maker = rng.choice(wares.MAKERS)
    pictures = f"{CDN}/{ware.slug}/{title.lower().replace(' ', '-')}"
    product: Product = {
        "id": number,
        "title": title,
        "description": f"The {title} {rng.choice(wares.PRAISE)}. Number {number} of our {ware.slug.replace('-', ' ')}.",
        "category": ware.slug,
        "price": 0.0,
        "discountPercentage": round(rng.uniform(0.04, 19.6), 2),
        "rating": round(rng.uniform(2.5, 5), 2),
        "stock": 0,
        "tags": _tags(ware, noun),
        "brand": maker,
        "sku": "-".join((ware.slug[:3], maker[:3], noun.replace("'", "")[:3].strip(), f"{number:03}")).upper(),
        "weight": rng.randint(1, 10),
        "dimensions": {name: round(rng.uniform(5, 30), 2) for name in ("width", "height", "depth")},
        "warrantyInformation": rng.choice(wares.WARRANTIES),
        "shippingInformation": rng.choice(wares.SHIPPING),
        "availabilityStatus": "",
        "reviews": [_review(rng) for _ in range(3)],
        "returnPolicy": rng.choice(wares.RETURNS),
        "minimumOrderQuantity": 1,
        "meta": {
            "createdAt": MADE_AT,
            "updatedAt": MADE_AT,
            "barcode": f"{rng.randrange(10**13):013}",
            "qrCode": "https://cdn.dummyjson.com/public/qr-code.png",
        },
        "images": [f"{pictures}/{n}.webp" for n in range(1, rng.choice((1, 1, 1, 3, 3, 4, 2, 6)) + 1)],
        "thumbnail": f"{pictures}/thumbnail.webp",
    }
    if not ware.branded:
        del product["brand"]  # absent, never null
    return product


def _tags(ware: wares.Ware, noun: str) -> list[str]:
    """One to three, in lower case; some with a space in them, some shared between categories."""
    family = ware.slug.replace("-", " ")
    if noun == ware.nouns[0]:
        return [family]
    return list(
        dict.fromkeys([family, noun.lower().split()[-1] if ware.total > MANY else noun.lower(), family.split()[-1]])
    )


def _price(rng: random.Random, lowest: int, *, short: bool, even: bool) -> float:
    cents = "99" if even else rng.choice(("29", "49", "79"))
    return rng.choice([price for price in _prices(lowest, cents) if cent_short(price) == short])


def _prices(lowest: int, cents: str = "99") -> list[float]:
    return [float(f"{whole}.{cents}") for whole in range(lowest, lowest * 3 + 10, lowest // 100 + 1)]


def _availability(stock: int) -> str:
    if stock == 0:
        return "Out of Stock"
    return "Low Stock" if stock < LOW_STOCK else "In Stock"


def _review(rng: random.Random) -> dict[str, object]:
    name = rng.choice(wares.REVIEWERS)
    return {
        "rating": rng.randint(1, 5),
        "comment": rng.choice(wares.COMMENTS),
        "date": MADE_AT,
        "reviewerName": name,
        "reviewerEmail": f"{name.lower().replace(' ', '.')}@x.dummyjson.com",
    }
