"""What a visitor did, in words a person would write: `user_action_description`."""

from collections.abc import Callable
from functools import lru_cache

from collector.intake import url as urls
from collector.wire.compiled import NO_TARGET, Event

_LONGEST = 200


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _page(event: Event) -> str:
    """The page as people call it: its title, else its path."""
    if title := _short(event.title or ""):
        return f"'{title}'"
    return _path(event.url) if event.url else "the page"


@lru_cache(maxsize=4096)
def _path(url: str) -> str:
    return _short(urls.path(url))


def _place(url: str | None) -> str:
    return _path(url) if url else "another page"


_ROLES = {"a": "link", "img": "image", "textbox": "field", "searchbox": "search box", "combobox": "list"}


def _thing(event: Event, before: str = "") -> str:
    """The element that was acted on: its kind and its name, and the part of the page it stands in."""
    target = event.target or NO_TARGET
    product = event.product_id or target.target_product_id
    return _phrase(before, target.target_role or target.target_tag, target.target_label, product, target.target_section)


@lru_cache(maxsize=16_384)
def _phrase(before: str, kind: str | None, label: str | None, product: str | None, section: str | None) -> str:
    return before + _named(kind, label, product, section)


def _named(kind: str | None, label: str | None, product: str | None, section: str | None) -> str:
    kind = _short(_ROLES.get(kind or "", kind or ""))
    label, product, section = _short(label or ""), _short(product or ""), _short(section or "")
    where = f" in {section}" if section else ""
    if label:
        return f"{kind} '{label}'".strip() + where
    if product:
        return f"{kind or 'something'} of product {product}{where}"
    if kind:
        return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}{where}"
    return "the page"


def _number(value: float | None) -> str:
    """As people write it: a price keeps its cents, a million its zeros."""
    return "" if value is None else f"{value:.12g}"


def _clicked(event: Event) -> str:
    return _thing(event, "clicked ")


def _repeated(event: Event) -> str:
    times = _number(event.count)
    return f"clicked {_thing(event)} {f'{times} times' if times else 'again and again'} in anger"


def _product(event: Event) -> str:
    target = event.target or NO_TARGET
    name = (event.props or {}).get("name") or event.product_id or target.target_product_id
    return _short(str(name or "")) or _short(target.target_label or "") or "a product"


def _in_cart(event: Event) -> str:
    quantity = event.quantity
    return f"added {f'{_number(quantity)} × ' if quantity not in (None, 1) else ''}{_product(event)} to the cart"


def _bought(event: Event) -> str:
    price = f" for {_number(event.value)} {_short(event.currency or '')}".rstrip() if event.value else ""
    return f"bought {_product(event) if event.product_id else 'an order'}{price}"


def _image(event: Event) -> str:
    name = _short(event.product_id or "") or _path(event.interacted_image_url or "").rpartition("/")[2]
    seconds = f" for {event.visible_ms / 1000:.1f} s" if event.visible_ms else ""
    return f"looked at {f'image {name}' if name else 'an image'}{seconds}"


def _form(event: Event) -> str:
    label = _short((event.target or NO_TARGET).target_label or "")
    return f"form '{label}'" if label else "a form"


def _scrolled(event: Event) -> str:
    depth = event.scroll_depth
    return f"scrolled on {_page(event)}" if depth is None else f"scrolled to {depth:.0f} % of {_page(event)}"


def _searched(event: Event) -> str:
    text = _short(event.content or "")
    return f"searched for '{text}'" if text else "searched"


def _measured(event: Event) -> str:
    value = event.value
    return f"measured {_short(event.metric or '') or 'a web vital'}{'' if value is None else f' {value:g}'}"


def _feedback(event: Event) -> str:
    rating = event.rating
    return "gave feedback" + (f" and a rating of {_number(rating)}" if rating is not None else "")


def _goal(event: Event) -> str:
    """Where a link leads: its name, else its address, else nothing."""
    target = event.target or NO_TARGET
    label = _short(target.target_label or "")
    return f"'{label}'" if label else _short(urls.clean(target.target_href or ""))


_WORDS: dict[str, Callable[[Event], str]] = {
    "page_view": lambda e: f"viewed {_page(e)}",
    "navigate": lambda e: f"navigated from {_place(e.from_url)} to {_place(e.url)}",
    "restore": lambda e: f"came back to {_page(e)}",
    "click": _clicked,
    "rage_click": _repeated,
    "dead_click": lambda e: f"clicked {_thing(e)} and nothing happened",
    "outbound": lambda e: f"left for {_goal(e) or 'another site'}",
    "download": lambda e: f"downloaded {_goal(e) or 'a file'}",
    "scroll": _scrolled,
    "type": lambda e: f"typed into {_thing(e)}",
    "form_start": lambda e: f"started {_form(e)}",
    "form_submit": lambda e: f"submitted {_form(e)}",
    "form_abandon": lambda e: f"left {_form(e)} unfinished",
    "copy": lambda e: f"copied text from {_page(e)}",
    "image_view": _image,
    "search": _searched,
    "add_to_cart": _in_cart,
    "purchase": _bought,
    "error": lambda e: f"met an error: {_short(e.message or '') or 'unknown'}",
    "web_vital": _measured,
    "feedback": _feedback,
    "message": lambda e: f"{'wrote' if (e.role or 'User') == 'User' else 'was told'} in the chat",
    "custom": lambda e: f"did '{_short(e.name or '')}'",
}


def describe(event: Event) -> str:
    """One sentence without a subject, such as "clicked link 'MacBook Pro 16-inch' in results"."""
    return _WORDS[event.event_name](event)
