"""How soon the overview can be used, and how it bears ten thousand points; a page that does nothing beside it."""

import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from collector.demo.player import play
from collector.demo.traffic import visits
from tests.browser.conftest import ARGUMENTS
from tests.support.collector import ADMIN_KEY, ORIGIN, WRITE_KEY, Collector

DAYS = 7
VISITS_PER_DAY = 200
TIMES = 7
POINTS_MINUTES = 9_990
# From the start of the navigation to the moment at which the condition holds, looked at in each frame.
UNTIL = """() => new Promise((done) => {
  const look = () => (%s ? done(performance.now()) : requestAnimationFrame(look));
  look();
})"""
CONTROLS = "document.querySelector('.window-button')"
FIGURES = "document.querySelector('.figure-value') && document.querySelector('.u-over')"
ALL = "document.querySelector('main .panel') && !document.querySelector('main .panel[aria-busy=true]')"
# Milliseconds of the page's thread for each move of the pointer over the chart.
MOVE = """() => {
  const over = document.querySelector(".u-over");
  const box = over.getBoundingClientRect();
  const began = performance.now();
  for (let n = 0; n < 200; n += 1)
    over.dispatchEvent(new MouseEvent("mousemove", {clientX: box.left + (box.width * n) / 200, clientY: box.top + 50, bubbles: true}));
  return (performance.now() - began) / 200;
}"""


def dashboards(console: Console) -> None:
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    start = end - timedelta(days=DAYS)
    with tempfile.TemporaryDirectory() as folder:
        collector = Collector(Path(folder) / "data")
        with collector:

            async def fill() -> int:
                made = visits(7, start, end, VISITS_PER_DAY, ORIGIN)
                return (await play(collector.url, WRITE_KEY, made, speed=None)).accepted

            with ThreadPoolExecutor(1) as beside:
                rows = beside.submit(anyio.run, fill).result()
            collector.rows_when(rows)
            console.print(f"{rows:,} interactions of {DAYS} days")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
                context = browser.new_context(base_url=collector.url, viewport={"width": 1360, "height": 900})
                context.request.post("/v1/session", data={"key": ADMIN_KEY})
                _loading(console, context.new_page())
                _points(console, context.new_page(), int(end.timestamp() * 1000))
                browser.close()


def _loading(console: Console, page: Page) -> None:
    table = Table("median ms since the navigation", "controls", "figures and chart", "everything")
    for name, path in (("a page that does nothing", "/health"), ("the overview", "/overview")):
        found: list[list[float]] = []
        for _ in range(TIMES):
            page.goto(path, wait_until="commit")
            if path == "/health":
                found.append([page.evaluate(UNTIL % "document.body")] * 3)
            else:
                found.append([page.evaluate(UNTIL % condition) for condition in (CONTROLS, FIGURES, ALL)])
        table.add_row(name, *(f"{statistics.median(column):.0f}" for column in zip(*found, strict=True)))
    console.print(table)


def _points(console: Console, page: Page, end: int) -> None:
    table = Table("points", "ms until drawn", "ms for a move of the pointer")
    for minutes in (168, POINTS_MINUTES):
        page.goto(f"/overview?from={end - minutes * 60_000}&to={end}&interval=minute&compare=0", wait_until="commit")
        drawn = page.evaluate(UNTIL % FIGURES)
        page.evaluate(UNTIL % ALL)
        table.add_row(f"{minutes:,}", f"{drawn:.0f}", f"{statistics.median(page.evaluate(MOVE) for _ in range(5)):.2f}")
    console.print(table)
