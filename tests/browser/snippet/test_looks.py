"""Images that were looked at."""

import pytest
from playwright.sync_api import Page

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

NEVER = "600000"
"""Nothing is sent but by the page's end."""
A_SECOND = "performance.now() > window.since + 1100"
PICTURE = "<article data-product-id=p1><img src='/a-200x200.svg'></article>"


def looked_at(visit: Visit) -> Page:
    """A page whose picture has been on the screen for a second; nothing was sent."""
    page = visit(PICTURE, flush=NEVER)
    page.evaluate("window.since = performance.now()")
    page.wait_for_function(A_SECOND)
    return page


def test_images_that_were_looked_at(site: Site, visit: Visit) -> None:
    page = visit(
        "<article data-product-id=p1><img src='/a-200x200.svg'></article><img src='/icon-16x16.svg'>"
        "<div style='height:3000px'></div><article data-product-id=p2><img src='/b-200x200.svg'></article>"
    )
    first = site.wait_event("image_view")
    assert (first["image_url"], first["product_id"]) == (site.url + "/a-200x200.svg", "p1")
    assert first["visible_ms"] >= 1000
    page.evaluate("scrollTo(0, 9999)")
    second = site.wait_events("image_view", 2)[1]
    assert second["product_id"] == "p2" and len(site.events("image_view")) == 2


def test_each_picture_of_a_gallery_that_shows_them_in_one_place(site: Site, visit: Visit) -> None:
    page = visit("<img src='/a-200x200.svg'>")
    site.wait_event("image_view")
    page.evaluate("document.images[0].src = '/b-200x200.svg'")
    site.wait_events("image_view", 2)
    page.evaluate("document.images[0].src = '/a-200x200.svg'")
    page.evaluate("document.images[0].decode()")
    page.evaluate("document.images[0].src = '/c-200x200.svg'")
    seen = site.wait_events("image_view", 3)
    assert [event["image_url"][-13:] for event in seen] == [f"{name}-200x200.svg" for name in "abc"]


def test_images_are_told_anew_on_a_new_route(site: Site, visit: Visit) -> None:
    page = visit("<img src='/a-200x200.svg'>")
    site.wait_event("image_view")
    page.evaluate("history.pushState(0, '', '/next')")
    assert site.wait_events("image_view", 2)[1]["url"] == site.url + "/next"


def test_a_look_that_another_tab_interrupted_begins_again(site: Site, visit: Visit) -> None:
    page = visit(PICTURE, before="Object.defineProperty(document, 'hidden', {get: () => !!window.away})", flush=NEVER)
    page.evaluate("window.since = performance.now()")
    page.wait_for_function("performance.now() > window.since + 400")
    left = page.evaluate(
        "window.away = true; document.dispatchEvent(new Event('visibilitychange')); window.since = performance.now(); Date.now()"
    )
    page.evaluate("window.away = false")
    page.wait_for_function("performance.now() > window.since + 1500")
    page.evaluate("ix('flush')")
    assert site.wait_event("image_view")["at"] >= left + 1000


def test_what_is_gone_before_it_was_sent_is_told_as_it_was(site: Site, visit: Visit) -> None:
    page = looked_at(visit)
    page.evaluate("document.querySelector('article').remove()")
    page.evaluate("new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))")
    page.close()
    seen = site.wait_event("image_view")
    assert (seen["image_url"], seen["product_id"]) == (site.url + "/a-200x200.svg", "p1")


def test_a_picture_that_another_one_replaces_is_told_by_its_own_address(site: Site, visit: Visit) -> None:
    page = looked_at(visit)
    page.evaluate("document.images[0].src = '/b-200x200.svg'; document.images[0].decode()")
    page.close()
    assert site.wait_event("image_view")["image_url"] == site.url + "/a-200x200.svg"


def test_a_look_belongs_to_the_route_on_which_it_was(site: Site, visit: Visit) -> None:
    page = looked_at(visit)
    page.evaluate("history.pushState(0, '', '/next')")
    page.close()
    assert site.wait_event("image_view")["url"] == site.url + "/"


