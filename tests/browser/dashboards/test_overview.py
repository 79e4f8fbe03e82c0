"""The overview in a real browser, on a collector with three days of visits."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboards.conftest import LOOKS, ask, complaints, settled, whole
from tests.support.collector import ADMIN_KEY, Collector

Visit = Callable[..., Page]


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def figure(page: Page, name: str) -> str:
    return page.locator(f"[data-figure='{name}'] .figure-value").inner_text()


def test_the_figures_are_those_of_the_api(visit: Visit, filled: Collector, window: dict[str, int]) -> None:
    page = visit("/overview")
    current = ask(filled, "/v1/summary", window)["current"]
    assert current["sessions"] > 50
    for name in ("visitors", "sessions", "interactions", "page_views"):
        assert whole(figure(page, name)) == current[name]
    assert figure(page, "bounce_rate").rstrip("%") == f"{current['bounce_rate'] * 100:.1f}".removesuffix(".0")


def test_the_chart_as_a_table_is_the_time_series(visit: Visit, filled: Collector, window: dict[str, int]) -> None:
    page = visit("/overview", measure="visitors", interval="day", compare="0")
    page.get_by_text("As a table").click()
    values = page.locator(".as-table tbody td").all_inner_texts()
    answer = ask(filled, "/v1/timeseries", window, measure="visitors", interval="day")
    assert [whole(value) for value in values] == answer["series"][0]["values"]


def test_a_breakdown_can_be_thinned_out(visit: Visit, filled: Collector, window: dict[str, int]) -> None:
    page = visit("/overview", by="event_name")
    answer = ask(filled, "/v1/timeseries", window, by="event_name", limit=7)
    names = page.locator(".legend button")
    expect(names).to_have_count(len(answer["series"]))
    for place, series in enumerate(answer["series"]):
        expect(names.nth(place)).to_contain_text(series["name"])
        expect(names.nth(place)).to_contain_text(f"{sum(series['values']):,}")
    names.first.click()
    expect(names.first).to_have_attribute("aria-pressed", "false")


def test_dragging_over_the_chart_sets_the_window_and_back_takes_it_away(visit: Visit, window: dict[str, int]) -> None:
    page = visit("/overview")
    box = page.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 80, steps=4)
    page.mouse.up()
    page.wait_for_function("from => new URL(location).searchParams.get('from') != from", arg=str(window["from"]))
    settled(page)
    start, end = (int(query(page)[name][0]) for name in ("from", "to"))
    length = window["to"] - window["from"]
    assert abs(start - (window["from"] + length * 0.25)) < length * 0.03
    assert abs(end - (window["from"] + length * 0.5)) < length * 0.03
    page.go_back()
    settled(page)
    assert query(page)["from"] == [str(window["from"])]


def test_the_keyboard_reads_the_chart_and_opens_what_is_behind_a_point(visit: Visit) -> None:
    page = visit("/overview", interval="day")
    chart = page.get_by_role("application", name=re.compile("over time"))
    chart.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_be_visible()
    expect(chart.locator("[aria-live]")).to_have_text(re.compile(r"interactions [\d,]+"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/sessions\?"))
    start, end = (int(query(page)[name][0]) for name in ("from", "to"))
    assert end - start == 86_400_000


def test_the_state_stays_while_moving_around(visit: Visit) -> None:
    page = visit("/overview", tz="Asia/Tokyo", bots="include", compare="0", filter='{"field":"device","is":"desktop"}')
    before: dict[str, Any] = query(page)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Sessions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    assert query(page) == before
    expect(page.get_by_role("button", name="device is desktop", exact=True)).to_be_visible()


def test_a_filter_is_added_changed_and_removed(visit: Visit, filled: Collector, window: dict[str, int]) -> None:
    page = visit("/overview")
    everything = whole(figure(page, "interactions"))
    page.get_by_role("button", name="+ Filter").click()
    form = page.get_by_role("dialog", name="Add a filter")
    form.get_by_label("Field").select_option("event_name")
    form.get_by_label("Value").fill("click | scroll")
    form.get_by_role("button", name="Add").click()
    settled(page)
    wanted = ask(filled, "/v1/summary", window, filter='{"field":"event_name","is":["click","scroll"]}')["current"]
    assert 0 < wanted["interactions"] < everything
    assert whole(figure(page, "interactions")) == wanted["interactions"]
    page.get_by_role("button", name="event is click or scroll", exact=True).click()
    form = page.get_by_role("dialog", name="Filter: event is click or scroll")
    form.get_by_label("Of whom").select_option("Sessions that did something where")
    form.get_by_label("Value").fill("add_to_cart")
    form.get_by_role("button", name="Change").click()
    settled(page)
    segment = '{"who":"session","did":{"field":"event_name","is":"add_to_cart"}}'
    carts = ask(filled, "/v1/summary", window, segment=segment)["current"]
    assert whole(figure(page, "sessions")) == carts["sessions"] > 0
    page.get_by_role("button", name="Remove the filter").click()
    settled(page)
    assert whole(figure(page, "interactions")) == everything


def test_a_window_is_typed_in_the_chosen_zone(visit: Visit) -> None:
    page = visit("/overview", tz="America/New_York")
    page.locator(".window-button").click()
    panel = page.get_by_role("dialog", name="Window of time")
    panel.get_by_label("From").fill("2026-03-08T01:30")
    panel.get_by_label("To", exact=True).fill("2026-03-08T03:30")
    panel.get_by_role("button", name="Show this window").click()
    settled(page)
    start, end = (int(query(page)[name][0]) for name in ("from", "to"))
    assert end - start == 3_600_000  # the clocks went forward in between
    assert start == 1772951400000


def test_an_empty_window_says_what_to_do(visit: Visit) -> None:
    page = visit("/overview", **{"from": 1500000000000, "to": 1500086400000, "compare": "0"})
    expect(page.get_by_text("Nothing happened in this window")).to_be_visible()
    assert figure(page, "interactions") == "0"


def test_a_filter_that_breaks_a_rule_is_explained(filled: Collector, page: Page) -> None:
    page.goto('/overview?filter={"field":"nonsense","is":1}')
    settled(page)
    expect(page.get_by_role("alert").first).to_contain_text("there is no field 'nonsense'")
    page.get_by_role("button", name="Clear").click()
    settled(page)
    expect(page.locator(".figures").get_by_role("alert")).to_have_count(0)
    assert whole(figure(page, "interactions")) > 0


def test_signing_in_and_out(browser_page: Page) -> None:
    page = browser_page
    page.goto("/overview?range=24h")
    key = page.get_by_label("API key")
    expect(key).to_be_focused()
    assert complaints(page) == []
    key.fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This key is unknown, or lacks the scope read.")).to_be_visible()
    key.fill(ADMIN_KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert query(page) == {"range": ["24h"]}
    page.get_by_role("button", name="Sign out").click()
    expect(key).to_be_visible()
    assert page.request.get("/v1/summary").status == 401


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_axe_finds_nothing_and_nothing_sticks_out(visit: Visit) -> None:
    page = visit("/overview", by="device", filter='{"field":"event_name","is":"click"}')
    assert complaints(page) == []
    page.locator(".window-button").click()
    assert complaints(page) == []
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width
