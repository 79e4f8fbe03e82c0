"""The demo shop in a real browser: pages load clean, the cart, the rooms and the feedback box work."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.demo import catalogue
from collector.demo.shop_app import shop_app
from collector.demo.traffic import visits

PAGES = [
    "/", "/cart", "/thanks", "/thanks?for=question", "/inspire", "/search?q=lamp", "/search?q=nothing",
    *(category.path for category in catalogue.CATEGORIES),
    *(product.path for product in catalogue.PRODUCTS),
    *(room.path for room in catalogue.ROOMS),
]  # fmt: skip


def serve(app: Starlette) -> Iterator[str]:
    """Runs the app on a free port of this machine and stops it after use."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    server = Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert started.wait(10)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def collector_url() -> Iterator[str]:
    async def script(_: Request) -> Response:
        return Response("document.documentElement.dataset.tag = 'here';", media_type="text/javascript")

    yield from serve(Starlette(routes=[Route("/s/v1.js", script)]))


@pytest.fixture(scope="module")
def shop_url(collector_url: str) -> Iterator[str]:
    yield from serve(shop_app(collector_url, "wk_test", f"{collector_url}/live"))


@pytest.fixture
def page(browser: Browser, shop_url: str) -> Iterator[Page]:
    """A tab of its own; the test fails when anything was written to the console as an error."""
    context = browser.new_context(base_url=shop_url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda m: trouble.append(f"{m.text} {m.location}") if m.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield page
    context.close()
    assert trouble == []


def no_overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_every_page_loads_without_trouble_and_fits_a_phone(page: Page, shop_url: str) -> None:
    for path in PAGES:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(path)
        expect(page.locator("html[data-tag=here]")).to_be_attached()
        expect(page.locator("h1")).to_have_count(1)
        page.evaluate("for (const image of document.images) image.loading = 'eager'")
        page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
        loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
        assert all(name.startswith(shop_url) or name.endswith("/s/v1.js") for name in loaded), path
        page.set_viewport_size({"width": 360, "height": 740})
        assert no_overflow(page), path


def test_the_tag_stands_in_the_page_as_documented(page: Page, collector_url: str) -> None:
    page.goto("/")
    tag = page.locator("script[data-key]")
    expect(tag).to_have_attribute("src", f"{collector_url}/s/v1.js")
    expect(tag).to_have_attribute("data-key", "wk_test")
    expect(tag).to_have_attribute("data-source", "ecommerce")
    expect(tag).to_have_attribute("data-flush", "300")
    expect(page.get_by_role("link", name="See it live")).to_have_attribute("rel", "noopener")
    # The question box must carry no mark by which it would be read.
    page.goto("/products/aster-14")
    assert "data-ix" not in page.locator("#ask").evaluate("form => form.outerHTML")


def test_cart_and_order(page: Page) -> None:
    page.goto("/cart")
    expect(page.get_by_role("heading", name="Nothing in here yet")).to_be_visible()
    page.goto("/categories/lamps")
    page.get_by_role("button", name="Add Dome Table Lamp to cart").click()
    expect(page.locator("[data-cart-count]")).to_have_text("1")
    expect(page.locator("[data-toast]")).to_be_visible()
    page.goto("/products/aster-14")
    page.locator(".facts").get_by_role("button", name="Add to cart").click()
    expect(page.locator("[data-cart-count]")).to_have_text("2")
    page.get_by_role("link", name="Cart").click()
    page.get_by_role("button", name="One Dome Table Lamp more").click()
    expect(page.locator("[data-total]")).to_have_text("€ 1,457")
    assert page.locator("#order").evaluate("b => ({...b.dataset})") == {
        "ixEvent": "purchase", "ixPropCurrency": "EUR", "ixPropValue": "1457", "ixPropQuantity": "3",
    }  # fmt: skip
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Address").fill("1 Long Street")
    page.get_by_role("button", name="Place order").click()
    expect(page).to_have_url(re.compile("/thanks$"))
    expect(page.locator("[data-cart-count]")).to_have_text("0")


def test_rooms_change_without_loading(page: Page) -> None:
    page.goto("/inspire")
    page.evaluate("window.mark = 1")
    page.locator("#room").get_by_role("link", name="Living room").click()
    expect(page).to_have_title("Living room · Inspiration · Morrow & Pine")
    expect(page).to_have_url(re.compile("/inspire/living-room$"))
    expect(page.locator("#in-room > li")).to_have_count(3)
    page.locator("#rooms").get_by_role("link", name="Studio").click()
    expect(page).to_have_title("Studio · Inspiration · Morrow & Pine")
    page.go_back()
    expect(page.get_by_role("heading", name="Living room")).to_be_visible()
    assert page.evaluate("window.mark") == 1
    page.reload()
    expect(page.get_by_role("heading", name="Living room")).to_be_visible()


def test_feedback_is_thanked_and_readable_at_submit(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        "document.addEventListener('submit', (e) => window.sent = Object.fromEntries(new FormData(e.target)))"
    )
    page.get_by_role("radio", name="4 of 5").check()
    page.get_by_label("Your feedback").fill("Lovely lamps")
    page.get_by_role("button", name="Send feedback").click()
    expect(page.get_by_text("Your note is on its way to us")).to_be_visible()
    assert page.evaluate("window.sent") == {"rating": "4", "text": "Lovely lamps"}


def test_question_gallery_and_search(page: Page) -> None:
    page.goto("/products/field-35")
    page.get_by_label("Your question").fill("Is it heavy?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("We will write to you")).to_be_visible()
    assert "heavy" not in page.url
    page.get_by_role("button", name="Close-up").click()
    expect(page.locator("#picture")).to_have_attribute("src", "/img/field-35-close.svg")
    page.get_by_label("Search the shop").fill("desk lamp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=desk\+lamp$"))
    expect(page.locator("#results > li")).to_have_count(1)


def test_a_wrong_address_says_so(page: Page) -> None:
    answer = page.request.get("/no/such/page")
    assert answer.status == 404 and "This shelf is empty" in answer.text()
    assert page.request.get("/products/none").status == 404
    assert "script-src 'self' http://127.0.0.1" in answer.headers["content-security-policy"]


def test_made_up_clicks_hit_what_they_name(page: Page, shop_url: str) -> None:
    """Selectors and labels of generated events are those of the pages, and points lie on the elements."""
    end = datetime(2026, 11, 23, tzinfo=UTC)
    wanted: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for visit in visits(11, end - timedelta(days=2), end, 200, shop_url):
        for batch in visit.batches:
            size = batch["context"]["viewport"]
            for event in batch["events"]:
                if event["type"] == "click" and size in ((393, 659), (1512, 823)):
                    target = event["target"]
                    key = (size, event["url"].partition("?utm")[0], target["selector"])
                    wanted[key] = (target["label"], event["page_x"], event["page_y"])
    assert len(wanted) > 50
    page.goto("/")
    page.evaluate("localStorage.setItem('cart', JSON.stringify({'aster-14': 1, 'dome-table': 1}))")
    missed = []
    here = None
    for (size, url, selector), (label, x, y) in sorted(wanted.items()):
        if here != (size, url):
            here = (size, url)
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.goto(url)
        element = page.locator(selector)
        element.wait_for(state="attached")
        words, left, right, top, bottom = element.evaluate(
            """(one) => {
                const { left, right, top, bottom } = (one.closest(".card") ?? one).getBoundingClientRect();
                const words = one.getAttribute("aria-label") ?? one.textContent;
                return [words.trim(), left, right, top + scrollY, bottom + scrollY];
            }"""
        )
        assert words.startswith(label), (url, selector, words)
        if not (left <= x <= right and top <= y <= bottom):
            missed.append((url, selector, size, (x, y), (left, right, top, bottom)))
    # Positions were measured at two widths: at others a few lie beside their element.
    assert len(missed) < 0.15 * len(wanted), missed
