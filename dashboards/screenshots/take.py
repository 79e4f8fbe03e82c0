"""The pictures of the README: a shop with thirty days of visitors, its dashboards, as a browser shows them.

`make screenshots` writes them beside this file.
"""

import io
import signal
import tempfile
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from rich.console import Console

from tests.browser.conftest import ARGUMENTS, chromium
from tests.support.collector import BROWSER, eventually
from tests.support.demo import Demo

FOLDER = Path(__file__).parent
DAYS = 30
FILLED_SECONDS = 600
COLORS = 160
MOST_BYTES = 300_000
VIEW = {"width": 1360, "height": 860}
SHOPPING = {"width": 1366, "height": 768}
PAGES = {
    "overview": "/overview",
    "images": "/images",
    "funnel": "/journeys",
    "heatmap": "/heatmap?path=%2F&device=desktop",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder), "--traffic", "--backfill", str(DAYS))
        demo.start()
        try:
            eventually(lambda: "days are stored" in demo.log.read_text("utf-8"), seconds=FILLED_SECONDS)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
                show_the_page(browser, demo)
                context = browser.new_context(
                    base_url=demo.api, viewport=VIEW, locale="en-GB", timezone_id="Europe/Berlin", color_scheme="light"
                )
                assert context.request.post("/v1/session", data={"key": demo.key}).ok
                for name, path in PAGES.items():
                    save(name, dashboard(context, path))
                save("live", live(context))
                browser.close()
        finally:
            assert demo.process
            demo.process.send_signal(signal.SIGINT)
            demo.process.wait(30)


def show_the_page(browser: Browser, demo: Demo) -> None:
    """A visitor sends pictures of the shop's first page, from its top to its end, with what they think of it."""
    page = browser.new_context(viewport=SHOPPING, user_agent=BROWSER).new_page()  # its own says that it is a program
    page.goto(demo.shop)
    page.wait_for_load_state("networkidle")
    height = page.evaluate("document.documentElement.scrollHeight")
    tops = [*range(0, height - SHOPPING["height"], SHOPPING["height"]), height - SHOPPING["height"]]
    for top in tops:
        page.evaluate("top => scrollTo({top, behavior: 'instant'})", top)
        page.wait_for_timeout(300)  # until images that were far away are there
        page.evaluate("() => ix('feedback', {text: 'I like how calm this page is', rating: 5, screenshot: true})")
        eventually(lambda top=top: any(abs(one["top"] * SHOPPING["width"] - top) < 1 for one in pictures(demo)))


def pictures(demo: Demo) -> list[dict[str, float]]:
    answer = httpx.get(f"{demo.api}/v1/heatmap", params={"path": "/"}, headers={"authorization": f"Bearer {demo.key}"})
    return answer.raise_for_status().json()["pictures"]


def dashboard(context: BrowserContext, path: str) -> bytes:
    page = context.new_page()
    page.goto(path)
    expect(page.locator("main .panel").first).to_be_attached()
    expect(page.locator("main .panel[aria-busy='true']")).to_have_count(0, timeout=30_000)
    return taken(page)


def live(context: BrowserContext) -> bytes:
    page = context.new_page()
    page.goto("/live")
    expect(page.locator("#connection")).to_have_text("Live")
    page.wait_for_timeout(20_000)  # while visitors come and go
    return taken(page)


def taken(page: Page) -> bytes:
    page.wait_for_load_state("networkidle") if "/live" not in page.url else None
    page.wait_for_timeout(500)
    picture = page.screenshot()
    page.close()
    return picture


def save(name: str, picture: bytes) -> None:
    """Few colors make a small file, and nobody sees the difference."""
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    small = io.BytesIO()
    few.save(small, "PNG", optimize=True)
    assert small.tell() < MOST_BYTES, f"{name}.png would have {small.tell():,} bytes"
    (FOLDER / f"{name}.png").write_bytes(small.getvalue())
    Console().print(f"{name}.png {small.tell():,} bytes")


if __name__ == "__main__":
    main()
