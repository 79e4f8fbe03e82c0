"""Clicks after which nothing happens, and those that only look like it."""

import pytest

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

SHADOW = (
    "<div id=host></div><script>host.attachShadow({mode: 'open'}).innerHTML = '<button>In</button>';"
    "host.shadowRoot.firstChild.onclick = (e) => { e.target.dataset.seen = 1 }</script>"
)
ALIVE = {
    "changes-the-page": "<button id=t onclick='this.dataset.on = 1'>Go</button>",
    "changes-it-later": "<button id=t onclick='setTimeout(() => document.body.append(1), 300)'>Go</button>",
    "route": "<button id=t onclick='history.pushState(0, 0, \"/x\")'>Go</button>",
    "slow-page": "<a id=t href='/slow'>Go</a>",
    "scrolls": "<button id=t onclick='window.scrollTo(0, 500)'>Go</button><p style='height:3000px'>",
    "field": "<input id=t>",
    "label": "<label id=t>Yes <input type=checkbox></label>",
    "plain-text": "<p id=t>Light and quiet</p>",
    "stepper": "<input id=n value=1><button id=t onclick='n.value++'>+</button>",
    "ignored": "<button id=t data-ix-ignore>Go</button>",
    "mail": "<a id=t href='mailto:a@b.example' onclick='event.preventDefault()'>Mail</a>",
}


def test_a_button_that_does_nothing(site: Site, visit: Visit) -> None:
    page = visit("<article data-product-id=p1><img src='/a-200x200.svg'><button id=t>Zoom</button></article>")
    page.click("#t")
    page.click("#t")
    event = site.wait_event("dead_click")
    assert event["target"]["label"] == "Zoom" and event["count"] == 2
    assert event["image_url"] == site.url + "/a-200x200.svg" and isinstance(event["page_y"], int)
    assert len(site.events("dead_click")) == 1


@pytest.mark.parametrize("body", ["<img id=t src='/a-200x200.svg'>", "<p id=t style='cursor:pointer'>More</p>"])
def test_what_looks_as_if_it_did_something(site: Site, visit: Visit, body: str) -> None:
    visit(body).click("#t")
    assert site.wait_event("dead_click")["count"] == 1


def test_what_answers_a_click_is_not_dead(site: Site, visit: Visit) -> None:
    """All at once, each in a page of its own; the dead one beside them shows that the wait is over."""
    for name, body in ALIVE.items():
        page = visit(body, f"/{name}")
        if name == "slow-page":
            page.route("**/slow", lambda route: None)  # never answered
            page.click("#t", no_wait_after=True)
        else:
            page.click("#t")
    page = visit(SHADOW, "/shadow")
    page.click("#host button")
    page = visit("<button id=t>Go</button>", "/dead")
    page.click("#t")
    assert [event["url"] for event in site.wait_events("dead_click")] == [site.url + "/dead"]
