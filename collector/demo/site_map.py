"""The shop's pages as a visitor meets them: addresses, titles, and where on a page things stand.

Positions were measured in a browser at 1280 and 390 pixels of width, so that clicks of made-up
visitors lie on the cards of the real pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal
from urllib.parse import quote_plus

from collector.demo import catalogue
from collector.demo.catalogue import Category, Product, Room
from collector.demo.texts import SEARCHES

Kind = Literal["home", "category", "product", "cart", "inspire", "room", "search", "thanks"]
# The protocol's target, in wire names.
Target = dict[str, str]
# x, y, width, height in CSS pixels; x counts from the left edge of the page's column.
Box = tuple[float, float, float, float]
# Columns, x step, top, y step, width, height.
Grid = tuple[int, float, float, float, float, float]

COLUMN = 1180
HEIGHTS: dict[Kind, tuple[int, int]] = {
    "home": (3855, 7138),
    "category": (2700, 4650),
    "product": (2771, 4856),
    "cart": (1576, 2038),
    "inspire": (1881, 2278),
    "room": (2362, 2834),
    "search": (1715, 3298),
    "thanks": (1303, 1425),
}
_GRIDS: dict[str, tuple[Grid, Grid]] = {
    "popular": ((4, 300.5, 1027, 395, 279, 367), (1, 0, 1201, 446, 358, 426)),
    "found": ((4, 300.5, 254, 395, 279, 367), (1, 0, 304, 446, 358, 426)),
    "results": ((3, 400, 399, 468, 379, 442), (1, 0, 490, 446, 358, 426)),
    "related": ((4, 300.5, 1641, 395, 279, 367), (1, 0, 2304, 438, 358, 426)),
    "in-room": ((4, 300.5, 1306, 320, 279, 293), (1, 0, 910, 380, 358, 352)),
    "shelves": ((4, 300, 697, 212, 282, 212), (2, 185, 844, 143, 173, 130)),
    "rooms": ((2, 599, 2298, 406, 581, 388), (1, 0, 5315, 257, 358, 239)),
    "all-rooms": ((2, 599, 324, 406, 581, 388), (1, 0, 455, 257, 358, 239)),
}


def _boxes(grid: str, index: int) -> tuple[Box, Box]:
    """Where the card at `index` stands: on a wide page, on a narrow one."""
    if grid == "results" and index == 0:
        wide: Box = (0, 399, 779, 442)
    else:
        # The first of a shelf takes two places.
        place = index + 1 if grid == "results" else index
        columns, dx, top, dy, width, height = _GRIDS[grid][0]
        wide = (place % columns * dx, top + place // columns * dy, width, height)
    columns, dx, top, dy, width, height = _GRIDS[grid][1]
    return wide, (index % columns * dx, top + index // columns * dy, width, height)


@dataclass(frozen=True, slots=True)
class Card:
    """Something to click. `target` and `add` are shared by all events that name them: never change them."""

    path: str
    target: Target
    image_url: str
    boxes: tuple[Box, Box]
    product: Product | None = None
    add: Target = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `cards` are products; `ways` lead to shelves and rooms; `images` are (url, product id)."""

    kind: Kind
    url: str
    title: str
    heights: tuple[int, int]
    cards: tuple[Card, ...] = ()
    weights: tuple[float, ...] = ()
    ways: tuple[Card, ...] = ()
    images: tuple[tuple[str, str | None], ...] = ()
    product: Product | None = None
    text: str = ""


# Popularity by Zipf's law: bestsellers of all shelves first, then the seconds, and so on.
_RANKED = [shelf[i] for i in range(5) for shelf in catalogue.BY_CATEGORY.values() if i < len(shelf)]
POPULARITY: dict[str, float] = {p.id: 1 / (rank + 1) for rank, p in enumerate(_RANKED)}


