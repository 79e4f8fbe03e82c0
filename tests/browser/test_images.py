"""Images in a real browser: a page sends one without a preflight, the live page shows it, nothing runs from it."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.collector import ADMIN_KEY, WRITE_KEY, Collector, batch, event
from tests.support.picturing import picture

SEND = """async ([address, type]) => {
    const canvas = document.createElement("canvas");
    canvas.width = 320; canvas.height = 200;
    canvas.getContext("2d").fillRect(20, 20, 100, 100);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/webp", 0.6));
    const answer = await fetch(address, {method: "POST", body: new Blob([picture], {type}), keepalive: true});
    return [answer.status, await answer.json()];
}"""


class _Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>A shop</title><h1>A shop</h1>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def collector(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    data = tmp_path_factory.mktemp("images") / "data"
    with Collector(data, sites=f"shop={WRITE_KEY}@{shop}") as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def enter(page: Page, collector: Collector) -> None:
    answer = page.request.post(f"{collector.url}/v1/session", data={"key": ADMIN_KEY})
    assert answer.ok


def test_a_page_sends_a_picture_and_the_live_page_shows_it(page: Page, shop: str, collector: Collector) -> None:
    address = f"{collector.url}/v1/images?k={WRITE_KEY}"
    sent: list[dict[str, Any]] = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.requestWillBeSent", lambda told: sent.append(told["request"]))
    page.goto(shop)
    status, answer = page.evaluate(SEND, [address, ""])
    assert status == 201
    assert ["POST"] == [request["method"] for request in sent if request["url"] == address]
    assert 201 == page.evaluate(SEND, [address, "image/webp"])[0]
    methods = [request["method"] for request in sent if request["url"] == address]
    assert (2, 1) == (methods.count("POST"), methods.count("OPTIONS"))

    said = event("feedback", text="the menu is hard to find", screenshot=answer["image_id"], url=f"{shop}/help")
    assert collector.send(batch(said), headers={"origin": shop}).json()["accepted"] == 1
    collector.rows_when(1, event="feedback")
    enter(page, collector)
    page.goto(f"{collector.url}/live")
    image = page.get_by_alt_text("Image: screenshot")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 128)
    image.click()
    link = page.get_by_role("link", name=f"/images/{answer['image_id']}")
    assert f"{collector.url}/images/{answer['image_id']}" == link.evaluate("link => link.href")


def test_another_sites_page_may_not_read_an_image(page: Page, shop: str, collector: Collector) -> None:
    image_id = collector.upload(picture(320, 200), headers={"origin": shop}).json()["image_id"]
    enter(page, collector)
    page.goto(shop)
    read = "address => fetch(address, {credentials: 'include'}).then(() => 'read', () => 'refused')"
    assert "refused" == page.evaluate(read, f"{collector.url}/images/{image_id}")


def test_a_page_that_begins_as_a_picture_does_not_run(page: Page, shop: str, collector: Collector) -> None:
    hostile = picture(8, 8, "GIF") + b"<html><script>document.title='it ran'</script></html>"
    image_id = collector.upload(hostile, headers={"origin": shop, "content-type": "text/html"}).json()["image_id"]
    enter(page, collector)
    page.goto(f"{collector.url}/images/{image_id}")
    assert "it ran" != page.title()
    assert 8 == page.evaluate("document.images[0].naturalWidth")
    assert "null" == page.evaluate("window.origin")
