"""Pages that have names of their own for what the browser calls so: an element's id, a form's name, a global variable."""

import pytest

from tests.browser.snippet.conftest import LATER, Visit
from tests.browser.snippet.server import Site

NAMES = {
    "id-matches": "<section id=matches></section>",
    "var-matches": "<script>var matches = []</script>",
    "var-screen": "<script>var screen = 'home'</script>",
    "const-screen": "<script>const screen = null</script>",
    "form-title": "<form name=title></form>",
    "img-images": "<img name=images src='/a-90x90.svg'>",
}


@pytest.mark.parametrize("body", NAMES.values(), ids=NAMES)
def test_the_page_and_its_clicks_are_told(site: Site, visit: Visit, body: str) -> None:
    visit(body + "<button>Buy</button>").click("button")
    assert site.wait_event("click")["target"]["label"] == "Buy"
    assert site.wait_event("page_view") and site.batches()[0]["context"]["viewport"] == [1280, 720]


def test_an_element_called_like_the_browser_s_own_api_is_not_taken_for_it(site: Site, visit: Visit) -> None:
    page = visit(
        "<nav id=navigation></nav><a href='/x' onclick='event.preventDefault()'>Go</a><button>Go</button>",
        before="delete window.navigation;",
    )
    assert page.evaluate("navigation.localName") == "nav"
    page.click("a")  # whether it leads on, this browser does not tell
    page.click("button")
    assert site.wait_event("dead_click")["target"]["tag"] == "button"
    page.evaluate("history.pushState(0, '', '/two')")
    assert site.wait_event("navigate")["kind"] == "push"
    assert len(site.events("dead_click")) == 1


def test_what_fails_on_such_a_page_stops_nothing_else(site: Site, visit: Visit) -> None:
    broken = visit(
        "<button>Buy</button>", "/broken", flush="600000", before="window.fetch = () => new Promise(() => 0)"
    )
    broken.evaluate("ix('track', 'left')")
    page = visit(
        "<img name=images src='/a-90x90.svg'><textarea id=a></textarea>", "/two", before=LATER
    )  # `document.images` is an element here
    site.wait_event("custom")  # an abandoned outbox is taken over
    page.evaluate("history.pushState(0, '', '/three')")
    site.wait_event("navigate")
    page.fill("#a", "x")
    site.wait_event("type")
    page.evaluate("dispatchEvent(new ErrorEvent('error', {message: 'no cart'}))")
    assert site.wait_event("error")["message"] == "no cart"
