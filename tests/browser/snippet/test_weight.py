"""What the tag costs on the wire, with its own timings."""

import json

from playwright.sync_api import BrowserContext

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

CARDS = "".join(
    f"<li data-product-id=p{n}><a href='/p/{n}'>Laptop number {n}</a><p style='height:150px'>Light</p></li>"
    for n in range(20)
)


def test_twenty_clicks_and_a_full_scroll_take_few_small_requests(
    site: Site, visit: Visit, profile: BrowserContext
) -> None:
    page = profile.new_page()
    page.clock.install()
    visit(
        f"<main><ul>{CARDS}</ul></main><script>addEventListener('click', (e) => e.preventDefault())</script>",
        page=page,
        flush="",
    )
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)  # ten seconds are ten, on any machine
    for n in range(20):
        page.click(f"[data-product-id=p{n}] a")
        page.clock.run_for(400)
    page.evaluate(
        "new Promise((done) => { addEventListener('scrollend', done, {once: true}); scrollTo(0, document.documentElement.scrollHeight) })"
    )
    page.clock.run_for(5_000)
    clicks = site.wait_events("click", 20)
    site.wait(lambda: any(event["depth"] == 100 for event in site.events("scroll")))
    assert not [request for request in site.received if request.method == "OPTIONS"], "no preflight"
    assert len(site.received) <= 6
    sizes = [len(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()) for event in clicks]
    assert max(sizes) <= 500
