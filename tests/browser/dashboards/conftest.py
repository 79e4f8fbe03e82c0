"""A collector filled with three days of made-up visits to the demo shop, and a browser that is signed in."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from collector.demo.player import COUNTRY_HEADER, play
from collector.demo.traffic import Visit, visits
from tests.support.collector import ADMIN_KEY, ORIGIN, WRITE_KEY, Collector

DAYS = 3
# What so few visits can lack, by chance of the minute they begin in.
RARE = {"error", "rage_click", "dead_click", "feedback", "message", "form_abandon", "copy", "search"}
VISITS_PER_DAY = 40
SHOP = Path(__file__).parents[3] / "collector" / "demo" / "shop"
AXE = Path(__file__).parent / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LOOKS = [pytest.param({}, id="desktop"), pytest.param(PHONE, id="phone")]


@pytest.fixture(scope="package")
def window() -> dict[str, int]:
    """The days that have visits, as from and to in ms; whole minutes."""
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    start = end - timedelta(days=DAYS)
    return {"from": int(start.timestamp() * 1000), "to": int(end.timestamp() * 1000)}


def _names(made: list[Visit]) -> set[str]:
    return {event["type"] for visit in made for batch in visit.batches for event in batch["events"]}


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory, window: dict[str, int]) -> Iterator[Collector]:
    start, end = (datetime.fromtimestamp(window[name] / 1000, UTC) for name in ("from", "to"))
    folder = tmp_path_factory.mktemp("dashboards") / "data"
    with Collector(folder, trusted_proxies="127.0.0.1", country_header=COUNTRY_HEADER) as collector:

        async def fill() -> int:
            tries = (list(visits(seed, start, end, VISITS_PER_DAY, ORIGIN)) for seed in count(7))
            made = next(made for made in tries if _names(made) >= RARE)
            return (await play(collector.url, WRITE_KEY, made, speed=None)).accepted

        with ThreadPoolExecutor(1) as beside:  # Playwright has a loop of its own in this thread
            collector.rows_when(beside.submit(anyio.run, fill).result())
        yield collector


def _shop(route: Route) -> None:
    """The pictures of the shop, which runs nowhere in these tests."""
    path = SHOP / route.request.url.removeprefix(ORIGIN).lstrip("/")
    route.fulfill(path=path) if path.is_file() else route.fulfill(status=404)


@pytest.fixture(params=[{}], ids=["desktop"])
def context(browser: Browser, filled: Collector, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """Signed in; `request.param` are further options of the browser's context."""
    options: dict[str, Any] = {
        "viewport": {"width": 1360, "height": 900},
        "timezone_id": "Europe/Berlin",
        "locale": "en-GB",
    }
    context = browser.new_context(base_url=filled.url, **(options | request.param))
    context.route(f"{ORIGIN}/**", _shop)
    assert context.request.post("/v1/session", data={"key": ADMIN_KEY}).ok
    yield context
    context.close()


@pytest.fixture
def trouble() -> list[str]:
    """What went wrong in the tab; a test that wants it takes it out."""
    return []


@pytest.fixture
def page(context: BrowserContext, trouble: list[str]) -> Iterator[Page]:
    """A tab; the test fails when a script failed, wrote an error or a warning, or the collector failed."""
    page = context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            trouble.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "response", lambda answer: trouble.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )
    yield page
    assert trouble == []


@pytest.fixture
def browser_page(browser: Browser, filled: Collector) -> Iterator[Page]:
    """A tab that is not signed in."""
    context = browser.new_context(base_url=filled.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(page: Page, window: dict[str, int]) -> Callable[..., Page]:
    """Opens a page of the dashboards on the days that have visits, and waits until its panels are there."""

    def go(path: str, /, **parameters: str | int) -> Page:
        query = "&".join(f"{name}={value}" for name, value in {**window, **parameters}.items())
        page.goto(f"{path}?{query}")
        settled(page)
        return page

    return go


def settled(page: Page) -> None:
    """Waits until there are panels, and none is being read."""
    expect(page.locator("main .panel").first).to_be_attached()
    expect(page.locator("main .panel[aria-busy='true']")).to_have_count(0)


def ask(collector: Collector, path: str, window: dict[str, int], /, **parameters: Any) -> Any:
    """What the API answers to the question a page asks."""
    query = {**window, "tz": "Europe/Berlin", **parameters}
    answer = collector.http.get(path, params=query, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def complaints(page: Page) -> list[str]:
    """Panels that failed, and what axe-core finds wrong with the page as it is shown, light and dark, each with where."""
    failed = [f"a panel failed: {box.inner_text()}" for box in page.locator(".problem-box").all()]
    found = _violations(page, RULES)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += _violations(page, ["color-contrast"])  # in the dark only the colours differ
    page.emulate_media(color_scheme="light")
    return failed + found


def _violations(page: Page, rules: list[str]) -> list[str]:
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    run = "rules => axe.run(document, { resultTypes: ['violations'], runOnly: rules })"
    return [
        f"{found['id']}: {node['html'][:160]} {node['failureSummary']}"
        for found in page.evaluate(run, rules)["violations"]
        for node in found["nodes"]
    ]


def whole(text: str | None) -> int:
    """A number as the pages write it."""
    return int((text or "").replace(",", ""))
