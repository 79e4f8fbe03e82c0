"""Sessions, one session and funnels in a real browser: what they say, and where they lead."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.dashboards.conftest import LOOKS, ask, complaints, settled, whole
from tests.support.collector import Collector

Visit = Callable[..., Page]
Window = dict[str, int]
STEPS = [{"field": "event_name", "is": name} for name in ("page_view", "image_view", "add_to_cart")]


def test_sessions_are_those_of_the_api_and_go_on(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/sessions")
    first = ask(filled, "/v1/sessions", window, limit=50)
    total = ask(filled, "/v1/summary", window)["current"]["sessions"]
    expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(rf"^{total:,} sessions of"))
    lines = page.locator(".sessions > li")
    expect(lines).to_have_count(50)
    shown = [line.get_attribute("data-session") for line in lines.all()]
    assert shown == [session["session_id"] for session in first["sessions"]]
    expect(lines.first).to_contain_text(first["sessions"][0]["entry_page"])
    while (more := page.get_by_role("button", name="Show more")).count():
        before = lines.count()
        more.click()
        page.wait_for_function("before => document.querySelectorAll('.sessions > li').length > before", arg=before)
    expect(lines).to_have_count(total)


def test_a_session_is_told_from_its_first_to_its_last_interaction(
    visit: Visit, filled: Collector, window: Window
) -> None:
    sessions = ask(filled, "/v1/sessions", window, limit=50)["sessions"]
    longest = max(sessions, key=lambda session: session["interactions"])
    page = visit("/sessions")
    page.locator(f"[data-session='{longest['session_id']}'] a").click()
    expect(page).to_have_url(re.compile(f"/sessions/{longest['session_id']}"))
    settled(page)
    answer = filled.get(f"/v1/sessions/{longest['session_id']}").json()
    steps = page.locator(".steps-line > li[data-id]")
    expect(steps).to_have_count(len(answer["interactions"]))
    shown = [step.get_attribute("data-id") for step in steps.all()]
    assert shown == [str(row["interaction_id"]) for row in answer["interactions"]]
    expect(steps.first).to_contain_text(answer["interactions"][0]["user_action_description"])
    steps.first.locator("summary").press("Enter")
    expect(steps.first.locator("dl").filter(has_text=answer["interactions"][0]["event_id"])).to_be_visible()
    page.get_by_role("link", name="← All sessions").click()
    expect(page.locator(".sessions > li").first).to_be_visible()


def test_a_session_that_is_not_there(visit: Visit) -> None:
    page = visit("/sessions/nobody")
    expect(page.get_by_role("alert").first).to_be_visible()


def test_a_funnel_is_what_the_api_answers(visit: Visit, filled: Collector, window: Window) -> None:
    steps = json.dumps(STEPS)
    page = visit("/journeys", steps=steps, by="device")
    answer = ask(filled, "/v1/funnel", window, steps=steps, window=86400, who="session", by="device")
    counts = [whole(text) for text in page.locator(".funnel-count").all_inner_texts()]
    assert counts == [step["count"] for step in answer["steps"]]
    assert counts[0] > counts[-1] > 0
    first = answer["breakdown"][0]
    row = page.get_by_role("row").filter(has_text=first["value"]).first
    expect(row.get_by_role("cell").first).to_have_text(f"{first['steps'][0]:,}")


def test_the_steps_of_a_funnel_are_edited_and_stay_in_the_address(visit: Visit) -> None:
    page = visit("/journeys", steps=json.dumps(STEPS))
    page.get_by_label("Step 2: remove").click()
    settled(page)
    expect(page.locator(".funnel-step")).to_have_count(2)
    page.get_by_role("button", name="+ Step").click()
    settled(page)
    page.get_by_label("Step 3: kind").select_option(label="page")
    settled(page)
    page.get_by_label("Step 3: value").fill("/cart")
    page.get_by_label("Step 3: value").press("Tab")
    expect(page.locator(".funnel-name").last).to_have_text("On /cart")
    page.reload()
    settled(page)
    assert page.locator(".funnel-name").all_inner_texts() == ["Saw a page", "Put something into the cart", "On /cart"]


def test_those_who_fell_out_of_a_funnel_are_a_click_away(visit: Visit, filled: Collector, window: Window) -> None:
    page = visit("/journeys", steps=json.dumps(STEPS[::2]))
    page.locator(".lost").click()
    expect(page).to_have_url(re.compile("/sessions"))
    settled(page)
    segment = [{"who": "session", "did": STEPS[0]}, {"who": "session", "did": STEPS[2], "not": True}]
    found = ask(filled, "/v1/summary", window, segment=json.dumps(segment))["current"]
    expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(rf"^{found['sessions']:,} session"))


def test_people_here_now_are_on_the_overview(visit: Visit, filled: Collector) -> None:
    page = visit("/overview")
    here = filled.get("/v1/now").json()["visitors"]
    expect(page.locator("a.now")).to_have_text(re.compile(rf"^{here} (person|people) here now"))


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_axe_finds_nothing_and_nothing_sticks_out(visit: Visit) -> None:
    for path, own in (("/sessions", {}), ("/journeys", {"by": "device"})):
        page = visit(path, **own)
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")
    visit("/sessions").locator(".sessions a").first.click()
    settled(page)
    page.locator(".steps-line summary").first.click()
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")
