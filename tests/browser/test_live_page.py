"""The live page in a real browser, on a real collector."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.support.collector import eventually

pytestmark = pytest.mark.filterwarnings("error")

KEY = "a-key-for-this-test"
SITES = ("fresh", "row", "script", "said", "pause", "filter", "bots", "full", "many", "clear")
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
ROOT = Path(__file__).parents[2]
PAGE = "https://shop.example/categories/laptops"


class Collector:
    """A collector in a process of its own; it can be killed and started again on the same port and folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
        environment |= {
            "COLLECTOR_DATA_DIR": str(self._folder / "data"),
            "COLLECTOR_PORT": str(self.port),
            "COLLECTOR_ADMIN_KEY": KEY,
            "COLLECTOR_SITES": ";".join(f"{site}=pk_live_{site}@https://shop.example" for site in SITES),
            "COLLECTOR_SEGMENT_MAX_AGE_MS": "50",
            "PYTHONPATH": str(ROOT),
        }
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from collector.cli import main; main()", "serve"],
                cwd=self._folder, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        return False

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(10)

    def send(self, site: str, *events: dict[str, Any], agent: str = DESKTOP, visitor: str = "visitor-1") -> None:
        """Posts a batch; what an event leaves out is filled in."""
        now = int(time.time() * 1000)
        usual = {"at": now, "url": PAGE, "title": "Laptops"}
        batch = {
            "v": 1, "batch_id": str(uuid.uuid4()), "sent_at": now, "visitor_id": visitor,
            "session_id": str(uuid.uuid5(uuid.NAMESPACE_URL, visitor)),
            "events": [{"event_id": str(uuid.uuid4())} | usual | event for event in events],
        }  # fmt: skip
        request = urllib.request.Request(
            f"{self.url}/v1/batch?k=pk_live_{site}", json.dumps(batch).encode(),
            {"Content-Type": "application/json", "User-Agent": agent},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["accepted"] == len(events)

    def stored(self, site: str) -> int:
        """How many of a site's interactions can be read by now."""
        request = urllib.request.Request(
            f"{self.url}/v1/interactions?site={site}", headers={"Authorization": f"Bearer {KEY}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return len(json.load(answer)["interactions"])


def click(label: str, **more: Any) -> dict[str, Any]:
    return {"type": "click", "target": {"tag": "a", "role": "link", "label": label, "selector": "main > a"}, **more}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    running = Collector(tmp_path_factory.mktemp("live"))
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture
def context(browser: Browser, collector: Collector) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=collector.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab that is not signed in. An error of the page fails the test; a file that could not be loaded does not."""
    page = context.new_page()
    trouble: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            trouble.append(text)

    page.on("console", lambda message: note(message.type, message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield page
    assert trouble == []


@pytest.fixture
def live(page: Page) -> Callable[[str], Page]:
    """Opens the live page signed in, and waits until it is live."""

    def open_live(query: str) -> Page:
        answer = page.request.post("/v1/session", data={"key": KEY})
        assert answer.ok
        page.goto(f"/live?{query}")
        expect_state(page, "Live")
        return page

    return open_live


def expect_state(page: Page, name: str) -> None:
    expect(page.locator("#connection")).to_have_text(name)


def rows(page: Page) -> Locator:
    return page.locator("#list > li")


def test_sign_in_with_a_key(page: Page) -> None:
    page.goto("/live")
    expect_state(page, "Not signed in")
    expect(page.get_by_text("collector keys create NAME --scope read")).to_be_visible()
    key = page.get_by_label("API key")
    expect(key).to_be_focused()
    key.fill("not a key")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This key is unknown, or lacks the scope read.")).to_be_visible()
    key.fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    expect_state(page, "Live")
    page.get_by_role("button", name="Sign out").click()
    expect(key).to_be_visible()
    assert page.request.get("/v1/interactions").status == 401


def test_empty_says_what_to_do(live: Callable[[str], Page], collector: Collector) -> None:
    page = live("site=fresh")
    expect(page.get_by_role("heading", name="Nothing has happened yet")).to_be_visible()
    expect(page.locator("#tag")).to_have_text(
        f'<script async src="{collector.url}/s/v1.js" data-key="WRITE_KEY"></script>'
    )
    expect(rows(page)).to_have_count(0)


def test_an_interaction_appears_with_description_and_image(
    page: Page, live: Callable[[str], Page], collector: Collector
) -> None:
    collector.send("row", click("Earlier"))
    eventually(lambda: collector.stored("row") == 1)  # else it would come while the page is live, and be new as well
    page.clock.install()
    live("site=row")
    expect(rows(page)).to_have_count(1)
    collector.send(
        "row",
        click("Aster 14", image_url=f"{collector.url}/assets/icon.svg"),
        click("Broken", image_url=f"{collector.url}/none.png"),
    )
    row = rows(page).filter(has_text="clicked link 'Aster 14'")
    expect(row).to_be_visible()
    expect(row.locator("img")).to_have_attribute("alt", "Image: Aster 14")
    page.wait_for_function("document.querySelector('#list img[alt=\"Image: Aster 14\"]')?.naturalWidth > 0")
    expect(row).to_contain_text("/categories/laptops")
    expect(row.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    expect(row.locator("time")).to_have_attribute("title", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"))
    expect(rows(page).filter(has_text="'Broken'").get_by_role("img", name="could not be loaded")).to_be_visible()
    expect(rows(page).last).to_contain_text("'Earlier'")
    expect(page.locator("#rate")).to_have_text("3")
    expect(page.locator("#people")).to_have_text("1")
    page.clock.fast_forward(5000)
    expect(page.locator("#announcer")).to_have_text("2 new interactions")


def test_text_is_never_markup(live: Callable[[str], Page], collector: Collector) -> None:
    evil = "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>"
    page = live("site=script")
    collector.send(
        "script", click(evil), {"type": "feedback", "text": evil, "rating": 4}, {"type": "custom", "name": evil},
        click("No picture", image_url="data:image/svg+xml,<svg/>"), click("No script", image_url="javascript:hurt=1"),
    )  # fmt: skip
    expect(rows(page)).to_have_count(5)
    feedback = rows(page).filter(has_text="gave feedback")
    expect(feedback.locator("q")).to_have_text(evil)
    expect(feedback.get_by_role("img", name="4 of 5 stars")).to_be_visible()
    for summary in page.locator("#list summary").all():
        summary.click()
    expect(page.locator("#list details[open] dl")).not_to_have_count(0)
    assert page.locator("#list script, #list img").count() == 0
    assert page.evaluate("window.hurt") is None


def test_pause_holds_rows_back(live: Callable[[str], Page], collector: Collector) -> None:
    page = live("site=pause")
    page.locator("#interactions").focus()
    page.keyboard.press("Space")
    expect_state(page, "Paused")
    collector.send("pause", click("One"), click("Two"))
    expect(page.get_by_role("button", name="Show 2 new")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    page.get_by_label("Text").focus()
    page.keyboard.press("Space")
    expect_state(page, "Paused")
    page.get_by_role("button", name="Resume").click()
    expect_state(page, "Live")
    expect(rows(page)).to_have_count(2)


def test_filters_stand_in_the_address(live: Callable[[str], Page], collector: Collector) -> None:
    page = live("site=filter")
    collector.send("filter", click("Lamp"), click("Laptop"), {"type": "scroll", "depth": 50})
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Event").select_option("click")
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Text").fill("lamp")
    expect(rows(page)).to_have_count(1)
    assert page.evaluate("location.search") == "?site=filter&event=click&text=lamp"
    page.reload()
    expect(rows(page)).to_have_count(1)
    collector.send("filter", click("Other"), click("Desk lamp"))
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Text").fill("nothing like this")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_bots_are_hidden_at_first(live: Callable[[str], Page], collector: Collector) -> None:
    page = live("site=bots")
    collector.send("bots", click("By a bot"), agent=BOT)
    expect(page.get_by_role("heading", name="Only bots so far")).to_be_visible()
    collector.send("bots", click("By a person"))
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Bots").check()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).filter(has_text="By a bot").locator(".bot")).to_have_text("bot")


def test_a_row_opens_to_all_its_fields(live: Callable[[str], Page], collector: Collector) -> None:
    page = live("site=full")
    collector.send("full", click("Aster 14", x=12, props={"shelf": "top"}), visitor="visitor-full")
    rows(page).locator("summary").press("Enter")
    fields = rows(page).locator("dl")
    for text in ("target_selector", "main > a", "request_id", "visitor-full", '"shelf": "top"'):
        expect(fields.filter(has_text=text).first).to_be_visible()
    expect(fields.filter(has_text="target_selector")).to_have_count(1)


def test_at_most_300_rows(live: Callable[[str], Page], collector: Collector) -> None:
    page = live("site=many")
    collector.send("many", *(click(f"Item {number}", x=number) for number in range(320)))
    expect(rows(page)).to_have_count(300)


def test_cleared_rows_stay_away(live: Callable[[str], Page], collector: Collector) -> None:
    page = live("site=clear")
    collector.send("clear", click("Old"))
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("heading", name="Cleared")).to_be_visible()
    collector.send("clear", click("New"))
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("'New'")


def test_it_fits_a_phone(live: Callable[[str], Page], collector: Collector) -> None:
    collector.send("row", click("A label without a gap " + "x" * 300))
    page = live("site=row")
    page.set_viewport_size({"width": 390, "height": 844})
    rows(page).first.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_it_comes_back_after_the_collector_was_killed(browser: Browser, tmp_path: Path) -> None:
    collector = Collector(tmp_path)
    with contextlib.ExitStack() as stack:
        stack.callback(collector.kill)
        collector.start()
        context = stack.enter_context(contextlib.closing(browser.new_context(base_url=collector.url)))
        page = context.new_page()
        assert page.request.post("/v1/session", data={"key": KEY}).ok
        page.goto("/live")
        expect_state(page, "Live")
        expect(page.get_by_role("heading", name="Nothing has happened yet")).to_be_visible()
        collector.send("row", click("Before"))
        expect(rows(page)).to_have_count(1)
        # Nothing reaches the collector until it has run again and has taken what the page then misses.
        context.set_offline(True)
        collector.kill()
        expect_state(page, "Reconnecting")
        expect(page.get_by_role("alert").filter(has_text="The collector does not answer.")).to_be_visible()
        expect(rows(page)).to_have_count(1)
        collector.start()
        collector.send("row", click("Missed"))
        context.set_offline(False)
        expect_state(page, "Live")
        expect(rows(page)).to_have_count(2)
        expect(rows(page).first).to_contain_text("'Missed'")
        collector.send("row", click("After"))
        expect(rows(page)).to_have_count(3)
        expect(page.locator("#notice")).to_be_hidden()
