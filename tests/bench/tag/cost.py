"""What a tag costs the page: script time and long tasks at load, time added to a click, requests and bytes."""

import json
import os
import statistics
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.bench.tag.peers import Tag
from tests.bench.tag.stage import PRODUCTS, add_page, elsewhere
from tests.browser.snippet.server import Site

LOADS = int(os.environ.get("BENCH_LOADS", "5"))
SETTLE = 1_500
CLICKS = 20
MOVE = {"pointerover", "pointerenter", "pointermove", "mouseover", "mouseenter", "mousemove"}
POINTER = {"pointerdown", "mousedown", "pointerup", "mouseup", "click"}
BUSY_SECONDS = 10
SCRIPT = {
    "EvaluateScript",
    "FunctionCall",
    "v8.compile",
    "EventDispatch",
    "TimerFire",
    "RunMicrotasks",
    "v8.callFunction",
}
LONG_TASKS = (
    "window.long = []; new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration)))"
    ".observe({type: 'longtask', buffered: true})"
)


@dataclass
class Load:
    """At one throttle: ms of script, and the tasks over 50 ms."""

    script: float
    long: float


@dataclass
class Wire:
    """Of 20 clicks and a full scroll within ten seconds; bytes of bodies and queries for each click."""

    requests: int
    preflights: int
    bytes_a_click: float


@dataclass
class Pointer:
    """Ms in which all listeners ran: of the first way to a button, and of each click, the first one first."""

    first_move: float
    clicks: list[float]


def _open(browser: Browser, stage: Site, tag: Tag, rate: int, *, traced: bool = False) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.add_init_script(LONG_TASKS)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    if traced:
        browser.start_tracing(page=page, categories=["devtools.timeline", "v8"])
    page.goto(add_page(stage, tag, elsewhere(stage), f"/{tag.name.replace(' ', '-')}"))
    if not traced:  # asking whether it is ready is script too
        page.wait_for_function(tag.ready)
    page.wait_for_timeout(SETTLE)
    return page


def _trace(browser: Browser, stage: Site) -> list[dict[str, Any]]:
    """Complete events of the page's own process, in order: the browser has pages of its own. `tdur` is the thread's own
    time: what other programs took does not count."""
    found = [event for event in json.loads(browser.stop_tracing())["traceEvents"] if event.get("ph") == "X"]
    own = {event["pid"] for event in found if stage.url in str(event.get("args"))}
    return sorted((event for event in found if event["pid"] in own), key=lambda event: event["ts"])


def _script_ms(trace: list[dict[str, Any]]) -> float:
    """The page's script, outermost events only."""
    spent = 0.0
    end: dict[tuple[int, int], int] = {}
    for event in trace:
        thread = event["pid"], event["tid"]
        if event["name"] in SCRIPT and event["ts"] >= end.get(thread, 0):
            end[thread] = event["ts"] + event["dur"]
            spent += event.get("tdur", 0) / 1000
    return spent


def loads(browser: Browser, stage: Site, tags: list[Tag], rate: int) -> dict[str, Load]:
    """Medians of some cold loads of each; they take turns, so that what else the machine does meets all alike."""
    found: dict[str, list[Load]] = {tag.name: [] for tag in tags}
    for _ in range(LOADS):
        for tag in tags:
            page = _open(browser, stage, tag, rate, traced=True)
            script = _script_ms(_trace(browser, stage))
            assert page.evaluate(f"!!({tag.ready})"), f"{tag.name} did not start"
            found[tag.name].append(Load(script, len(page.evaluate("long"))))
            page.context.close()
    return {
        name: Load(statistics.median(load.script for load in all_), statistics.median(load.long for load in all_))
        for name, all_ in found.items()
    }


def clicks(browser: Browser, stage: Site, tags: list[Tag], rate: int) -> dict[str, Pointer]:
    """Medians of the same click in some visits, in which all take turns."""
    visits: dict[str, list[Pointer]] = {tag.name: [] for tag in tags}
    for _ in range(LOADS):
        for tag in tags:
            visits[tag.name].append(_clicks(browser, stage, tag, rate))
    return {
        name: Pointer(
            statistics.median(visit.first_move for visit in same),
            [statistics.median(click) for click in zip(*[visit.clicks for visit in same], strict=True)],
        )
        for name, same in visits.items()
    }


def _clicks(browser: Browser, stage: Site, tag: Tag, rate: int) -> Pointer:
    """Real clicks, from the browser's own trace."""
    page = _open(browser, stage, tag, rate)
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    for number in range(CLICKS):
        page.click(f"#b{number}")
    trace = _trace(browser, stage)
    page.context.close()
    spent, pointer = 0.0, Pointer(0.0, [])
    for event in trace:
        kind = event["args"]["data"]["type"] if event["name"] == "EventDispatch" else ""
        if kind in POINTER:
            spent += event["tdur"] / 1000
        elif kind in MOVE and not pointer.clicks:
            pointer.first_move += event["tdur"] / 1000
        if kind == "click":
            pointer.clicks.append(spent)
            spent = 0.0
    return pointer


def wire(browser: Browser, stage: Site, tag: Tag) -> Wire:
    """Requests of a busy visit, then bytes as the difference between visits with and without clicks."""
    stage.received.clear()
    page = _open(browser, stage, tag, 1)
    until = time.monotonic() + BUSY_SECONDS
    for number in range(CLICKS):
        page.click(f"#b{number % PRODUCTS}")
        page.wait_for_timeout(150)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_timeout(max(0.0, until - time.monotonic()) * 1000)
    methods = [request.method for request in list(stage.received)]
    page.context.close()
    sizes = [_bytes(browser, stage, tag, clicked) for clicked in (0, CLICKS)]
    return Wire(methods.count("POST"), methods.count("OPTIONS"), (sizes[1] - sizes[0]) / CLICKS)


def _bytes(browser: Browser, stage: Site, tag: Tag, clicked: int) -> int:
    page = _open(browser, stage, tag, 1)
    page.wait_for_timeout(SETTLE)
    stage.received.clear()
    for number in range(clicked):
        page.click(f"#b{number}")
    page.wait_for_timeout(2 * SETTLE)
    page.close()
    time.sleep(1)
    size = sum(len(request.body) + len(request.path) for request in list(stage.received) if request.method == "POST")
    page.context.close()
    return size