class Site:
    """Every page of the shop at `shop_url`, by path; searches by their text."""

    def __init__(self, shop_url: str) -> None:
        self.origin = shop_url.rstrip("/")
        tiles = self._ways("shelves", "#shelves", catalogue.CATEGORIES)
        rooms = self._ways("rooms", "#rooms", catalogue.ROOMS)
        every_room = self._ways("all-rooms", "#room > ul", catalogue.ROOMS)
        popular = self._cards("popular", catalogue.POPULAR)
        self.pages: dict[str, Page] = {
            "/": self._page("home", "/", "Made to be kept", popular, tiles + rooms),
            "/cart": self._page("cart", "/cart", "Cart"),
            "/thanks": self._page("thanks", "/thanks", "Order placed"),
            "/inspire": self._page("inspire", "/inspire", "Inspiration", (), every_room),
        }  # fmt: skip
        for category in catalogue.CATEGORIES:
            cards = self._cards("results", catalogue.BY_CATEGORY[category.id])
            self.pages[category.path] = self._page("category", category.path, category.name, cards)
        for product in catalogue.PRODUCTS:
            cards = self._cards("related", catalogue.goes_with(product))
            self.pages[product.path] = self._page("product", product.path, product.name, cards, (), product)
        for room in catalogue.ROOMS:
            used = tuple(p for p in catalogue.PRODUCTS if p.id in room.products)
            name = f"{room.name} · Inspiration"
            self.pages[room.path] = self._page("room", room.path, name, self._cards("in-room", used))
        self.searches = {text: self._search(text) for text in SEARCHES}
        self.products = tuple(self.pages[p.path] for p in catalogue.PRODUCTS)
        self.product_weights = tuple(accumulate(POPULARITY[p.id] for p in catalogue.PRODUCTS))

    def _page(
        self,
        kind: Kind,
        path: str,
        name: str,
        cards: tuple[Card, ...] = (),
        ways: tuple[Card, ...] = (),
        product: Product | None = None,
    ) -> Page:
        images: list[tuple[str, str | None]] = []
        if product is not None:
            images += [
                (self.origin + product.image, product.id),
                (self.origin + product.close_up, product.id),
            ]
        images += [(card.image_url, card.product.id if card.product else None) for card in ways + cards]
        if kind == "room":
            images.insert(0, (f"{self.origin}/img/room-{path.rpartition('/')[2]}.svg", None))
        weights = tuple(accumulate(POPULARITY[card.product.id] for card in cards if card.product))
        return Page(
            kind,
            self.origin + path,
            catalogue.title(name),
            HEIGHTS[kind],
            cards,
            weights,
            ways,
            tuple(images),
            product,
        )

    def _search(self, text: str) -> Page:
        cards = self._cards("found", catalogue.find(text))
        page = self._page("search", f"/search?q={quote_plus(text)}", "Search", cards)
        rows = -(-len(cards) // 4)
        heights = (925 + 395 * rows if cards else 1390, 1068 + 446 * len(cards) if cards else 1600)
        return Page("search", page.url, page.title, heights, cards, page.weights, (), page.images, None, text)

    def _cards(self, grid: str, products: tuple[Product, ...]) -> tuple[Card, ...]:
        name = "results" if grid == "found" else grid
        section = "room" if grid == "in-room" else name
        return tuple(
            Card(
                path=product.path,
                target={
                    "tag": "a",
                    "role": "link",
                    "label": product.name,
                    "selector": f"#{name} > li:nth-child({index + 1}) > article > a",
                    "href": self.origin + product.path,
                    "section": section,
                    "product_id": product.id,
                },
                image_url=self.origin + product.image,
                boxes=_boxes(grid, index),
                product=product,
                add={
                    "tag": "button",
                    "role": "button",
                    "label": f"Add {product.name} to cart",
                    "selector": f"#{name} > li:nth-child({index + 1}) > article > div > button",
                    "section": section,
                    "product_id": product.id,
                },
            )
            for index, product in enumerate(products)
        )

    def _ways(self, grid: str, selector: str, places: Sequence[Category | Room]) -> tuple[Card, ...]:
        def image(place: Category | Room) -> str:
            return place.image if isinstance(place, Room) else catalogue.BY_CATEGORY[place.id][2].image

        return tuple(
            Card(
                path=place.path,
                target={
                    "tag": "a",
                    "role": "link",
                    "label": place.name,
                    "selector": f"{selector} > li:nth-child({index + 1}) > a",
                    "href": self.origin + place.path,
                    "section": "room" if grid == "all-rooms" else grid,
                },
                image_url=self.origin + image(place),
                boxes=_boxes(grid, index),
            )
            for index, place in enumerate(places)
        )
