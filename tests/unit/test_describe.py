"""What a visitor did, in words a person would write; also when the page told little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.interaction import ACTION_OF
from tests.unit.making import Json, event, row

LINK = {
    "tag": "a",
    "role": "link",
    "label": "MacBook Pro 16-inch",
    "section": "results",
    "href": "https://x.example/a?token=1",
}
PAGE: Json = {"url": "https://shop.example/categories/laptops", "title": "Laptops"}
TOLD: list[tuple[str, Json, str]] = [
    ("page_view", PAGE, "viewed 'Laptops'"),
    ("page_view", {"url": PAGE["url"]}, "viewed /categories/laptops"),
    ("navigate", {**PAGE, "from_url": "https://shop.example/"}, "navigated from / to /categories/laptops"),
    ("restore", PAGE, "came back to 'Laptops'"),
    ("click", {"target": LINK}, "clicked link 'MacBook Pro 16-inch' in results"),
    ("click", {"target": {"tag": "a", "label": "Shoes"}}, "clicked link 'Shoes'"),
    ("click", {"target": {"tag": "img", "product_id": "mbp-16"}}, "clicked image of product mbp-16"),
    ("click", {"target": {"tag": "img"}, "product_id": "mbp-16"}, "clicked image of product mbp-16"),
    ("click", {"target": {"tag": "button"}}, "clicked a button"),
    ("click", {"target": {"tag": "img", "section": "header"}}, "clicked an image in header"),
    ("click", {"target": {"label": " Buy \n  now "}}, "clicked 'Buy now'"),
    ("rage_click", {"target": {"tag": "button", "label": "Buy"}, "count": 5}, "clicked button 'Buy' 5 times in anger"),
    ("dead_click", {"target": {"tag": "img"}}, "clicked an image and nothing happened"),
    ("outbound", {"target": LINK}, "left for 'MacBook Pro 16-inch'"),
    ("outbound", {"target": {"href": "https://x.example/a?token=1&b=2"}}, "left for https://x.example/a?b=2"),
    ("download", {"target": {"href": "/manual.pdf"}}, "downloaded /manual.pdf"),
    ("scroll", {**PAGE, "depth": 75}, "scrolled to 75 % of 'Laptops'"),
    ("scroll", {**PAGE, "depth": 33.333333333}, "scrolled to 33 % of 'Laptops'"),
    ("type", {"target": {"role": "searchbox", "label": "Search"}}, "typed into search box 'Search'"),
    ("form_start", {"target": {"label": "Checkout"}}, "started form 'Checkout'"),
    ("form_submit", {"target": {"label": "Checkout"}}, "submitted form 'Checkout'"),
    ("form_abandon", {"target": {"label": "Checkout"}}, "left form 'Checkout' unfinished"),
    ("copy", PAGE, "copied text from 'Laptops'"),
    ("image_view", {"product_id": "mbp-16", "visible_ms": 4250}, "looked at image mbp-16 for 4.2 s"),
    ("image_view", {"image_url": "https://x.example/img/lamp.webp?sig=1"}, "looked at image lamp.webp"),
    ("search", {"text": "warm lamp"}, "searched for 'warm lamp'"),
    ("add_to_cart", {"product_id": "lamp", "quantity": 2}, "added 2 × lamp to the cart"),
    ("add_to_cart", {"product_id": "l", "props": {"name": "Dome lamp"}, "quantity": 1}, "added Dome lamp to the cart"),
    ("add_to_cart", {"target": {"label": "Add Dome lamp"}}, "added Add Dome lamp to the cart"),
    ("purchase", {"product_id": "lamp", "value": 12999.99, "currency": "EUR"}, "bought lamp for 12999.99 EUR"),
    ("purchase", {"value": 1_250_000, "currency": "JPY"}, "bought an order for 1250000 JPY"),
    ("purchase", {"value": 0.3}, "bought an order for 0.3"),
    ("error", {"message": "x is undefined"}, "met an error: x is undefined"),
    ("web_vital", {"metric": "LCP", "value": 2512.4}, "measured LCP 2512.4"),
    ("feedback", {"text": "Nice", "rating": 4}, "gave feedback and a rating of 4"),
    ("message", {"text": "Hello"}, "wrote in the chat"),
    ("message", {"text": "Hello", "role": "Assistant"}, "was told in the chat"),
    ("custom", {"name": "wishlist_opened"}, "did 'wishlist_opened'"),
]
UNTOLD = {
    "page_view": "viewed the page",
    "navigate": "navigated from another page to another page",
    "restore": "came back to the page",
    "click": "clicked the page",
    "rage_click": "clicked the page again and again in anger",
    "dead_click": "clicked the page and nothing happened",
    "outbound": "left for another site",
    "download": "downloaded a file",
    "scroll": "scrolled on the page",
    "type": "typed into the page",
    "form_start": "started a form",
    "form_submit": "submitted a form",
    "form_abandon": "left a form unfinished",
    "copy": "copied text from the page",
    "image_view": "looked at an image",
    "search": "searched",
    "add_to_cart": "added a product to the cart",
    "purchase": "bought an order",
    "error": "met an error: unknown",
    "web_vital": "measured a web vital",
    "feedback": "gave feedback",
    "message": "wrote in the chat",
    "custom": "did 'x'",
}
NAMED: Json = {"name": "x"}


@pytest.mark.parametrize(("kind", "fields", "words"), TOLD)
def test_the_words_say_what_was_done(kind: str, fields: Json, words: str) -> None:
    assert words == row(type=kind, **fields)["user_action_description"]


@pytest.mark.parametrize("kind", sorted(ACTION_OF))
@pytest.mark.parametrize("empty", ["absent", "null", "blank"])
def test_missing_fields_leave_a_whole_sentence(kind: str, empty: str) -> None:
    fields: Json = dict(NAMED) if kind == "custom" else {}
    texts = ("url", "title", "text", "image_url", "from_url", "product_id", "message", "metric", "role")
    if empty == "null":
        fields |= dict.fromkeys(
            (*texts, "target", "props", "value", "count", "depth", "quantity", "rating", "visible_ms")
        )
    if empty == "blank":
        fields |= dict.fromkeys(texts, "") | {"target": dict.fromkeys(("tag", "role", "label", "href", "section"), "")}
    assert UNTOLD[kind] == row(type=kind, **fields)["user_action_description"]


@pytest.mark.parametrize("kind", ["click", "page_view", "search", "form_submit", "outbound", "error"])
def test_text_of_white_space_is_no_name(kind: str) -> None:
    fields = {"title": " \n", "text": "\t", "message": " ", "target": {"label": "  ", "tag": " ", "section": "\n"}}
    assert UNTOLD[kind] == row(type=kind, **fields)["user_action_description"]


@pytest.mark.parametrize("kind", sorted(ACTION_OF))
def test_no_description_is_longer_than_a_few_lines(kind: str) -> None:
    long = "x" * 900
    target = dict.fromkeys(("tag", "role", "label", "section"), long) | {"href": "/" + "y" * 8000}
    fields: Json = {"target": target, "title": long, "text": long, "message": long, "props": {"name": "z" * 8000}}
    fields |= {"name": "n" * 128} if kind == "custom" else {}
    fields |= {"url": "/" + "u" * 8000, "image_url": "/" + "i" * 8000, "from_url": "/" + "f" * 8000, "metric": long}
    assert len(row(type=kind, **fields)["user_action_description"]) <= 640
    fields |= {"target": {**target, "label": None}, "title": None}
    assert len(row(type=kind, **fields)["user_action_description"]) <= 640


def test_addresses_in_descriptions_hold_no_secrets() -> None:
    secret = "https://anna:pw@shop.example/u/anna@example.com/x?token=abc#t"
    for kind in sorted(set(ACTION_OF) - {"custom"}):
        words = row(type=kind, url=secret, from_url=secret, image_url=secret, target={"href": secret})
        assert not [found for found in ("anna", "pw", "abc") if found in words["user_action_description"]]


@given(st.sampled_from(sorted(set(ACTION_OF) - {"custom"})), st.text(max_size=300), st.floats(0, 100))
def test_any_text_makes_one_line(kind: str, text: str, number: float) -> None:
    words = row(
        type=kind, title=text, text=text, message=text, metric=text, product_id=text[:256], currency=text[:16],
        depth=number, count=number, value=number, quantity=number, rating=number,
        target={"label": text, "tag": text, "section": text},
    )["user_action_description"]  # fmt: skip
    assert [words] == words.splitlines()
    assert words == words.strip()


def test_a_description_is_made_from_the_event_as_sent() -> None:
    assert "searched for 'x'" == row(**{**event(), "type": "search", "text": "x"})["user_action_description"]
