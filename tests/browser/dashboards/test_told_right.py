"""What a panel says is what it knows: estimates and cut lists as such, faults as faults, links to what was counted."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.dashboards.conftest import ask, settled, whole
from tests.support.collector import ORIGIN, Collector, batch, event, now_ms, uuid7

Visit = Callable[..., Page]
Window = dict[str, int]


def answers(page: Page, path: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The collector's own answers, changed."""

    def change_it(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=change(answer.json()))

    page.route(re.compile(rf"{path}\?"), change_it)


def filter_in(address: str) -> Any:
    return json.loads(parse_qs(urlsplit(address).query)["filter"][0])


@pytest.mark.parametrize(
    ("path", "question"), [("/sessions", "/v1/summary"), ("/heatmap", "/v1/heatmap"), ("/heatmap", "/v1/top")]
)
def test_an_estimate_is_told_as_one(path: str, question: str, visit: Visit, page: Page) -> None:
    answers(page, question, lambda answer: answer | {"sampled": 8})
    visit(path)
    expect(page.get_by_text("Estimated from one session or visitor in 8")).to_have_count(1)


def test_images_that_are_not_all_say_of_how_many(visit: Visit, page: Page) -> None:
    answers(page, "/v1/images", lambda answer: {**answer, "items": answer["items"][:3], "total": 1812})
    visit("/images")
    expect(page.get_by_role("heading", name="3 of 1,812 images", exact=True)).to_be_visible()


@pytest.mark.parametrize("order", ["touch_rate", "cart_rate", "view_ms_median"])
def test_an_order_among_some_of_the_images_says_among_which(order: str, visit: Visit, page: Page) -> None:
    answers(page, "/v1/images", lambda answer: {**answer, "items": answer["items"][:3], "total": 1812})
    visit("/images", order=order)
    expect(page.get_by_text("Ordered among the 3 that most sessions met")).to_be_visible()


@pytest.mark.parametrize("order", ["views", "touches", "carts"])
def test_an_order_by_counts_is_of_all_images(order: str, visit: Visit, page: Page) -> None:
    answers(page, "/v1/images", lambda answer: {**answer, "items": answer["items"][:3], "total": 1812})
    with page.expect_request(re.compile(rf"/v1/images\?.*order={order}")):
        visit("/images", order=order)
    expect(page.get_by_text("Ordered among")).to_have_count(0)


def test_the_time_before_is_told_as_it_was_counted(visit: Visit, page: Page) -> None:
    before = {"previous_from": "2026-03-23T00:00:00+01:00", "previous_to": "2026-03-30T00:00:00+02:00"}
    answers(page, "/v1/summary", lambda answer: answer | before)
    visit("/overview")
    expect(page.locator("[data-figure='visitors'] .delta")).to_have_attribute(
        "title", re.compile(r"^Before \(23 Mar, 00:00.+30 Mar, 00:00\): [\d,]+$")
    )


def test_clicks_far_down_a_page_are_drawn_too(visit: Visit, filled: Collector, page: Page) -> None:
    at = now_ms() - 30_000
    clicks = [
        event("click", at=at, x=640, y=100, page_x=640, page_y=y, url=f"{ORIGIN}/endless") for y in (100, 100_000)
    ]
    session = uuid7()
    sent = batch(*clicks, session_id=session, context={"viewport": [1280, 720]})
    assert filled.send(sent).json()["accepted"] == 2
    filled.rows_when(2, session_id=session)
    visit("/heatmap", path="/endless", **{"from": at - 1000, "to": at + 60_000})
    lit = page.evaluate(
        """places => {
          const canvas = document.querySelector("canvas.heat");
          const scale = canvas.width / 1280, squeezed = canvas.height / canvas.clientHeight;
          const pen = canvas.getContext("2d");
          return places.map((y) => pen.getImageData(640 * scale, y * scale * squeezed, 1, 1).data[3]);
        }""",
        [100, 50_000, 100_000],
    )
    assert [one > 100 for one in lit] == [True, False, True]


def test_clicks_of_cells_that_were_cut_off_are_told(visit: Visit, page: Page) -> None:
    answers(page, "/v1/heatmap", lambda answer: {**answer, "clicks": 1000 + sum(cell[2] for cell in answer["cells"])})
    visit("/heatmap", path="/")
    expect(page.locator(".heat-note")).to_contain_text("1,000 of them, where fewest are, are not drawn")


