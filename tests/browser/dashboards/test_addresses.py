"""Addresses that were cut off or made by hand: they are explained, and never a blank page."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboards.conftest import complaints, settled


@pytest.mark.parametrize(
    "query",
    [
        'filter={"and":5}',
        'filter={"or":5}',
        'filter={"and":[{"field":"path","is":"/"},null]}',
        'filter={"field":5,"is":1}',
        'filter={"field":"path","is":"/ca',
        "segment=5",
        'segment={"who":"session","did":{"or":[]}}',
        'segment={"who":"everybody","did":{"field":"path","is":"/"}}',
    ],
)
def test_a_filter_that_is_none_is_told_and_can_be_left(query: str, page: Page) -> None:
    page.goto(f"/overview?{quote(query, safe='=')}")
    expect(page.get_by_role("heading", name="This page can't be shown")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(f"The {query.partition('=')[0]} in its address is")
    assert complaints(page) == []
    page.get_by_role("button", name="Start over").click()
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert page.url.endswith("/overview")


def test_the_way_back_from_a_page_that_cannot_be_shown(page: Page) -> None:
    page.goto("/friction")
    settled(page)
    page.evaluate(
        """history.pushState(null, "", '/friction?filter={"and":5}'); dispatchEvent(new PopStateEvent("popstate"))"""
    )
    expect(page.get_by_role("heading", name="This page can't be shown")).to_be_visible()
    page.go_back()
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Friction")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Sessions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")


def test_a_window_beyond_all_time_is_the_usual_one(page: Page) -> None:
    page.goto("/overview?from=1e20&to=2e20")
    settled(page)
    expect(page.locator(".window-button")).to_contain_text("Last 7 days")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_steps_that_are_none_are_the_usual_ones(page: Page) -> None:
    page.goto("/journeys?steps=[null,5]")
    settled(page)
    expect(page.locator(".step-row")).to_have_count(4)
    expect(page.get_by_role("alert")).to_have_count(0)
