"""Words for a made-up catalogue: what the categories are called, how many products each has, and what is sold in it.

The slugs and counts are those of DummyJSON, because its shape is what is played; every other word is our own.
"""

from __future__ import annotations

from typing import NamedTuple


class Ware(NamedTuple):
    """One category: its slug, how many products, from what price, and the nouns its titles end in."""

    slug: str
    total: int
    price: int
    nouns: tuple[str, ...]
    branded: bool = True


def _ware(slug: str, count: int, price: int, nouns: str, *, branded: bool = True) -> Ware:
    return Ware(slug, count, price, tuple(noun.strip() for noun in nouns.split(",")), branded)


WARES = (
    _ware("beauty", 5, 8, "Mascara, Eyeshadow Palette, Powder Canister, Lipstick, Nail Polish"),
    _ware("fragrances", 5, 50, "Eau de Toilette, Perfume, Cologne, Body Mist"),
    _ware("furniture", 5, 300, "Bed, Sofa, Bedside Table, Conference Chair, Washbasin"),
    _ware(
        "groceries",
        27,
        1,
        "Apples, Beef Steak, Cat Food, Cooking Oil, Cucumber, Dog Food, Eggs, Fish Steak, Green Pepper, Honey Jar,"
        "Ice Cream, Juice, Kiwi, Lemon, Milk, Mulberry, Coffee, Potatoes, Protein Powder, Onions, Rice, Soft Drink,"
        "Strawberry, Tissue Paper, Water",
        branded=False,
    ),
    _ware(
        "home-decoration",
        5,
        15,
        "Decoration Swing, Picture Frame, Plant Pot, House Plant, Table Lamp",
        branded=False,
    ),
    _ware(
        "kitchen-accessories",
        30,
        3,
        "Bamboo Spatula, Cup, Wok, Blender, Carbon Steel Pan, Chopping Board, Citrus Squeezer, Egg Slicer,"
        "Electric Stove, Fine Sieve, Fork, Glass, Grater, Hand Blender, Ice Tray, Kitchen Knife, Lunch Box,"
        "Microwave Oven, Mug Rack, Plate, Salt & Pepper Mill, Baker's Whisk, Spice Rack, Spoon, Tray, Rolling Pin,"
        "Peeler",
        branded=False,
    ),
    _ware("laptops", 5, 900, "Laptop, Ultrabook, Notebook"),
    _ware("mens-shirts", 5, 20, "Plaid Shirt, Check Shirt, Short Sleeve Shirt, Camouflage Shirt"),
    _ware("mens-shoes", 5, 60, "Sneakers, Cleats, Trainers"),
    _ware("mens-watches", 6, 100, "Brown Leather Watch, Chronograph, Diver, Field Watch"),
    _ware("mobile-accessories", 14, 10, "Charger, Earbuds, Phone Case, Power Bank, Selfie Stick, Smart Speaker, Stand"),
    _ware("motorcycle", 5, 900, "Motocross Bike, Scooter, Sport Bike, Roadster"),
    _ware("skin-care", 3, 8, "Hand Soap, Shower Gel, Body Lotion"),
    _ware("smartphones", 16, 200, "Phone, Phone Mini, Phone Pro, Folding Phone"),
    _ware(
        "sports-accessories",
        17,
        5,
        "Football, Baseball Ball, Baseball Glove, Basketball, Basketball Rim, Cricket Ball, Cricket Bat, Cricket"
        " Helmet, Feather Shuttlecock, Golf Ball, Metal Bat, Racket, Iron Golf Club, Volleyball, Rugby Ball",
        branded=False,
    ),
    _ware("sunglasses", 5, 20, "Sunglasses, Round Glasses, Party Glasses"),
    _ware("tablets", 3, 250, "Tablet, Tablet Mini"),
    _ware("tops", 5, 15, "Frock, Blouse, Tartan Dress, Summer Top", branded=False),
    _ware("vehicle", 5, 15000, "Hatchback, Sedan, Touring Car, Minivan"),
    _ware("womens-bags", 5, 25, "Handbag, Tote, Leather Bag, Clutch"),
    _ware("womens-dresses", 5, 30, "Evening Gown, Corset Dress, Skirt, Wrap Dress", branded=False),
    _ware("womens-jewellery", 3, 10, "Earrings, Bracelet, Necklace", branded=False),
    _ware("womens-shoes", 5, 25, "Slippers, Heels, Ballerinas, Sandals"),
    _ware("womens-watches", 5, 90, "Gold Watch, Wrist Watch, Moon Watch, Steel Watch"),
)

MANNERS = (
    "Amber",
    "Brisk",
    "Calm",
    "Dapper",
    "Eager",
    "Fern",
    "Gentle",
    "Hazel",
    "Ivory",
    "Jolly",
    "Keen",
    "Lunar",
    "Mellow",
    "Noble",
    "Olive",
    "Plain",
    "Quiet",
    "Rustic",
    "Solar",
    "Tidy",
    "Urban",
    "Velvet",
    "Windy",
    "Zesty",
    "Alpine",
    "Bold",
    "Coral",
    "Dusky",
    "Early",
    "Faint",
)
MAKERS = (
    "Arvello",
    "Bramwick",
    "Corvane",
    "Dunmere",
    "Elstow",
    "Farrowby",
    "Grenholm",
    "Hartley's",
    "Ilvane",
    "Jorvik",
    "Kestrin",
    "Lomond",
    "Marrick",
    "Northam",
    "Orrin",
    "Pellworm",
    "Quennel",
    "Rosthwaite",
    "Selmer",
    "Tarn",
    "Ullswick",
    "Vantage",
    "Westerby",
    "Yarrow",
    "Zelkova",
)
PRAISE = (
    "does what it should, day after day, without asking for attention",
    "was made for people who would rather buy a thing once",
    "feels at home in a workshop as much as in a drawer",
    "pairs well with nearly everything else in its category",
    "has been made in small series since before anyone counted",
    "looks plain at first and better every week",
)
WARRANTIES = ("No warranty", "1 week warranty", "1 month warranty", "6 months warranty", "1 year warranty")
SHIPPING = ("Ships overnight", "Ships in 1-2 business days", "Ships in 3-5 business days", "Ships in 1 month")
RETURNS = ("No return policy", "7 days return policy", "30 days return policy", "90 days return policy")
COMMENTS = (
    "Would buy it again!",
    "Not what I hoped for.",
    "Very pleased.",
    "Fine for the price.",
    "Would not recommend!",
)
REVIEWERS = ("Ada Quill", "Ben Marsh", "Cleo Finch", "Dan Harrow", "Eve Larch", "Finn Oakes")
