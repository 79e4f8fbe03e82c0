"""Page views, routes of single-page applications, and pages that come back from the cache."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.snippet.conftest import PARTS_ARE_THERE, Visit
from tests.browser.snippet.server import UUID7, Site

NO_NAVIGATION_API = "window.navigation = undefined;"


def test_a_page_view_carries_all_that_holds_for_the_page(site: Site, visit: Visit) -> None:
    site.pages["/from"] = "<!doctype html><title>x</title><a href='/laptops?page=2'>go</a>"
    site.add_page("/laptops", "<h1>Laptops</h1>", source="ecommerce", agent_version="v1.0")
    page = visit("", "/other")
    site.wait_events("page_view")
    page.goto(site.url + "/from?token=hidden#x")
    page.click("a")
    site.wait_events("page_view", 2)

    batch = site.batches()[-1]
    [event] = batch["events"]
    assert event["type"] == "page_view"
    assert event["url"] == site.url + "/laptops?page=2"
    assert event["referrer"] == site.url + "/from"
    assert event["title"] == "Laptops"
    assert abs(event["at"] - batch["sent_at"]) < 60_000
    assert batch["source"] == "ecommerce" and batch["agent_version"] == "v1.0"
    assert UUID7.fullmatch(batch["visitor_id"])
    context = {"language": "de-DE", "screen": [1280, 720], "viewport": [1280, 720], "dpr": 2}
    zone = {"timezone": "Europe/Berlin"}  # asked by the second part, which may come after the first batch has gone
    assert batch["context"] in (context, context | zone)
    request = site.received[-1]
    assert request.path == "/v1/batch?k=pk_test"
    assert request.headers["content-type"] == "text/plain;charset=UTF-8"
    assert "cookie" not in request.headers

    page.wait_for_function(PARTS_ARE_THERE)
    page.evaluate("ix('track', 'later')")
    site.wait_event("custom")
    assert site.batches()[-1]["context"] == context | zone


def test_visitor_and_session_stay_the_same_from_page_to_page(site: Site, visit: Visit) -> None:
    page = visit("", "/one")
    site.wait_events("page_view")
    visit("", "/two", page=page)
    site.wait_events("page_view", 2)
    first, second = site.batches()
    assert first["visitor_id"] == second["visitor_id"]
    assert first["session_id"] == second["session_id"]


def test_a_session_ends_after_half_an_hour_of_silence(site: Site, visit: Visit) -> None:
    page = visit()
    site.wait_events("page_view")
    page.evaluate("const real = Date.now; Date.now = () => real() + 31 * 60e3; ix('track', 'later')")
    site.wait_events("custom")
    first, second = site.batches()
    assert first["visitor_id"] == second["visitor_id"]
    assert first["session_id"] != second["session_id"]


@pytest.mark.parametrize("before", ["", NO_NAVIGATION_API], ids=["navigation-api", "patched"])
def test_routes_of_a_single_page_application(site: Site, visit: Visit, before: str) -> None:
    page = visit("<button>x</button>", "/app", before=before)
    page.evaluate(
        """async () => {
            const settle = (kind) => new Promise((done) => addEventListener(kind, () => setTimeout(done), {once: true}));
            history.pushState(null, "", "/app/laptops?token=one");
            document.title = "All laptops";
            history.replaceState(null, "", "/app/laptops?token=two");   // nothing that may be seen changed
            history.replaceState({n: 1}, "", location.href);
            history.replaceState(null, "", "/app/phones");
            const hash = settle("hashchange"); location.hash = "#secret"; await hash;
            const pop = settle("popstate"); history.go(-2); await pop;
        }"""
    )
    events = site.wait_events("navigate", 4)
    base = site.url + "/app"
    assert [(e["kind"], e["from_url"], e["url"]) for e in events] == [
        ("push", base, base + "/laptops"),
        ("replace", base + "/laptops", base + "/phones"),
        ("hash", base + "/phones", base + "/phones"),
        ("pop", base + "/phones", base),
    ]
    assert "title" not in events[1], "the title is still that of the route before"
    assert b"secret" not in site.raw()


def test_a_patched_history_keeps_its_own_errors(visit: Visit) -> None:
    page = visit(before=NO_NAVIGATION_API)
    name = page.evaluate(
        "() => { try { history.pushState(null, '', 'http://elsewhere.example/') } catch (e) { return e.name } }"
    )
    assert name == "SecurityError"
    assert page.evaluate("history.pushState({a: 1}, '', '/x'), history.state.a") == 1


@pytest.mark.whole_browser
def test_a_page_out_of_the_back_forward_cache_is_a_restore(site: Site, visit: Visit) -> None:
    page = visit("<p>one</p>", "/one")
    page.evaluate("window.kept = true")
    site.wait_events("page_view")
    site.add_page("/two", "<p>two</p>")
    page.goto(site.url + "/two")
    site.wait_events("page_view", 2)
    page.go_back(wait_until="commit")
    assert page.evaluate("window.kept") is True, "the page was not kept in the cache"
    event = site.wait_event("restore")
    assert event["url"] == site.url + "/one"
    page.evaluate("ix('track', 'still_alive')")
    site.wait_event("custom")


def test_a_second_tag_on_the_page_reports_nothing_twice(site: Site, visit: Visit) -> None:
    page = visit()
    page.add_script_tag(url=site.url + "/s/v1.js")
    page.evaluate("ix('flush')")
    assert len(site.wait_events("page_view")) == 1


@pytest.mark.parametrize("act", ["click", "call", "close"])
def test_a_page_that_is_never_idle_is_told_with_the_first_thing_that_happens(
    site: Site, asleep: Page, act: str
) -> None:
    page = asleep
    if act == "click":
        page.click("button")
        site.wait_event("click")
    elif act == "call":
        page.evaluate("ix('track', 'compared')")
        site.wait_event("custom")
    else:
        page.close()
    site.wait_events("page_view")
    assert site.events()[0]["type"] == "page_view"


@pytest.mark.parametrize("tags", [1, 2])
def test_a_prerendered_page_is_not_seen_until_it_is_shown(site: Site, profile: BrowserContext, tags: int) -> None:
    page = profile.new_page()
    page.add_init_script("Object.defineProperty(document, 'prerendering', {get: () => !window.shown});")
    page.goto(site.add_page("/", "<script src=/s/v1.js data-key=pk_test data-flush=30></script>" * (tags - 1)))
    page.wait_for_load_state("load")
    assert not page.evaluate("!!ix.on") and not site.received
    page.evaluate("window.shown = true; document.dispatchEvent(new Event('prerenderingchange'))")
    site.wait_events("page_view")
    page.evaluate("ix('track', 'after'); void ix('flush')")
    site.wait_events("custom")
    assert len(site.events("page_view")) == 1


def test_the_endpoint_can_be_given(site: Site, visit: Visit, profile: BrowserContext) -> None:
    collector = Site()
    try:
        collector.cors = {"access-control-allow-origin": site.url}
        visit("", endpoint=collector.url + "/x/batch?site=1")
        collector.wait_events("page_view")
        assert [request.method for request in collector.received] == ["POST"], "there was a preflight"
        assert collector.received[0].path == "/x/batch?site=1&k=pk_test"
        assert not site.received
    finally:
        collector.close()
