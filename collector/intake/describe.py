"""What a visitor did, in words a person would write: `user_action_description`."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from collector.intake import url as urls

_LONGEST = 200
Event = Mapping[str, Any]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _page(event: Event) -> str:
    """The page as people call it: its title, else its path."""
    if title := event.get("title"):
        return f"'{_short(title)}'"
    return urls.path(event["url"]) if event.get("url") else "the page"


def _place(url: str | None) -> str:
    return urls.path(url) if url else "another page"


_ROLES = {"a": "link", "img": "image", "textbox": "field", "searchbox": "search box", "combobox": "list"}


def _thing(event: Event) -> str:
    """The element that was acted on: its kind and its name, and the part of the page it stands in."""
    target = event.get("target") or {}
    get = target.get
    product = event.get("product_id") or get("target_product_id")
    return _phrase(get("target_role") or get("target_tag"), get("target_label"), product, get("target_section"))


@lru_cache(maxsize=16_384)
def _phrase(kind: str | None, label: str | None, product: str | None, section: str | None) -> str:
    kind = _ROLES.get(kind or "", kind or "")
    where = f" in {_short(section)}" if section else ""
    if label:
        return f"{kind} '{_short(label)}'".strip() + where
    if product:
        return f"{kind or 'something'} of product {product}{where}"
    if kind:
        return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}{where}"
    return "the page"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _clicked(event: Event) -> str:
    return f"clicked {_thing(event)}"


def _repeated(event: Event) -> str:
    times = _number(event.get("count"))
    return f"clicked {_thing(event)} {f'{times} times' if times else 'again and again'} in anger"


def _product(event: Event) -> str:
    target = event.get("target") or {}
    name = (event.get("props") or {}).get("name") or event.get("product_id") or target.get("target_product_id")
    return str(name) if name else _short(target.get("target_label") or "a product")


def _in_cart(event: Event) -> str:
    quantity = event.get("quantity")
    return f"added {f'{quantity:g} × ' if quantity not in (None, 1) else ''}{_product(event)} to the cart"


def _bought(event: Event) -> str:
    price = f" for {event['value']:g} {event.get('currency') or ''}".rstrip() if event.get("value") else ""
    return f"bought {_product(event) if event.get('product_id') else 'an order'}{price}"


def _image(event: Event) -> str:
    name = event.get("product_id") or _place(event.get("interacted_image_url")).rpartition("/")[2] or "an image"
    seconds = f" for {event['visible_ms'] / 1000:.1f} s" if event.get("visible_ms") else ""
    return f"looked at image {name}{seconds}"


def _form(verb: str) -> Callable[[Event], str]:
    def describe(event: Event) -> str:
        label = (event.get("target") or {}).get("target_label")
        return f"{verb} {f'form {chr(39)}{_short(label)}{chr(39)}' if label else 'a form'}"

    return describe


def _feedback(event: Event) -> str:
    rating = event.get("rating")
    return "gave feedback" + (f" and a rating of {rating:g}" if rating is not None else "")


def _target_path(event: Event) -> str:
    target = event.get("target") or {}
    return (
        f"'{_short(target['target_label'])}'"
        if target.get("target_label")
        else urls.clean(target.get("target_href") or "") or "a link"
    )


_WORDS: dict[str, Callable[[Event], str]] = {
    "page_view": lambda e: f"viewed {_page(e)}",
    "navigate": lambda e: f"navigated from {_place(e.get('from_url'))} to {_place(e.get('url'))}",
    "restore": lambda e: f"came back to {_page(e)}",
    "click": _clicked,
    "rage_click": _repeated,
    "dead_click": lambda e: f"clicked {_thing(e)} and nothing happened",
    "outbound": lambda e: f"left for {_target_path(e)}",
    "download": lambda e: f"downloaded {_target_path(e)}",
    "scroll": lambda e: f"scrolled to {_number(e.get('scroll_depth') or 0)} % of {_page(e)}",
    "type": lambda e: f"typed into {_thing(e)}",
    "form_start": _form("started"),
    "form_submit": _form("submitted"),
    "form_abandon": _form("left unfinished"),
    "copy": lambda e: f"copied text from {_page(e)}",
    "image_view": _image,
    "search": lambda e: f"searched for '{_short(e.get('content') or '')}'",
    "add_to_cart": _in_cart,
    "purchase": _bought,
    "error": lambda e: f"met an error: {_short(e.get('message') or 'unknown')}",
    "web_vital": lambda e: f"measured {e.get('metric') or 'a web vital'} {_number(e.get('value'))}".rstrip(),
    "feedback": _feedback,
    "message": lambda e: f"{'wrote' if (e.get('role') or 'User') == 'User' else 'was told'} in the chat",
    "custom": lambda e: f"did '{_short(e.get('name') or '')}'",
}


def describe(event: Event) -> str:
    """One sentence without a subject, such as "clicked link 'MacBook Pro 16-inch' in results"."""
    return _WORDS[event["event_name"]](event)
