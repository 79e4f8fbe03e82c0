"""What a visitor did is stored once in the real collector, whatever happened to page, network or collector meanwhile."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.snippet.conftest import LATER
from tests.browser.snippet.server import Site
from tests.support.collector import WRITE_KEY, Collector, eventually

PREFIX = "/fx"
SITES = f'[sites.shop]\nwrite_key = "{WRITE_KEY}"\norigins = ["*"]\npath = "{PREFIX}"\n'
NEVER = 600_000
WAITING = "Object.keys(localStorage).some((key) => key.includes('.out.'))"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    data = tmp_path_factory.mktemp("stored") / "data"
    data.mkdir()
    (data / "sites.toml").write_text(SITES)
    with Collector(data, sites="") as collector:
        yield collector


@pytest.fixture
def shop(site: Site, profile: BrowserContext, collector: Collector) -> Open:
    """Opens a page of the shop, whose server passes on to the collector; returns it once the tag runs with its part."""
    site.passes_on = (PREFIX + "/", collector.url)

    def open_page(path: str, *, before: str = "", flush: int = 30, body: str = "<button>Buy</button>") -> Page:
        site.pages[path] = (
            f"<!doctype html><link rel=icon href=data:,><title>Laptops</title>{body}"
            f'<script async src="{PREFIX}/s/v1.js" data-key="{WRITE_KEY}" data-flush={flush}></script>'
        )
        page = profile.new_page()
        if before:
            page.add_init_script(before)
        page.goto(site.url + path)
        page.wait_for_function("window.ix && ix.on && !document.querySelector('script[integrity]')")
        return page

    return open_page


def events(collector: Collector, site: Site) -> list[dict[str, Any]]:
    return [row for row in collector.rows() if row["url"].startswith(site.url)]


def stored(collector: Collector, site: Site, **wanted: int) -> None:
    """Waits for so many rows of each kind from this test's pages; then none is there twice, in the table itself too."""

    def count() -> Counter[str]:
        return Counter(row["event_name"] for row in events(collector, site))

    eventually(count, lambda found: all(found[name] >= number for name, number in wanted.items()))
    # Listings hide copies; what the writer has inserted does not. A row may arrive between two looks, so both are
    # taken until nothing came between; a copy stays one too many for ever.
    eventually(
        lambda: (len(collector.rows()), inserted(collector), len(collector.rows())), lambda looks: len({*looks}) == 1
    )
    assert {name: count()[name] for name in wanted} == wanted
    rows = collector.rows()
    assert len({row["event_id"] for row in rows}) == len(rows)


def inserted(collector: Collector) -> int:
    """How many rows the writer has put into the table since the collector began."""
    found = re.search(r"^collector_inserted_rows_total ([\d.e+]+)", collector.http.get("/metrics").text, re.MULTILINE)
    return int(float(found[1])) if found else 0


def test_closed_right_after_a_click(collector: Collector, site: Site, shop: Open) -> None:
    for number in range(5):
        page = shop(f"/{number}", flush=NEVER)
        page.click("button")
        page.close()
    stored(collector, site, page_view=5, click=5)


def test_all_answers_503_until_the_next_visit(collector: Collector, site: Site, shop: Open) -> None:
    site.proxy_says = 503
    page = shop("/first")
    page.click("button")
    page.evaluate("ix('track', 'said')")
    page.evaluate("ix('flush')")
    page.close()
    assert not events(collector, site)
    site.proxy_says = 0
    shop("/second").wait_for_function(f"!{WAITING}")
    stored(collector, site, page_view=2, click=1, said=1)


def test_offline_until_the_next_visit(collector: Collector, site: Site, shop: Open, profile: BrowserContext) -> None:
    page = shop("/first")
    page.wait_for_function(f"!{WAITING}")
    profile.set_offline(True)
    page.click("button")
    page.evaluate("ix('flush')")
    page.close()
    profile.set_offline(False)
    shop("/second").wait_for_function(f"!{WAITING}")
    stored(collector, site, page_view=2, click=1)


def test_answers_that_are_lost_store_nothing_twice(collector: Collector, site: Site, shop: Open) -> None:
    site.proxy_loses_answers = True
    page = shop("/first")
    page.click("button")
    page.evaluate("ix('flush')")
    page.close()
    stored(collector, site, page_view=1, click=1)
    site.proxy_loses_answers = False
    shop("/second").wait_for_function(f"!{WAITING}")
    stored(collector, site, page_view=2, click=1)


def test_the_page_s_process_crashes(collector: Collector, site: Site, shop: Open) -> None:
    page = shop("/first", flush=NEVER)
    page.click("button")
    with pytest.raises(Error):
        page.goto("chrome://crash")
    assert not events(collector, site)
    shop("/second", before=LATER).wait_for_function(f"!{WAITING}")
    stored(collector, site, page_view=2, click=1)


@pytest.mark.whole_browser
def test_the_back_forward_cache_keeps_the_page(collector: Collector, site: Site, shop: Open) -> None:
    page = shop("/first", body="<button>Buy</button><a href='/second'>Next</a>")
    page.evaluate("window.same = true; void (onpageshow = (event) => { window.persisted = event.persisted })")
    page.click("button")  # a request may be under way
    page.evaluate(f"fetch('{PREFIX}/s/v1.js')")
    site.pages["/second"] = site.pages["/first"]
    page.click("a")
    page.wait_for_url("**/second")
    page.go_back(wait_until="commit")
    page.wait_for_function("window.persisted && window.same")
    page.click("button")
    stored(collector, site, restore=1, click=3)


def test_the_collector_is_killed_and_comes_back(collector: Collector, site: Site, shop: Open) -> None:
    """Last: its counters begin anew."""
    page = shop("/first")
    page.click("button")
    page.wait_for_function(f"!{WAITING}")
    site.proxy_says = 502  # what a proxy says while there is nobody behind it
    collector.kill()
    page.click("button")
    page.evaluate("ix('flush')")
    collector.start()
    site.proxy_says = 0
    page.wait_for_function(f"!{WAITING}")
    clicks = eventually(
        lambda: [row["event_id"] for row in events(collector, site) if row["event_name"] == "click"],
        lambda clicks: len(clicks) >= 2,
    )
    assert len(clicks) == len({*clicks}) == 2
