"""What the tag costs on the wire, with its own timings."""

import json

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

CARDS = "".join(
    f"<li data-product-id=p{n}><a href='/p/{n}'>Laptop number {n}</a><p style='height:150px'>Light</p></li>"
    for n in range(20)
)


def test_twenty_clicks_and_a_full_scroll_take_few_small_requests(site: Site, visit: Visit) -> None:
    page = visit(
        f"<main><ul>{CARDS}</ul></main><script>addEventListener('click', (e) => e.preventDefault())</script>", flush=""
    )
    for n in range(20):
        page.click(f"[data-product-id=p{n}] a")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    clicks = site.wait_events("click", 20)
    site.wait(lambda: any(event["depth"] == 100 for event in site.events("scroll")))
    assert not [request for request in site.received if request.method == "OPTIONS"], "no preflight"
    assert len(site.received) <= 6
    sizes = [len(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()) for event in clicks]
    assert max(sizes) <= 500
