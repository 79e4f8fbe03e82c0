"""A number opens the sessions it was counted in; where no filter tells these, the page says what opens instead."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.dashboards.conftest import PHONE, ask, settled, whole
from tests.support.collector import ORIGIN, Collector, batch, event, now_ms, uuid7

Visit = Callable[..., Page]
Window = dict[str, int]


def opened(link: Locator, filled: Collector, window: Window) -> Any:
    """The figures of the sessions a link leads to."""
    address = urlsplit(link.get_attribute("href") or "")
    assert address.path == "/sessions"
    asked = {name: value for name, [value] in parse_qs(address.query).items() if name in ("filter", "segment")}
    assert asked
    return ask(filled, "/v1/summary", window, **asked)["current"]


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


@pytest.mark.parametrize(
    ("place", "title", "by"),
    [
        ("pages", "Pages", "page"), ("origins", "Where from", "referrer"), ("origins", "Where from", "campaign"),
        ("actions", "Actions", "event"), ("actions", "Actions", "element"), ("actions", "Actions", "search"),
        ("actions", "Actions", "error"), ("things", "Products", "product"), ("things", "Products", "image"),
    ],
)  # fmt: skip
def test_a_line_of_a_list_opens_the_sessions_it_counts(
    place: str, title: str, by: str, visit: Visit, filled: Collector, window: Window
) -> None:
    page = visit("/overview", **{place: by})
    numbers = region(page, title).locator(".bar-value").all()
    assert numbers
    for number in numbers:
        assert opened(number, filled, window)["sessions"] == whole(number.inner_text())


@pytest.mark.parametrize("by", ["entry_page", "exit_page"])
def test_an_entry_or_exit_page_says_that_it_opens_all_that_saw_it(
    by: str, visit: Visit, filled: Collector, window: Window
) -> None:
    box = region(visit("/overview", pages=by), "Pages")
    expect(box).to_contain_text("A number opens all sessions that saw this page.")
    number = box.locator(".bar-value").first
    expect(number).to_have_attribute("aria-label", re.compile("opens sessions that saw this page"))
    assert opened(number, filled, window)["sessions"] >= whole(number.inner_text()) > 0


@pytest.mark.parametrize("title", ["Rage clicks", "Dead clicks", "Errors"])
def test_what_went_wrong_opens_its_sessions(title: str, visit: Visit, filled: Collector, window: Window) -> None:
    items = ask(filled, "/v1/friction", window)[title.lower().replace(" ", "_")]["items"][:10]
    links = region(visit("/friction"), title).locator("a.pain-count").all()
    assert [opened(link, filled, window)["sessions"] for link in links] == [item["sessions"] for item in items] != []


def test_clicks_of_two_elements_with_one_selector_are_told_apart(visit: Visit, filled: Collector) -> None:
    at = now_ms() - 30_000
    pressed = [("/stuck/a", "Pay"), ("/stuck/a", "Pay"), ("/stuck/a", "Back"), ("/stuck/b", "Pay")]
    for path, label in pressed:
        target = {"tag": "button", "label": label, "selector": "form > button"}
        one = event("rage_click", at=at, url=f"{ORIGIN}{path}", target=target, count=4)
        assert filled.send(batch(one, session_id=uuid7())).json()["accepted"] == 1
    here = {"from": at - 1000, "to": at + 60_000}
    filled.rows_when(len(pressed), **here, event="rage_click")
    page = visit("/friction", **here, filter='{"field":"path","starts_with":"/stuck/"}')
    links = region(page, "Rage clicks").locator("a.pain-count").all()
    assert [opened(link, filled, here)["sessions"] for link in links] == [2, 1, 1]


@pytest.mark.parametrize(
    "filter", ["", '{"field":"event_name","is":"form_start"}', '{"field":"event_name","is_not":"form_submit"}']
)
def test_a_form_that_was_left_opens_the_sessions_that_left_it(
    filter: str, visit: Visit, filled: Collector, window: Window
) -> None:
    asked = {"filter": filter} if filter else {}
    forms = ask(filled, "/v1/friction", window, **asked)["forms"]
    items = [item for item in forms["items"] if item["abandoned"]]
    page = visit("/friction", **asked)
    assert whole(page.locator("[data-figure='forms'] .figure-value").inner_text()) == forms["abandoned"]
    links = region(page, "Forms left").locator("a.pain-count").all()
    assert [opened(link, filled, window)["sessions"] for link in links] == [item["abandoned"] for item in items] != []
    everywhere = page.locator("a[data-figure='forms']")
    expect(everywhere).to_have_attribute("title", "Sessions that began a form and sent none")
    assert 0 < opened(everywhere, filled, window)["sessions"] <= forms["abandoned"]


@pytest.mark.parametrize("context", [PHONE], ids=["phone"], indirect=True)
def test_what_a_number_opens_fits_a_phone(visit: Visit, page: Page) -> None:
    region(visit("/friction"), "Forms left").locator("a.pain-count").first.click()
    settled(page)
    expect(page.get_by_role("button", name="Remove the filter sessions that did not")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")


def test_a_quick_back_says_that_it_opens_all_that_saw_the_page(visit: Visit, filled: Collector, window: Window) -> None:
    items = ask(filled, "/v1/friction", window)["quick_backs"]["items"]
    page = visit("/friction")
    line = region(page, "Quick backs").get_by_role("listitem").first
    expect(line.locator("a.pain-count")).to_have_count(0)
    saw = line.get_by_role("link", name="sessions that saw this page")
    assert opened(saw, filled, window)["sessions"] >= items[0]["sessions"] > 0
    expect(page.locator("a[data-figure='quick_backs']")).to_have_count(0)


def test_the_numbers_of_an_image_open_what_they_count(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/images", order="carts")
    items = {item["image_url"]: item for item in ask(filled, "/v1/images", window, limit=60, order="carts")["items"]}
    for card in page.locator(".image-card").all()[:4]:
        item = items[card.get_attribute("data-image") or ""]
        found = [opened(link, filled, window)["interactions"] for link in card.locator(".stage-value").all()]
        assert found == [item[name] for name in ("views", "touches", "carts")]
        assert opened(card.locator(".image-frame"), filled, window)["sessions"] == item["sessions"]
