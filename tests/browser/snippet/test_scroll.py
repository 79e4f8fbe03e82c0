"""Scroll depth: the deepest place so far, in quarters, and once more on leaving."""

from playwright.sync_api import Page

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

LONG = "<div id=long style='height:{}px'>x</div><style>body{{margin:0}}</style>"


def scroll(page: Page, top: int) -> None:
    page.evaluate(
        "(top) => new Promise((done) => { addEventListener('scrollend', done, {once: true}); scrollTo(0, top) })", top
    )


def settle(page: Page) -> None:
    """Until the snippet has read the depth: its readings are 200 ms apart."""
    page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(done), 250))")


def test_new_quarters_and_the_deepest_on_leaving(site: Site, visit: Visit) -> None:
    page = visit(LONG.format(7200), "/long")
    settle(page)
    scroll(page, 360)  # 15 %
    settle(page)
    scroll(page, 2000)  # 38 %: the first new quarter
    [first] = site.wait_events("scroll")
    assert (first["depth"], first["page_height"]) == (38, 7200)
    scroll(page, 100)
    settle(page)
    scroll(page, 5000)  # 79 %
    site.wait_events("scroll", 2)
    scroll(page, 5400)  # 85 %: deeper, not a new quarter
    site.add_page("/next", "")
    page.goto(site.url + "/next")
    events = site.wait_events("scroll", 3)
    assert [event["depth"] for event in events] == [38, 79, 85]
    assert {event["url"] for event in events} == {site.url + "/long"}


def test_a_page_that_is_seen_without_scrolling_says_nothing(site: Site, visit: Visit) -> None:
    page = visit(LONG.format(900))
    settle(page)
    page.close()
    page = visit(LONG.format(300), "/short")
    settle(page)
    page.evaluate("ix('flush')")
    site.wait_events("page_view", 2)
    assert not site.events("scroll")


def test_a_page_that_grows_has_new_quarters(site: Site, visit: Visit) -> None:
    page = visit(LONG.format(1440))
    settle(page)
    scroll(page, 720)
    assert site.wait_event("scroll")["depth"] == 100
    page.evaluate("document.getElementById('long').style.height = '7200px'")
    settle(page)
    scroll(page, 3000)
    event = site.wait_events("scroll", 2)[-1]
    assert (event["depth"], event["page_height"]) == (52, 7200)


def test_a_route_of_its_own_starts_anew(site: Site, visit: Visit) -> None:
    page = visit(LONG.format(7200), "/one")
    settle(page)
    scroll(page, 2000)
    site.wait_events("scroll")
    scroll(page, 2500)
    page.evaluate("history.pushState(null, '', '/two'); scrollTo(0, 0)")
    settle(page)
    scroll(page, 2000)
    events = site.wait_events("scroll", 3)
    assert [(event["url"], event["depth"]) for event in events] == [
        (site.url + "/one", 38),
        (site.url + "/one", 45),
        (site.url + "/two", 38),
    ]


def test_back_to_the_top_for_a_new_route_is_no_scroll(site: Site, visit: Visit) -> None:
    page = visit(LONG.format(2000), "/one")
    settle(page)
    scroll(page, 1000)
    site.wait_events("scroll")
    page.evaluate("history.pushState(null, '', '/two'); scrollTo(0, 0)")
    settle(page)
    page.close()
    site.wait_events("navigate")
    assert [event["url"] for event in site.events("scroll")] == [site.url + "/one"]


def test_lists_that_scroll_inside_the_page_do_not_count(site: Site, visit: Visit) -> None:
    page = visit(
        "<div id=box style='height:100px;overflow:auto'><div style='height:5000px'>x</div></div>" + LONG.format(3000)
    )
    settle(page)
    page.evaluate(
        "new Promise((done) => { box.addEventListener('scrollend', done, {once: true}); box.scrollTop = 4000 })"
    )
    settle(page)
    page.evaluate("ix('flush')")
    site.wait_events("page_view")
    assert not site.events("scroll")