def test_a_look_stands_before_the_click_that_follows_it(site: Site, visit: Visit) -> None:
    page = looked_at(visit)
    page.click("img")
    page.close()
    look, click = site.wait_event("image_view"), site.wait_event("click")
    assert look["at"] <= click["at"] and look["visible_ms"] >= 1000


@pytest.mark.parametrize("how", ["close", "hide"])
def test_all_looks_of_a_page_that_goes_stand_in_one_batch(site: Site, visit: Visit, how: str) -> None:
    page = visit(
        "".join(f"<img src='/{name}-200x200.svg'>" for name in "abc"),
        before="Object.defineProperty(document, 'hidden', {get: () => !!window.away})",
        flush=NEVER,
    )
    page.evaluate("window.since = performance.now()")
    page.wait_for_function(A_SECOND)
    if how == "hide":
        page.evaluate("window.away = true; document.dispatchEvent(new Event('visibilitychange'))")
    page.close()
    assert len(site.wait_events("image_view", 3)) == 3
    [batch] = site.batches()
    assert [event["type"] for event in batch["events"]] == ["page_view", *["image_view"] * 3]


COMPONENT = (
    "<product-card data-product-id=p7></product-card><script>setTimeout(() => customElements.define('product-card', "
    "class extends HTMLElement { connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML = `%s` } }), %d)</script>"
)
INNER = "<slot></slot><picture-frame></picture-frame>"
FRAME = (
    "<script>customElements.define('picture-frame', class extends HTMLElement { connectedCallback() { "
    "this.attachShadow({mode: 'open'}).innerHTML = '<img src=/in-200x200.svg>' } })</script>"
)


@pytest.mark.parametrize("ms", [0, 1500], ids=["there from the beginning", "there a while later"])
def test_images_in_shadow_roots_inside_of_each_other(site: Site, visit: Visit, ms: int) -> None:
    visit(FRAME + COMPONENT % (INNER, ms), flush="500")
    seen = site.wait_event("image_view")
    assert (seen["image_url"], seen["product_id"]) == (site.url + "/in-200x200.svg", "p7")


def test_another_picture_in_a_shadow_root(site: Site, visit: Visit) -> None:
    page = visit(FRAME + COMPONENT % (INNER, 0))
    site.wait_event("image_view")
    page.evaluate(
        "document.querySelector('product-card').shadowRoot.querySelector('picture-frame').shadowRoot"
        ".querySelector('img').src = '/other-200x200.svg'"
    )
    assert site.wait_events("image_view", 2)[1]["image_url"] == site.url + "/other-200x200.svg"


TIMERS = (
    "window.timers = 0; {const real = setTimeout; window.setTimeout = (fn, ms, ...rest) => {"
    " timers++; return real(fn, ms, ...rest) }}"
)


def test_a_picture_that_is_looked_at_wakes_no_page_again_and_again(site: Site, visit: Visit) -> None:
    page = visit(PICTURE, flush="0", before=TIMERS)
    site.wait_event("image_view")
    assert page.evaluate("timers") < 30


def test_a_show_of_known_pictures_wakes_no_page(site: Site, visit: Visit) -> None:
    page = visit(PICTURE + "<img id=show src='/b-200x200.svg'>", before=TIMERS)
    page.evaluate("void (window.shown = (src) => new Promise((done) => { show.onload = done; show.src = src }))")
    site.wait_events("image_view", 2)
    page.evaluate("shown('/c-200x200.svg')")
    site.wait_events("image_view", 3)
    page.evaluate("ix('flush')")
    page.evaluate("window.timers = 0")
    for name in "abc":
        page.evaluate(f"shown('/{name}-200x200.svg')")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("timers") == 0
    assert len(site.events("image_view")) == 3


def test_a_picture_in_a_slot_that_is_to_be_left_alone(site: Site, visit: Visit) -> None:
    visit(
        "<x-card><img src='/in-200x200.svg'></x-card>"
        + PICTURE
        + "<script>customElements.define('x-card', class extends "
        "HTMLElement { connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML = "
        "'<div data-ix-ignore><slot></slot></div>' } })</script>"
    )
    assert [event["image_url"] for event in site.wait_events("image_view")] == [site.url + "/a-200x200.svg"]
