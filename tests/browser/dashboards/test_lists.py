"""Top lists, images, friction and heat maps in a real browser: what they say, and where they lead."""

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.dashboards.conftest import LOOKS, ask, complaints, settled, whole
from tests.support.collector import ORIGIN, Collector, batch, event, now_ms, uuid7

Visit = Callable[..., Page]
Window = dict[str, int]


def filter_of(page: Page) -> object:
    """The filter in the address."""
    return json.loads(parse_qs(urlsplit(page.url).query)["filter"][0])


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_a_list_has_the_values_with_most_sessions(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/overview")
    items = ask(filled, "/v1/top", window, by="page", limit=100)["items"]
    wanted = sorted(items, key=lambda item: -item["sessions"])[:8]
    lines = panel(page, "Pages").get_by_role("listitem")
    expect(lines).to_have_count(8)
    assert [whole(text) for text in lines.locator(".bar-value").all_inner_texts()] == [
        one["sessions"] for one in wanted
    ]
    assert lines.first.locator(".bar-name").inner_text() == wanted[0]["value"]
    panel(page, "Pages").get_by_role("button", name=f"All {len(items)}").click()
    expect(lines).to_have_count(len(items))


def test_a_line_narrows_the_page_and_its_number_opens_its_sessions(visit: Visit) -> None:
    page = visit("/overview", people="browser")
    line = panel(page, "With what").get_by_role("listitem").first
    name = line.locator(".bar-name").inner_text()
    line.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/sessions"))
    assert filter_of(page) == {"field": "browser", "is": name}
    page.go_back()
    settled(page)
    line.get_by_role("button").click()
    settled(page)
    assert filter_of(page) == {"field": "browser", "is": name}
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(line.locator(".bar-name")).to_have_text(name)


@pytest.mark.parametrize("by", ["element", "search", "error", "referrer", "campaign"])
def test_the_filter_of_a_line_finds_what_the_line_counts(
    by: str, visit: Visit, filled: Collector, window: Window
) -> None:
    own = {"element": "actions", "search": "actions", "error": "actions"}.get(by, "origins")
    page = visit("/overview", **{own: by})
    lines = page.locator(f"section[aria-label='{'Actions' if own == 'actions' else 'Where from'}'] .bars li")
    if not lines.count():
        assert ask(filled, "/v1/top", window, by=by)["items"] == []
        return
    sessions = whole(lines.first.locator(".bar-value").inner_text())
    lines.first.get_by_role("button").click()
    settled(page)
    found = ask(filled, "/v1/summary", window, filter=json.dumps(filter_of(page)))["current"]
    assert found["sessions"] >= sessions > 0


def test_images_are_shown_with_their_numbers(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/images")
    items = ask(filled, "/v1/images", window, limit=60)["items"]
    cards = page.locator(".image-card")
    expect(cards).to_have_count(len(items))
    for item in items[:6]:
        card = page.locator(f".image-card[data-image='{item['image_url']}']")
        assert [whole(text) for text in card.locator(".stage-value").all_inner_texts()] == [
            item[name] for name in ("views", "touches", "carts")
        ]
    page.wait_for_function("document.querySelector('.image-frame img')?.naturalWidth > 0")
    looks = [whole(text) for text in page.locator(".image-card .stage-value:first-of-type").all_inner_texts()[::3]]
    assert looks == sorted(looks, reverse=True)


def test_images_are_ordered_and_told_as_a_table(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/images", order="cart_rate")
    page.get_by_role("radio", name="Table").check(force=True)
    settled(page)
    items = ask(filled, "/v1/images", window, limit=60)["items"]
    first = page.locator("tbody tr").first
    best = max(item["cart_rate"] for item in items)
    assert next(item for item in items if item["image_url"] == first.get_attribute("data-image"))["cart_rate"] == best
    expect(page).to_have_url(re.compile("as=table"))


def test_an_image_that_cannot_be_loaded_says_so(visit: Visit, page: Page) -> None:
    page.route(
        "**/*.svg", lambda route: route.fulfill(status=404) if "/img/" in route.request.url else route.continue_()
    )
    visit("/images")
    expect(page.get_by_role("img", name=re.compile("could not be loaded")).first).to_be_visible()


def test_friction_is_what_the_api_found(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/friction")
    answer = ask(filled, "/v1/friction", window)
    for name in ("rage_clicks", "dead_clicks", "quick_backs"):
        assert whole(page.locator(f"[data-figure='{name}'] .figure-value").inner_text()) == answer[name]["count"]
    first = answer["rage_clicks"]["items"][0]
    line = panel(page, "Rage clicks").get_by_role("listitem").first
    expect(line.locator(".pain-name")).to_have_text(first["target_label"])
    expect(line).to_contain_text(first["path"])
    assert whole(line.locator(".pain-count").inner_text().split()[0]) == first["count"]
    example = line.locator(".example").first.get_attribute("href") or ""
    events = filled.get(f"/v1{urlsplit(example).path}", limit=1000).json()["interactions"]
    assert first["target_label"] in [one.get("target_label") for one in events if one["event_name"] == "rage_click"]
    line.locator(".pain-count").click()
    expect(page).to_have_url(re.compile("/sessions"))
    found = ask(filled, "/v1/summary", window, filter=json.dumps(filter_of(page)))["current"]
    assert found["sessions"] == first["sessions"]


def test_a_heat_map_is_drawn_of_the_clicks_of_a_page(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/heatmap", path="/")
    answer = ask(filled, "/v1/heatmap", window, path="/", kind="click")
    expect(page.locator(".heat-note")).to_contain_text(f"{answer['clicks']:,} clicks")
    hottest = max(answer["cells"], key=lambda cell: cell[2])
    lit = page.evaluate(
        """([column, row]) => {
          const canvas = document.querySelector("canvas.heat");
          const { width, height } = canvas.getBoundingClientRect(); // of a long page the canvas is stretched
          const [across, down] = [canvas.width / width, canvas.height / height];
          const at = (x, y) => canvas.getContext("2d").getImageData(x * across, y * down, 1, 1).data[3];
          const told = { canvas: [canvas.width, canvas.height], shown: [width, height] };
          return [at((column + 0.5) * width / 50, (row + 0.5) * width / 50), told];
        }""",
        hottest[:2],
    )
    assert lit[0] > 100, (hottest, lit)
    page.get_by_role("radio", name="Scroll depth").check(force=True)
    settled(page)
    depths = ask(filled, "/v1/heatmap", window, path="/", kind="scroll")["depths"]
    shown = page.locator(".depth b").all_inner_texts()
    assert [float(text.rstrip("%")) / 100 for text in shown] == pytest.approx(
        [one["reached"] for one in depths], abs=6e-4
    )


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_axe_finds_nothing_and_nothing_sticks_out(visit: Visit) -> None:
    for path, own in (
        ("/images", {}),
        ("/images", {"as": "table"}),
        ("/friction", {}),
        ("/heatmap", {}),
        ("/heatmap", {"kind": "scroll"}),
    ):
        page = visit(path, **own)
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")


def test_countries_are_told_by_name(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/overview")
    sessions = {item["value"]: item["sessions"] for item in ask(filled, "/v1/top", window, by="country")["items"]}
    for code, name in (
        ("DE", "Germany"),
        ("GB", "United Kingdom"),
    ):  # most of the made-up visitors, in this order or not
        line = panel(page, "Countries").get_by_role("listitem").filter(has_text=name)
        assert whole(line.locator(".bar-value").inner_text()) == sessions[code]


def test_own_events_have_a_list_of_their_own(visit: Visit, filled: Collector) -> None:
    at = now_ms() - 30_000
    events = [event("custom", name=name, at=at, url=f"{ORIGIN}/own") for name in ("compared", "compared", "configured")]
    seen = batch(event("page_view", at=at, url=f"{ORIGIN}/own"), *events, session_id=uuid7())
    assert filled.send(seen).json()["accepted"] == 4
    filled.rows_when(1, **{"from": at, "event": "configured"})
    page = visit("/overview", **{"from": at - 1000, "to": at + 60_000})
    panel(page, "Actions").get_by_role("combobox").select_option("custom")
    settled(page)
    expect(page).to_have_url(re.compile("actions=custom"))
    assert sorted(panel(page, "Actions").locator(".bar-name").all_inner_texts()) == ["compared", "configured"]
    panel(page, "Actions").get_by_role("button", name="compared").click()
    settled(page)
    assert filter_of(page) == {"field": "event_name", "is": "compared"}


def test_a_chart_is_split_by_a_property(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/overview", filter='{"field":"event_name","is":"search"}')
    page.get_by_label("Break down").select_option("props.")
    page.get_by_label("Property").fill("query")
    page.get_by_label("Property").press("Enter")
    settled(page)
    expect(page).to_have_url(re.compile("by=props.query"))
    filter = '{"field":"event_name","is":"search"}'
    series = ask(filled, "/v1/timeseries", window, by="props.query", limit=7, filter=filter)["series"]
    assert len(series) > 2
    expect(page.locator(".legend button")).to_have_count(len(series))
    expect(page.locator(".legend button").first).to_contain_text(series[0]["name"])
    expect(page.get_by_label("Property")).to_have_value("query")
