"""Paths, who comes back, feedback and its search in a real browser."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboards.conftest import LOOKS, ask, complaints, settled, whole
from tests.support.collector import Collector, batch, event, eventually

Visit = Callable[..., Page]
Window = dict[str, int]


def test_paths_are_those_of_the_api_and_lead_on(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/journeys", view="paths", path="/")
    answer = ask(filled, "/v1/paths", window, path="/", direction="after", depth=4, limit=8)
    stops = page.locator(".stop")
    expect(stops).to_have_count(len(answer["nodes"]))
    expect(page.locator(".ribbon")).to_have_count(len(answer["links"]))
    for node in answer["nodes"][:5]:
        name = "other pages" if node["rest"] else node["page"]
        assert page.locator(".stop title").get_by_text(f"{name}: {node['sessions']} session", exact=False).count()
    other = next(node for node in answer["nodes"] if node["depth"] == 1 and not node["rest"] and node["page"] != "/")
    stop = page.get_by_role("link", name=f"{other['page']}: {other['sessions']} session").first
    stop.press("Enter")
    settled(page)
    expect(page).to_have_url(re.compile(re.escape("path=" + other["page"].replace("/", "%2F"))))
    page.get_by_role("radio", name="Before it").check(force=True)
    settled(page)
    before = ask(filled, "/v1/paths", window, path=other["page"], direction="before", depth=4, limit=8)
    expect(stops).to_have_count(len(before["nodes"]))


def test_cohorts_are_those_of_the_api(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/journeys", view="retention", each="day")
    answer = ask(filled, "/v1/retention", window, interval="day")
    rows = page.locator(".cohorts tbody tr")
    expect(rows).to_have_count(len(answer["cohorts"]))
    for place, cohort in enumerate(answer["cohorts"]):
        size, *shares = rows.nth(place).get_by_role("cell").all_inner_texts()
        assert whole(size) == cohort["size"]
        wanted = [number / cohort["size"] if cohort["size"] else 0 for number in cohort["returned"]]
        assert [float(share.rstrip("%")) / 100 for share in shares] == pytest.approx(wanted, abs=6e-4)
    expect(page.locator(".legend")).to_contain_text(f"{sum(answer['new_vs_returning']['new']):,}")


def test_feedback_is_shown_with_what_came_before_it(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/feedback")
    items = ask(filled, "/v1/feedback", window, limit=30)["items"]
    shown = page.locator(".words")
    expect(shown).to_have_count(len(items))
    for place, item in enumerate(items[:5]):
        expect(shown.nth(place).locator("blockquote").first).to_have_text(item.get("content") or item["expert_content"])
        expect(shown.nth(place).locator(".before li")).to_have_count(len(item["before"]))
    shown.first.get_by_role("link", name="See the session").click()
    settled(page)
    expect(page.locator(f".steps-line [data-id='{items[0]['interaction_id']}']")).to_be_visible()


def test_feedback_is_found_by_words_and_by_meaning(visit: Visit, filled: Collector, window: Window) -> None:
    at = window["to"] - 60_000
    said = "The zipper of my rucksack broke after one hike."
    sent = batch(event("feedback", at=at, text=said, rating=1), session_id="0193a5c0-0000-7000-8000-0000000000a1")
    assert filled.send(sent).json()["accepted"] == 1
    found = {**window, "q": "a defective backpack"}
    eventually(
        lambda: filled.get("/v1/search", **found, mode="hybrid", top_k=30).json()["items"],
        lambda items: any(item["content"] == said for item in items),
    )
    page = visit("/feedback")
    page.get_by_label("Search").first.fill("rucksack")
    expect(page.locator(".words")).to_have_count(1)
    expect(page.locator(".words")).to_contain_text(said)
    expect(page.get_by_role("img", name="1 of 5 stars")).to_be_visible()
    page.get_by_label("Search").first.fill("a defective backpack")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("radio", name="by meaning").check(force=True)
    settled(page)
    expect(page.locator(".words").filter(has_text=said)).to_be_visible()
    page.reload()
    settled(page)
    expect(page.get_by_label("Search").first).to_have_value("a defective backpack")
    expect(page.locator(".words").filter(has_text=said)).to_be_visible()


def test_text_is_never_markup(visit: Visit, filled: Collector, window: Window) -> None:
    evil = "<img src=x onerror='window.hurt = 1'><script>window.hurt = 1</script>"
    session = "0193a5c0-0000-7000-8000-0000000000a2"
    url = "https://shop.test/<b>evil</b>"
    events = [
        event("feedback", at=window["to"] - 50_000, text=evil, url=url),
        event(
            "click",
            at=window["to"] - 49_000,
            url=url,
            target={"label": evil, "selector": evil},
            image_url="javascript:hurt=1",
        ),
        event("rage_click", at=window["to"] - 48_000, url=url, target={"label": evil, "selector": evil}, count=3),
        event("custom", at=window["to"] - 47_000, name=evil[:60], url=url),
    ]
    assert filled.send(batch(*events, session_id=session)).json()["accepted"] == 4
    filled.rows_when(4, session_id=session)
    narrow = json.dumps({"field": "session_id", "is": session})
    for path in ("/overview", "/friction", "/feedback", f"/sessions/{session}"):
        page = visit(path, **({} if path.startswith("/sessions/") else {"filter": narrow}))
        expect(page.get_by_text("onerror").first).to_be_attached()
        assert page.locator("main script, main img[src='x']").count() == 0
        assert page.evaluate("window.hurt") is None


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_axe_finds_nothing_and_nothing_sticks_out(visit: Visit) -> None:
    for path, own in (("/journeys", {"view": "paths"}), ("/journeys", {"view": "retention"}), ("/feedback", {})):
        page = visit(path, **own)
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")
