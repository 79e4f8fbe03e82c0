"""The browsers of all tests: Chromium without its own windows, which takes a third of the time, and the whole one."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

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

PATIENCE_MS = 30_000
"""Several of these run side by side on small machines; it only matters where something fails."""
expect.set_options(timeout=PATIENCE_MS)


def chromium() -> str:
    """The path of this machine's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium is missing: apt-get install chromium"
    return found


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


def _launched(playwright: Playwright, path: str) -> Iterator[Browser]:
    """With its back-forward cache: Playwright would switch that off."""
    browser = playwright.chromium.launch(
        executable_path=path, args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium's engine without its windows where there is one (Debian: chromium-headless-shell)."""
    yield from _launched(playwright, shutil.which("chromium-headless-shell") or chromium())


@pytest.fixture(scope="package")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium as people have it; only this one has a back-forward cache."""
    yield from _launched(playwright, chromium())
