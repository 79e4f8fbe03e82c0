"""The parts that follow the core: what happens without them, who lets them in, what they show."""

import re

import pytest
from playwright.sync_api import BrowserContext, Route

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import CHUNKS, Answer, Site
from tests.support.collector import eventually

MORE = next(name for name, path in CHUNKS.items() if path.name == "more.js")
CSP = "default-src 'none'; img-src data:; script-src 'self'; connect-src 'self'"


def test_a_page_whose_part_never_comes_still_tells_its_clicks(
    site: Site, visit: Visit, profile: BrowserContext
) -> None:
    profile.route(f"**/{MORE}", lambda route: route.abort())
    page = visit("<button>Buy</button>")
    page.click("button")
    assert site.wait_event("click")["target"]["label"] == "Buy"
    page.evaluate("ix('track', 'said')")
    assert site.wait_event("custom")["name"] == "said"


def test_a_part_with_other_bytes_than_its_name_says_is_not_run(
    site: Site, visit: Visit, profile: BrowserContext
) -> None:
    profile.route(
        f"**/{MORE}",
        lambda route: route.fulfill(
            body="window.evil = 1", content_type="text/javascript", headers={"access-control-allow-origin": "*"}
        ),
    )
    page = visit("<button>Buy</button>")
    page.click("button")
    site.wait_event("click")
    assert page.evaluate("window.evil") is None


def test_a_route_before_the_part_came_is_told(site: Site, profile: BrowserContext) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    profile.route(f"**/{MORE}", hold)
    page = profile.new_page()
    page.goto(site.add_page("/start", ""), wait_until="commit")
    page.wait_for_function("window.ix && ix.on")
    page.evaluate("history.pushState(0, '', '/second')")
    page.wait_for_function("document.querySelector('script[integrity]')")
    eventually(lambda: page.evaluate("true") and held)[0].continue_()  # the page asks before we hear of it
    event = site.wait_event("navigate")
    assert (event["from_url"], event["url"]) == (site.url + "/start", site.url + "/second")


def test_a_strict_content_policy_lets_everything_run(site: Site, visit: Visit, profile: BrowserContext) -> None:
    site.page_headers = {"content-security-policy": CSP}
    site.pages["/strict"] = (
        "<!doctype html><link rel=icon href=data:,><title>Strict</title>"
        "<script async src=/s/v1.js data-key=pk_test data-flush=30 data-debug></script><form><input id=a></form>"
    )
    page = profile.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(site.url + "/strict")
    page.locator("[data-ix-ignore] section").wait_for()
    page.fill("#a", "secret")
    assert site.wait_event("type")["target"]["selector"] == "#a"
    assert not [text for text in said if "Content Security Policy" in text]


def test_the_overlay_shows_each_event_and_reports_none_of_itself(site: Site, visit: Visit) -> None:
    page = visit("<button id=b>Buy</button>", debug="")
    overlay = page.locator("[data-ix-ignore] section")
    overlay.wait_for()
    page.click("#b")
    site.wait_event("click")
    overlay.get_by_text("click", exact=True).first.wait_for()
    before = len(site.events())
    overlay.get_by_role("button").click()
    page.evaluate("ix('track', 'after')")
    site.wait_event("custom")
    assert [event["type"] for event in site.events()][before:] == ["custom"]
    assert re.fullmatch(r"ix: \d+ events", overlay.get_by_role("button").inner_text())


@pytest.mark.parametrize("page_count", [2])
def test_cookieless_keeps_nothing_in_the_browser(site: Site, visit: Visit, page_count: int) -> None:
    page = None
    for n in range(page_count):
        page = visit("<button>Buy</button>", f"/{n}", page=page, cookieless="")
        page.click("button")
        site.wait_events("click", n + 1)
        assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage), document.cookie)") == [""]
    batches = site.batches()
    assert all("visitor_id" not in batch for batch in batches)
    assert len({batch["session_id"] for batch in batches}) == page_count


def test_the_overlay_and_the_console_say_what_was_refused(site: Site, visit: Visit) -> None:
    refused = {"index": 0, "event_id": "x", "reason": "reserved_name", "message": "name: click is taken"}
    site.answers = [Answer(body={"accepted": 0, "rejected": [refused]}), Answer()]
    page = visit(debug="", flush="600000")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
    page.locator("[data-ix-ignore] section").wait_for()
    page.evaluate("ix('flush')")
    page.locator("[data-ix-ignore]").get_by_text("refused: event 0, reserved_name").wait_for()
    assert said == ["[ix] refused: reserved_name name: click is taken"]
    page.evaluate("ix('flush')")
    assert len(site.received) == 1, "what was refused is not sent again"
