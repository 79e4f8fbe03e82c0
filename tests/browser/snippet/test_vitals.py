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


def test_last_words_of_a_page_that_is_hidden_share_one_request(site: Site, visit: Visit) -> None:
    page = visit("<h1>Laptops</h1><p style='height: 4000px'>Long</p>", vitals="", flush="600000")
    page.wait_for_function("!document.querySelector('script[integrity]')")
    page.mouse.wheel(0, 9000)
    page.wait_for_function("scrollY > 900 && Object.values(localStorage).join().includes('\"TTFB\"')")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    site.wait(lambda: {event["metric"] for event in site.events("web_vital")} >= {"LCP", "CLS"})
    assert site.events("scroll") and len(site.batches()) == 1
