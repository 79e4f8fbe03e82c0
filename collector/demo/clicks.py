"""Spots that visitors click beside cards: the menu, the search box, the order button, forms."""

from dataclasses import dataclass

from collector.demo.catalogue import CATEGORIES, ROOMS
from collector.demo.site_map import COLUMN, Box, Card, Target

NARROW_MARGIN = 16


@dataclass(frozen=True, slots=True)
class Spot:
    """A place and what is there: `boxes` on a wide and a narrow page. `target` is shared: never change it."""

    boxes: tuple[Box, Box]
    target: Target


FEEDBACK_FORM: Target = {
    "tag": "form",
    "label": "How are we doing?",
    "selector": "#feedback",
    "section": "feedback",
}
CHECKOUT: Target = {"tag": "form", "label": "Summary", "selector": "#checkout", "section": "checkout"}
ORDER = Spot(
    ((739, 704, 414, 46), (27, 1068, 304, 46)),
    {"tag": "button", "role": "button", "label": "Place order", "selector": "#order", "section": "checkout"},
)
CLOSE_UP = Spot(
    ((116, 675, 104, 79), (116, 520, 104, 79)),
    {
        "tag": "button",
        "role": "button",
        "label": "Close-up",
        "selector": "#thumbs > li:nth-child(2) > button",
        "section": "gallery",
    },
)
PICTURE = Spot(
    ((0, 169, 656, 492), (0, 237, 358, 269)),
    {"tag": "img", "role": "img", "selector": "#picture", "section": "gallery"},
)
BUY = Spot(
    ((712, 350, 166, 52), (0, 822, 358, 52)),
    {
        "tag": "button",
        "role": "button",
        "label": "Add to cart",
        "selector": "#add",
        "section": "buy",
    },
)
SEARCH_BOX = Spot(
    ((758, 50, 180, 40), (0, 86, 358, 40)),
    {
        "tag": "input",
        "role": "textbox",
        "label": "Search the shop",
        "selector": "#search > input",
        "section": "search",
    },
)


def _link(label: str, selector: str, section: str, href: str, wide: Box, narrow: Box) -> tuple[Spot, str]:
    target: Target = {"tag": "a", "role": "link", "label": label, "selector": selector, "section": section}
    return Spot((wide, narrow), target), href


_MENU = [(category.name, category.path) for category in CATEGORIES] + [("Inspiration", "/inspire")]
_WIDE_MENU: tuple[Box, ...] = (
    (187, 51, 76, 38),
    (267, 51, 108, 38),
    (379, 51, 86, 38),
    (469, 51, 68, 38),
    (541, 51, 92, 38),
)
_NARROW_MENU: tuple[Box, ...] = (
    (-7, 130, 63, 34),
    (56, 130, 92, 34),
    (148, 130, 72, 34),
    (220, 130, 55, 34),
    (275, 130, 77, 34),
)
_NAV = [
    _link(
        name,
        f"#menu > li:nth-child({index + 1}) > a",
        "menu",
        path,
        _WIDE_MENU[index],
        _NARROW_MENU[index],
    )
    for index, (name, path) in enumerate(_MENU)
]
_NAV.append(_link("Cart", "#cart-link", "header", "/cart", (1095, 58, 85, 24), (300, 50, 58, 24)))
_CHIPS: tuple[tuple[Box, Box], ...] = (
    ((0, 254, 128, 44), (0, 332, 128, 44)),
    ((138, 254, 128, 44), (138, 332, 128, 44)),
    ((275, 254, 106, 44), (0, 385, 106, 44)),
    ((391, 254, 86, 44), (116, 385, 86, 44)),
)
_NAV += [
    _link(room.name, f"#rooms > li:nth-child({index + 1}) > a", "chips", room.path, *_CHIPS[index])
    for index, room in enumerate(ROOMS)
]


def nav(index: int) -> tuple[Spot, str]:
    """A link and its path: 0..3 the shelves, 4 Inspiration, 5 the cart, from 6 on the rooms' row."""
    return _NAV[index]


def on_card(card: Card, narrow: int, *, adding: bool = False) -> Spot:
    """The card itself, or its button."""
    if not adding:
        return Spot(card.boxes, card.target)
    x, y, width, height = card.boxes[narrow]
    button: Box = (x + width - 142, y + height - 55, 124, 36)
    return Spot((button, button), card.add)


def spot(at: Spot, width: int, across: float, down: float) -> tuple[int, int]:
    """A point inside: x and y on the page in CSS pixels; `across` and `down` are 0..1."""
    if width <= 620:
        x, y, box_width, box_height = at.boxes[1]
        left = float(NARROW_MARGIN)
        scale = (width - 2 * NARROW_MARGIN) / 358
        x, box_width = x * scale, box_width * scale
        if y > 400:
            # Pictures grow with the width, and push down what is below them.
            y *= 1 + (width - 390) / 780
    else:
        x, y, box_width, box_height = at.boxes[0]
        left = (width - min(COLUMN, width - 80)) / 2
    # Most people aim for the middle.
    px = left + x + box_width * (0.15 + 0.7 * across)
    return min(int(px), width - 1), int(y + box_height * (0.12 + 0.7 * down))
