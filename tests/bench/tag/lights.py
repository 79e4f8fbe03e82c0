"""The demo shop's first page with and without the tag: what a speed score is made of, on a phone's processor."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser

from collector.demo.shop_app import shop_app
from tests.support.collector import WRITE_KEY, Collector
from tests.support.ports import free_port

RUNS = 5
THROTTLE = 4
SETTLE = 2500
NAMES = ("FCP ms", "LCP ms", "CLS", "TBT ms", "INP ms", "bytes")
TAPS = 6
_WATCH = """
window.seen = {long: 0, lcp: 0, cls: 0, inp: 0};
const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
  .observe({type, buffered: true, durationThreshold: 16});
watch('longtask', (e) => { seen.long += Math.max(0, e.duration - 50) });
watch('largest-contentful-paint', (e) => { seen.lcp = e.startTime });
watch('event', (e) => { if (e.interactionId) seen.inp = Math.max(seen.inp, e.duration) });
watch('layout-shift', (e) => { seen.cls += e.value });
"""
_READ = "[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0, seen.lcp, seen.cls, seen.long, seen.inp]"


@contextmanager
def shop(collector_url: str, port: int) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(shop_app(collector_url, WRITE_KEY), port=port, log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def measure(browser: Browser, url: str, *, tagged: bool) -> list[float]:
    """Medians of `NAMES` over some cold loads."""
    runs = []
    for _ in range(RUNS):
        context = browser.new_context(viewport={"width": 412, "height": 823}, device_scale_factor=1.75)
        page = context.new_page()
        session = context.new_cdp_session(page)
        sizes: list[float] = []  # the page itself is not told what another origin sends
        session.on("Network.loadingFinished", lambda said, to=sizes: to.append(said["encodedDataLength"]))
        session.send("Network.enable")
        if not tagged:
            session.send("Network.setBlockedURLs", {"urls": ["*/s/v1.js"]})
        session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
        page.add_init_script(_WATCH)
        page.goto(url)
        page.wait_for_timeout(SETTLE)
        for _ in range(TAPS):
            page.click("h1")
            page.wait_for_timeout(150)
        page.wait_for_timeout(500)
        runs.append([*page.evaluate(_READ), sum(sizes)])
        context.close()
    return [statistics.median(values) for values in zip(*runs, strict=True)]


def compare(browser: Browser, collector: Collector) -> dict[str, list[float]]:
    """Rows of figures: without the tag, and with it."""
    with shop(collector.url, free_port()) as url:
        return {
            label: measure(browser, url, tagged=tagged)
            for label, tagged in (("without the tag", False), ("with the tag", True))
        }
