"""Fixtures: one real Chromium for the session, one site and one fresh profile for each test."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from snippet_server import Site

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            # Else the tests of that cache would silently test nothing.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def profile(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, locale="de-DE", timezone_id="Europe/Berlin", device_scale_factor=2
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def visit(site: Site, profile: BrowserContext) -> Visit:
    """Opens a page whose body is given, and returns it once the snippet runs. Its errors fail the test."""

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
        page.wait_for_function("window.ix && ix.on && document.readyState === 'complete'")
        return page

    return open_page


def _fail(error: object) -> None:
    raise AssertionError(f"an error in the page: {error}")
