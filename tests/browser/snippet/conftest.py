"""One site and one fresh profile of the session's Chromium for each test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import PATIENCE_MS
from tests.browser.snippet.server import CHUNKS, Site

Visit = Callable[..., Page]

LATER = "const real = Date.now; Date.now = () => real() + 20000;"
"""For a page's `before`: outboxes of other pages have been silent for more than the 15 s after which it takes them over."""


LEFT = "dispatchEvent(new FocusEvent('blur'))"
"""What a page hears when its visitor goes to another tab: under Playwright each of them believes that it has the focus."""

MORE = next(name for name, path in CHUNKS.items() if path.name == "more.js")
"""The file of the part that follows the core."""

PARTS_ARE_THERE = (
    "window.ix && ix.on && document.readyState === 'complete' && !document.querySelector('script[integrity]')"
)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def profile(request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """Of the whole browser for tests marked `whole_browser`."""
    whole = request.node.get_closest_marker("whole_browser")
    browser: Browser = request.getfixturevalue("whole_browser" if whole else "browser")
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, locale="de-DE", timezone_id="Europe/Berlin", device_scale_factor=2
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def visit(site: Site, profile: BrowserContext) -> Visit:
    """Opens a page whose body is given, and returns it once the snippet runs, with all its parts. Its errors fail the test."""

    def open_page(
        body: str = "",
        path: str = "/",
        *,
        page: Page | None = None,
        before: str = "",
        query: str = "",
        **attributes: str,
    ) -> Page:
        url = site.add_page(path, body, **attributes)
        page = page or profile.new_page()
        page.on("pageerror", _fail)
        if before:
            page.add_init_script(before)
        page.goto(url + query)
        page.wait_for_function(PARTS_ARE_THERE)
        return page

    return open_page


@pytest.fixture
def asleep(site: Site, profile: BrowserContext) -> Page:
    """A page that is never idle: the tag is there, and waits for the first thing that happens."""
    page = profile.new_page()
    page.add_init_script("window.requestIdleCallback = () => 0; window.set = 0")
    page.goto(site.add_page("/", "<button>Buy</button>"))
    page.wait_for_function("window.ix && ix.kit")
    assert not page.evaluate("!!ix.on") and not site.received
    return page


def _fail(error: object) -> None:
    raise AssertionError(f"an error in the page: {error}")
