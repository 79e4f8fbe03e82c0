"""How fast the page felt: only where the tag asks for it."""

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

BUSY = "const end = performance.now() + 400; while (performance.now() < end);"


def test_vitals_and_slow_interactions(site: Site, visit: Visit) -> None:
    page = visit(
        f"<h1>Laptops</h1><button id=b onclick='{BUSY} this.dataset.on = 1'>Sort</button>", vitals="", flush="600000"
    )
    page.wait_for_function("!document.querySelector('script[integrity]')")
    page.click("#b")
    page.wait_for_function("Object.values(localStorage).join().includes('\"slow\"')")
    page.close()
    wanted = {"LCP", "FCP", "CLS", "TTFB", "INP", "slow"}
    site.wait(lambda: {event["metric"] for event in site.events("web_vital")} >= wanted)
    events = {event["metric"]: event for event in site.events("web_vital")}
    assert events["slow"]["value"] >= 400 and events["slow"]["target"]["label"] == "Sort"
    assert events["INP"]["value"] >= 400


def test_no_vitals_unless_asked_for(site: Site, visit: Visit) -> None:
    visit("<h1>Laptops</h1>").close()
    site.wait_event("page_view")
    assert not site.events("web_vital")
