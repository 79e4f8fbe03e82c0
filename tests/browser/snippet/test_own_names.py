"""A shop that passes everything on below a path of its own host, under names of its own."""

from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.snippet.server import Site
from tests.support.collector import WRITE_KEY, Collector, batch, eventually

CSP = "script-src 'self'; connect-src 'self'"
SITES = """
[sites.shop]
write_key = "{key}"
origins = ["{origin}"]
path = "/fx"
script = "shop.js"
"""


def test_a_proxy_of_the_shop_hides_where_it_goes(tmp_path: Path, site: Site, profile: BrowserContext) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "sites.toml").write_text(SITES.format(key=WRITE_KEY, origin=site.url))
    with Collector(data, sites="") as collector:
        site.passes_on = ("/fx/", collector.url)
        site.page_headers = {"content-security-policy": CSP}
        site.pages["/"] = (
            f"<!doctype html><link rel=icon href=data:,><title>Laptops</title><button>Buy</button>"
            f'<script async src="/fx/s/shop.js" data-key="{WRITE_KEY}" data-flush=30></script>'
        )
        page = profile.new_page()
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(site.url)
        # asked from outside: the page's policy forbids the waiting that is put into a page
        eventually(lambda: page.evaluate("!!(window.ix && ix.on && !document.querySelector('script[integrity]'))"))
        page.click("button")
        page.evaluate("ix('feedback', {text: 'Odd', screenshot: true})")
        rows = eventually(collector.rows, lambda rows: {row["event_name"] for row in rows} >= {"click", "feedback"})
        assert "/images/" in next(row for row in rows if row["event_name"] == "feedback")["interacted_image_url"]
        assert {url.split("/")[3] for url in asked if url.startswith("http") and url != site.url + "/"} == {"fx"}
        assert not [text for text in said if "Content Security Policy" in text]

        assert collector.http.get("/s/shop.js").content == collector.http.get("/s/v1.js").content
        assert collector.http.get("/fx/s/nothing.js").status_code == 404
        assert collector.http.get("/fx/v1/interactions").status_code == 404, "only what pages need"
        assert collector.http.get("/other/s/v1.js").status_code == 404
        refused = collector.http.post("/fx/v1/batch?k=pk_unknown", json=batch())
        assert refused.status_code == 401
