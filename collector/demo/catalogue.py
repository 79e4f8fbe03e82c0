"""What the shop sells: the one list behind its pages, its made-up visitors and the tests."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf: `guide` is (heading, text), `reviews` is (name, stars 1..5, text)."""

    id: str
    name: str
    intro: str
    guide: tuple[tuple[str, str], ...]
    reviews: tuple[tuple[str, int, str], ...]

    @property
    def path(self) -> str:
        return f"/categories/{self.id}"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing to buy. `price` is in whole units of `CURRENCY`; `category` is a category's id."""

    id: str
    name: str
    category: str
    price: int
    badge: str
    blurb: str
    specs: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return f"/products/{self.id}"

    @property
    def image(self) -> str:
        return f"/img/{self.id}.svg"

    @property
    def close_up(self) -> str:
        return f"/img/{self.id}-close.svg"


@dataclass(frozen=True, slots=True)
class Room:
    """One page of the single-page section; `products` are product ids."""

    id: str
    name: str
    text: str
    products: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"/inspire/{self.id}"

    @property
    def image(self) -> str:
        return f"/img/room-{self.id}.svg"


def _tuples(rows: list[list[Any]]) -> tuple[Any, ...]:
    return tuple(tuple(row) for row in rows)


_DATA: dict[str, Any] = json.loads(Path(__file__).with_name("catalogue.json").read_text("utf-8"))

STORE: str = _DATA["store"]
CURRENCY: str = _DATA["currency"]
CATEGORIES: tuple[Category, ...] = tuple(
    Category(**{**row, "guide": _tuples(row["guide"]), "reviews": _tuples(row["reviews"])})
    for row in _DATA["categories"]
)
PRODUCTS: tuple[Product, ...] = tuple(Product(**{**row, "specs": _tuples(row["specs"])}) for row in _DATA["products"])
ROOMS: tuple[Room, ...] = tuple(Room(**{**row, "products": tuple(row["products"])}) for row in _DATA["rooms"])

CATEGORY_BY_ID = {category.id: category for category in CATEGORIES}
PRODUCT_BY_ID = {product.id: product for product in PRODUCTS}
ROOM_BY_ID = {room.id: room for room in ROOMS}
BY_CATEGORY = {c.id: tuple(p for p in PRODUCTS if p.category == c.id) for c in CATEGORIES}
# The home page's row: the first two of every shelf.
POPULAR = tuple(product for shelf in BY_CATEGORY.values() for product in shelf[:2])


def title(name: str) -> str:
    """The text of a page's `<title>`, the same on the server, in the browser and in made-up events."""
    return f"{name} · {STORE}"


def find(text: str) -> tuple[Product, ...]:
    """Products with every word of `text` in their name, category or blurb; all words may be prefixes."""
    words = text.casefold().split()
    if not words:
        return ()

    def matches(product: Product) -> bool:
        haystack = f" {product.name} {product.category} {product.blurb}".casefold()
        return all(f" {word}" in haystack for word in words)

    return tuple(product for product in PRODUCTS if matches(product))


def goes_with(product: Product) -> tuple[Product, ...]:
    """Four other products: the rest of the shelf first."""
    shelf = BY_CATEGORY[product.category]
    return tuple(other for other in shelf if other is not product)[:4]
