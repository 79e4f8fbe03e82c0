"""What arrives: a page that is closed right after a click while the connection is cold, and what the next visit brings."""

import asyncio
import contextlib
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright

from tests.bench.tag.peers import OURS, Tag
from tests.bench.tag.stage import add_page
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.snippet.server import Site
from tests.support.collector import Collector

CLOSES = int(os.environ.get("BENCH_CLOSES", "1000"))
PEER_CLOSES = 20
TROUBLES = 10
PEER_TROUBLES = 5
AT_ONCE = 6
GRACE = 3.0
NEXT_VISIT = 4.0
PATIENCE = 30.0
LATER = "const real = Date.now; Date.now = () => real() + 20000;"  # what a crash left has been silent for 15 s

Arrived = Callable[[], set[str]]
Count = tuple[int, int]


@dataclass
class Delivery:
    """Clicks that arrived, of so many, in each kind of trouble."""

    from_cache: bool = False
    arrived: dict[str, Count] = field(default_factory=dict)


def at_sink(stage: Site) -> Arrived:
    """The marks of clicks in whatever a peer sent."""
    return lambda: {mark.decode() for r in list(stage.received) if r.status for mark in re.findall(rb"m\d+x", r.body)}


def at_collector(collector: Collector) -> Arrived:
    """The marks of clicks that the real collector has stored."""
    return lambda: {row.get("target_label", "") for row in collector.rows(event="click")}


class Trial:
    """One tag on pages with one button, whose label is a mark of its own."""

    def __init__(self, browser: Browser, stage: Site, tag: Tag, host: str, arrived: Arrived) -> None:
        self._browser, self._stage, self._tag, self._host, self._arrived = browser, stage, tag, host, arrived
        self._marks = 0
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def _context(self) -> BrowserContext:
        """A new visitor, with connections of their own."""
        return await self._browser.new_context()

    async def _page(self, context: BrowserContext, before: str = "") -> tuple[Page, str]:
        self._marks += 1
        mark = f"m{self._marks}x"
        body = f"<h1>Laptops</h1><button id=b data-umami-event={mark}>{mark}</button>"
        page = await context.new_page()
        if before:
            await page.add_init_script(before)
        await page.goto(add_page(self._stage, self._tag, self._host, f"/{self._tag.name}/{mark}", body))
        await page.wait_for_function(self._tag.ready)
        return page, mark

    async def _closed(self) -> str:
        async with self._turn:
            context = await self._context()
            page, mark = await self._page(context)
            await page.click("#b")
            await page.close()
        await asyncio.sleep(GRACE)  # the visitor is gone, the browser is not
        await context.close()
        return mark

    async def _after(self, trouble: str) -> str:
        async with self._turn:
            context = await self._context()
            page, mark = await self._page(context)
            if trouble == "503":
                await context.route(self._host + "/**", lambda route: route.fulfill(status=503))
            await context.set_offline(trouble == "offline")
            await page.click("#b")
            if trouble == "crash":
                with contextlib.suppress(Error):  # which is what was wanted
                    await page.goto("chrome://crash")
            await asyncio.sleep(0.5)
            await page.close()
            await asyncio.sleep(0.5)
            await context.set_offline(False)
            await context.unroute_all()
            await self._page(context, LATER)
            await asyncio.sleep(NEXT_VISIT)
            await context.close()
            return mark

    async def from_cache(self) -> bool:
        context = await self._context()
        page, _ = await self._page(
            context, "addEventListener('pageshow', (event) => { window.kept = event.persisted })"
        )
        await page.click("#b")
        self._stage.pages["/away"] = "<!doctype html>"
        await page.goto(self._stage.url + "/away")
        await page.go_back(wait_until="commit")
        await asyncio.sleep(1)
        kept = bool(await page.evaluate("window.kept"))
        await context.close()
        return kept

    async def _count(self, tries: list[Awaitable[str]]) -> Count:
        """How many of the clicks arrived, in the end."""
        marks = set(await asyncio.gather(*tries))
        found: set[str] = set()
        for _ in range(int(PATIENCE if self._tag.name == OURS else 3)):
            found = marks & self._arrived()
            if found == marks:
                break
            await asyncio.sleep(1)
        return len(found), len(marks)

    async def run(self) -> Delivery:
        done = Delivery(await self.from_cache())
        closed = CLOSES if self._tag.name == OURS else PEER_CLOSES
        done.arrived["clicks of pages closed at once, cold"] = await self._count(
            [self._closed() for _ in range(closed)]
        )
        for name, trouble in (("answers were 503", "503"), ("offline", "offline"), ("the page crashed", "crash")):
            tries = TROUBLES if self._tag.name == OURS else PEER_TROUBLES
            count = await self._count([self._after(trouble) for _ in range(tries)])
            done.arrived[f"after the next visit: {name}"] = count
        return done


def delivery(stage: Site, tag: Tag, host: str, arrived: Arrived) -> Delivery:
    """All kinds of trouble for one tag, whose clicks `arrived` can name."""

    async def run() -> Delivery:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium(),
                # for the whole browser: what a context ignores ends with its page, and so would what is under way
                args=[*ARGUMENTS, "--ignore-certificate-errors"],
                ignore_default_args=["--disable-back-forward-cache"],
            )
            return await Trial(browser, stage, tag, host, arrived).run()

    return asyncio.run(run())
