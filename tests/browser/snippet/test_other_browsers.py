"""The tag in Firefox and WebKit, to the rows of a real collector on another origin. Skipped where there is no such
browser."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.snippet.firefox import Firefox, firefox
from tests.browser.snippet.server import Site
from tests.browser.snippet.webdriver import Driven
from tests.browser.snippet.webkit import WebKit, webkit
from tests.support.collector import WRITE_KEY, Collector, eventually

FIREFOX = pytest.param(
    Firefox, id="firefox", marks=pytest.mark.skipif(not firefox(), reason="no Firefox: apt-get install firefox-esr")
)
WEBKIT = pytest.param(
    WebKit,
    id="webkit",
    marks=pytest.mark.skipif(not webkit(), reason="no WebKit: apt-get install webkit2gtk-driver xvfb"),
)

Rows = dict[str, dict[str, Any]]
PAGE = """<!doctype html><html lang=en><link rel=icon href=data:,><title>{title}</title>
<script async src="{url}/s/v1.js" data-key="{key}" data-flush="{flush}"></script>
<main><article data-product-id=mbp-16><img src="/img/mbp-200x200.svg"><button id=buy>Buy {title}</button></article>
<button id=route>More</button><form aria-label=Order><input name=mail></form><p style="height: 4000px">Long</p></main>
<script>route.onclick = () => history.pushState(0, '', '/more'); buy.onclick = () => buy.dataset.seen = 1</script>"""


@pytest.fixture(scope="module", params=[FIREFOX, WEBKIT])
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    with request.param(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with Collector(tmp_path_factory.mktemp("collector") / "data", sites=f"shop={WRITE_KEY}@*") as collector:
        yield collector


def add_page(site: Site, collector: Collector, title: str, flush: int = 30) -> str:
    site.pages[f"/{title}"] = PAGE.format(title=title, url=collector.url, key=WRITE_KEY, flush=flush)
    return f"{site.url}/{title}"


def stored(collector: Collector, site: Site, *wanted: str) -> Rows:
    """The last row of each event on this site, as soon as all that are wanted are there; none was stored twice."""
    rows = eventually(
        lambda: [row for row in collector.rows() if row["url"].startswith(site.url)],
        lambda rows: {row["event_name"] for row in rows} >= set(wanted),
    )
    assert len({row["event_id"] for row in rows}) == len(rows), "stored twice"
    return {row["event_name"]: row for row in rows}


def test_what_a_visitor_does_is_stored(browser: Driven, site: Site, collector: Collector) -> None:
    browser.visit(add_page(site, collector, "laptops"))
    browser.type("[name=mail]", "ann@example.com")
    browser.click("#buy")
    browser.click("#route")
    stored(collector, site, "image_view")
    browser.run("scrollTo(0, document.documentElement.scrollHeight)")
    browser.run("ix('feedback', {text: 'The filter is odd', rating: 2})")
    rows = stored(
        collector, site, "page_view", "type", "form_start", "click", "navigate", "scroll", "feedback", "image_view"
    )
    assert (rows["navigate"]["url"], rows["navigate"]["referrer"]) == (site.url + "/more", site.url + "/laptops")
    assert rows["scroll"]["scroll_depth"] == 100 and rows["scroll"]["url"] == site.url + "/more"
    assert rows["feedback"]["content"] == "The filter is odd" and rows["feedback"]["rating"] == 2
    assert rows["image_view"]["product_id"] == "mbp-16" and rows["image_view"]["browser"].startswith(
        ("Firefox", "Safari")
    )
    [click] = [r for r in collector.rows(event="click") if r.get("product_id") and r["url"].startswith(site.url)]
    assert click["target_label"] == "Buy laptops" and click["interacted_image_url"].endswith("/img/mbp-200x200.svg")
    assert not [row for row in collector.rows() if "ann@" in str(row)]


def test_a_click_before_the_tab_is_closed_arrives(browser: Driven, site: Site, collector: Collector) -> None:
    marks = {f"last-{number}" for number in range(5)}
    for mark in sorted(marks):
        browser.new_tab()
        browser.visit(add_page(site, collector, mark, flush=60_000))
        browser.click("#buy")
        browser.close_tab()
    eventually(
        lambda: {row["target_label"] for row in collector.rows(event="click")},
        lambda labels: labels >= {f"Buy {mark}" for mark in marks},
    )


def test_what_could_not_be_sent_comes_with_the_next_visit(browser: Driven, site: Site, collector: Collector) -> None:
    site.passes_on = ("/v1/", collector.url)
    site.proxy_says = 503
    page = PAGE.replace('data-key="{key}"', 'data-key="{key}" data-endpoint=/v1/batch')
    for path, flush in {"/shop": 60_000, "/next": 100}.items():
        site.pages[path] = page.format(title="later", url=collector.url, key=WRITE_KEY, flush=flush)
    browser.new_tab()
    browser.visit(site.url + "/shop")
    browser.click("#buy")
    browser.close_tab()
    assert not [row for row in collector.rows() if row["url"].startswith(site.url)]
    site.proxy_says = 0
    browser.visit(site.url + "/next")
    assert stored(collector, site, "click")["click"]["target_label"] == "Buy later"
