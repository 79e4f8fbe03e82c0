"""Frames of the same origin that carry the tag too."""

from tests.browser.snippet.conftest import PARTS_ARE_THERE, Visit
from tests.browser.snippet.server import Site


def test_a_frame_is_a_part_of_its_page(site: Site, visit: Visit) -> None:
    site.add_page("/inner", "<button id=b>Pay</button>")
    page = visit("<iframe src='/inner' width=400 height=300></iframe>", "/outer")
    frame = page.frame_locator("iframe")
    page.frames[1].wait_for_function("window.ix && ix.on && !document.querySelector('script[integrity]')")
    frame.locator("#b").click()
    page.frames[1].evaluate("history.pushState(0, '', '/inner2')")
    click = site.wait_event("click")
    assert click["target"]["label"] == "Pay" and click["url"] == site.url + "/inner"
    page.evaluate("ix('track', 'after'); void ix('flush')")
    page.close()
    site.wait_event("custom")
    assert [event["url"] for event in site.events("page_view")] == [site.url + "/outer"]
    assert not site.events("navigate")
    assert len({(batch["visitor_id"], batch["session_id"]) for batch in site.batches()}) == 1


def test_a_frame_in_a_page_without_the_tag_is_the_page(site: Site, visit: Visit) -> None:
    site.add_page("/inner", "")
    site.pages["/bare"] = "<!doctype html><iframe src='/inner'></iframe>"
    visit("", "/first").goto(site.url + "/bare")
    assert site.wait_events("page_view", 2)[1]["url"] == site.url + "/inner"


def test_a_page_that_comes_back_says_so_once(site: Site, visit: Visit) -> None:
    site.add_page("/inner", "")
    page = visit("<iframe src='/inner'></iframe>", "/outer")
    page.frames[1].wait_for_function(PARTS_ARE_THERE)
    for frame in reversed(page.frames):
        frame.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.evaluate("ix('track', 'after'); void ix('flush')")
    site.wait_event("custom")
    assert [event["url"] for event in site.events("restore")] == [site.url + "/outer"]
