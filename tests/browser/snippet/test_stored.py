"""From a page of one origin to the rows of a real collector on another: the script, its part, what is stored."""

import hashlib
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

from tests.browser.snippet.server import CHUNKS, Site
from tests.support.collector import WRITE_KEY, Collector, eventually

PAGE = """<!doctype html><link rel=icon href=data:,><title>Laptops</title>
<script async src="{url}/s/v1.js" data-key="{key}" data-flush=30></script>
<article data-product-id=mbp-16><img src="/img/mbp-200x200.svg"><button id=buy>Buy</button></article>
<a id=out href="https://partner.example/x?token=t0psecret">Partner</a>
<form aria-label=Order><input name=mail><button>Order</button></form>
<script>addEventListener('click', (e) => e.preventDefault())</script>"""


def test_what_a_visitor_does_is_stored(tmp_path: Path, site: Site, profile: BrowserContext) -> None:
    with Collector(tmp_path / "data", sites=f"shop={WRITE_KEY}@{site.url}") as collector:
        site.pages["/"] = PAGE.format(url=collector.url, key=WRITE_KEY)
        page = profile.new_page()
        page.goto(site.url + "/")
        page.wait_for_function("window.ix && ix.on && !document.querySelector('script[integrity]')")
        page.fill("[name=mail]", "ann@example.com")
        page.click("#buy", click_count=3)
        page.click("#out")
        wanted = {"page_view", "form_start", "type", "click", "rage_click", "outbound", "image_view"}
        eventually(lambda: {row["event_name"] for row in collector.rows()}, lambda names: names >= wanted)
        page.close()
        rows = eventually(collector.rows, lambda rows: any(row["event_name"] == "form_abandon" for row in rows))
        assert len({row["event_id"] for row in rows}) == len(rows), "stored twice"
        by_name = {row["event_name"]: row for row in rows}
        assert sum(row["event_name"] == "click" for row in rows) == 4
        assert by_name["rage_click"]["target_label"] == "Buy" and by_name["rage_click"]["count"] == 3
        assert by_name["rage_click"]["interacted_image_url"] == site.url + "/img/mbp-200x200.svg"
        assert by_name["image_view"]["product_id"] == "mbp-16" and by_name["image_view"]["visible_ms"] >= 1000
        assert not [row for row in rows if "ann@" in str(row) or "t0psecret" in str(row)]


def test_the_collector_serves_parts_for_ever_and_packed(tmp_path: Path) -> None:
    with Collector(tmp_path / "data") as collector:
        for name in CHUNKS:
            for encoding in ("br", "gzip", "identity"):
                answer = collector.http.get(f"/s/{name}", headers={"accept-encoding": encoding})
                assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
                assert answer.headers["access-control-allow-origin"] == "*"
                if encoding != "br":  # what the test's client cannot unpack
                    digest = hashlib.sha256(answer.content).digest()
                    assert urlsafe_b64encode(digest).decode().rstrip("=") + ".js" == name
                assert answer.headers.get("content-encoding", "identity") == encoding
        assert collector.http.get("/s/more.js").status_code == 404, "only under the name that is its hash"


def test_a_picture_is_stored_with_the_words_it_came_with(tmp_path: Path, site: Site, profile: BrowserContext) -> None:
    with Collector(tmp_path / "data", sites=f"shop={WRITE_KEY}@{site.url}") as collector:
        site.pages["/"] = PAGE.format(url=collector.url, key=WRITE_KEY)
        page = profile.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(f"{request.method} {request.url}"))
        page.goto(site.url + "/")
        page.wait_for_function("window.ix && ix.on && !document.querySelector('script[integrity]')")
        page.evaluate("ix('feedback', {text: 'The filter is odd', rating: 2, screenshot: true})")
        [row] = eventually(lambda: [row for row in collector.rows() if row["event_name"] == "feedback"])
        assert row["content"] == "The filter is odd" and row["rating"] == 2
        image = collector.get(urlsplit(row["interacted_image_url"]).path)
        assert image.status_code == 200 and image.headers["content-type"] == "image/webp"
        assert hashlib.sha256(image.content).hexdigest() in row["interacted_image_url"]
        assert not [request for request in requests if request.startswith("OPTIONS")]