@pytest.mark.parametrize("name", ["/img/one.webp", f"{ORIGIN}/nothing/two.webp"])
def test_an_image_in_a_list_that_cannot_be_loaded_says_so(name: str, visit: Visit, page: Page) -> None:
    item = {"value": name, "interactions": 2, "visitors": 1, "sessions": 1}
    answers(page, "/v1/top", lambda answer: answer | ({"items": [item]} if answer["by"] == "image" else {}))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    visit("/overview", things="image")
    line = page.get_by_role("region", name="Products", exact=True)
    expect(line.get_by_role("img", name="Image could not be loaded")).to_be_visible()
    assert "/img/one.webp" not in asked  # it is the shop's, and not to be asked of the collector


def test_a_stored_image_in_a_list_is_a_small_one(visit: Visit, page: Page) -> None:
    stored = f"/images/{'ab' * 32}"
    item = {"value": stored, "interactions": 2, "visitors": 1, "sessions": 1}
    answers(page, "/v1/top", lambda answer: answer | ({"items": [item]} if answer["by"] == "image" else {}))
    with page.expect_request(re.compile(f"{stored}/thumbnail.width=64$")):
        visit("/overview", things="image")


def test_an_image_with_a_broken_address_is_listed_by_it(visit: Visit, page: Page) -> None:
    item = {"value": "/img/50%off.webp", "interactions": 2, "visitors": 1, "sessions": 1}
    answers(page, "/v1/top", lambda answer: answer | ({"items": [item]} if answer["by"] == "image" else {}))
    visit("/overview", things="image")
    expect(page.get_by_role("region", name="Products", exact=True).locator(".bar-name")).to_have_text("50%off.webp")


def test_a_fault_of_the_page_is_told_in_its_panel(visit: Visit, trouble: list[str], page: Page) -> None:
    answers(page, "/v1/summary", lambda answer: answer | {"current": None})
    visit("/overview")  # settled: no panel waits for ever
    expect(page.get_by_role("region", name="Figures").get_by_role("alert")).to_contain_text("This can't be shown")
    assert trouble
    trouble.clear()


def test_the_links_of_a_heat_map_keep_its_device(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/heatmap", path="/", device="mobile")
    here = [{"field": "event_name", "is": "click"}, {"field": "path", "is": "/"}, {"field": "device", "is": "mobile"}]
    clicks = page.locator(".heat-note a")
    wanted = filter_in(clicks.get_attribute("href") or "")
    assert wanted == {"and": here}
    found = ask(filled, "/v1/summary", window, filter=json.dumps(wanted))["current"]
    assert found["interactions"] == whole(clicks.inner_text().split()[0]) > 0
    line = page.get_by_role("region", name="Clicked most here").locator(".bar-value").first
    assert filter_in(line.get_attribute("href") or "")["and"][:3] == here


def test_the_filter_of_a_referrer_is_its_domain_and_no_part_of_another(
    visit: Visit, filled: Collector, page: Page
) -> None:
    at = now_ms() - 30_000
    came = [
        "https://t.co/abc", "http://www.t.co", "https://t.co:8443/x", "https://reddit.com/r", "https://x.test/?u=https://t.co/",
    ]  # fmt: skip
    for referrer in came:
        seen = event("page_view", at=at, url=f"{ORIGIN}/came", referrer=referrer)
        assert filled.send(batch(seen, session_id=uuid7(), visitor_id=uuid7())).json()["accepted"] == 1
    here = {"from": at - 1, "to": at + 1}
    filled.rows_when(len(came), **here)
    visit("/overview", **here)
    page.get_by_role("region", name="Where from").get_by_role("button", name="t.co", exact=True).click()
    settled(page)
    expect(page.get_by_role("button", name="referrer is on t.co", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="all of these")).to_have_count(0)
    assert whole(page.locator("[data-figure='sessions'] .figure-value").inner_text()) == 3


def test_a_filter_without_a_value_is_refused_in_the_form(visit: Visit) -> None:
    page = visit("/overview")
    before = page.url
    page.get_by_role("button", name="+ Filter").click()
    form = page.get_by_role("dialog", name="Add a filter")
    form.get_by_label("Operator").select_option("contains")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_role("alert")).to_contain_text("Write a value")
    assert page.url == before
    form.get_by_label("Value").fill("A | Shop")
    form.get_by_role("button", name="Add").click()
    settled(page)
    assert filter_in(page.url) == {"field": "path", "contains": "A | Shop"}
