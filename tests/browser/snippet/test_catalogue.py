"""Products that only the page's JSON-LD knows."""

import json

from playwright.sync_api import BrowserContext

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

AFTER_IDLE = "new Promise((done) => requestIdleCallback(() => done()))"  # these run in the order of asking
STAY = "<script>addEventListener('click', (e) => e.preventDefault())</script>"


def said(what: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(what)}</script>'


LIST = {
    "@graph": [
        {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "item": {"@type": "Product", "sku": "a-1", "url": "/p/a?token=t0p"}},
                {"@type": "ListItem", "item": {"@type": ["Product"], "sku": "b-1", "image": ["/b-200x200.svg"]}},
            ],
        }
    ]
}


def test_cards_of_a_list(site: Site, visit: Visit) -> None:
    page = visit(
        "<ul><li><a href='/p/a'>A</a><button id=a>Buy</button></li><li><img id=i src='/b-200x200.svg'><button id=b>Buy</button>"
        "</li><li><a href='/p/c'>C</a><button id=c>Buy</button></li></ul>" + said(LIST) + STAY
    )
    page.evaluate(AFTER_IDLE)
    for name in ("#a", "#i", "#b", "#c"):
        page.click(name)
    found = [event["target"].get("product_id") for event in site.wait_events("click", 4)]
    assert found == ["a-1", "b-1", "b-1", None]


def test_the_page_of_one_product(site: Site, visit: Visit) -> None:
    product = {"@type": "http://schema.org/Product", "productID": "mbp-16", "name": "MacBook"}
    page = visit(
        "<nav><button id=n>Menu</button></nav><main><button id=b>Buy</button></main><aside><ul><li><a id=o href='/p/other'>Other</a></ul>"
        "</aside><script type='application/ld+json'>{broken</script>" + said(product) + STAY
    )
    page.evaluate(AFTER_IDLE)
    for name in ("#n", "#b", "#o"):
        page.click(name)
    found = [event["target"].get("product_id") for event in site.wait_events("click", 3)]
    assert found == [None, "mbp-16", None]


def test_a_list_of_several_products_is_not_its_first_one(site: Site, visit: Visit) -> None:
    other = {"@type": "Product", "sku": "c-1", "url": "/p/c"}
    page = visit(
        "<div class=products><button id=s>Sort</button><div class=product><a href='/p/a'>A</a><button id=a>Buy</button></div>"
        "<div class=product><a href='/p/c'>C</a></div></div>" + said([LIST, other]) + STAY
    )
    page.evaluate(AFTER_IDLE)
    for name in ("#s", "#a"):
        page.click(name)
    assert [event["target"].get("product_id") for event in site.wait_events("click", 2)] == [None, "a-1"]


def test_the_only_product_is_the_one_of_this_route(site: Site, visit: Visit, profile: BrowserContext) -> None:
    page = profile.new_page()
    page.clock.install()
    visit("<button>Buy</button>" + said({"@type": "Product", "sku": "a-1"}), "/p/a", page=page)
    page.wait_for_load_state("load")
    page.clock.run_for(1_000)
    page.click("button")
    page.evaluate("history.pushState(null, '', '/p/b')")
    page.click("button")
    page.evaluate("""document.querySelector('[type*=ld]').textContent = '{"@type": "Product", "sku": "b-1"}'""")
    page.clock.run_for(3_000)
    page.click("button")
    page.clock.run_for(1_000)
    found = [event["target"].get("product_id") for event in site.wait_events("click", 3)]
    assert found == ["a-1", None, "b-1"]


def test_the_only_product_is_not_one_of_another_page(site: Site, visit: Visit) -> None:
    product = said({"@type": "Product", "sku": "a-1", "url": "/p/a"})
    for path in ("/found", "/all/p/a/"):
        page = visit("<button>Buy</button>" + product, path, query="?utm_source=x/y")
        page.evaluate(AFTER_IDLE)
        page.click("button")
    found = [event["target"].get("product_id") for event in site.wait_events("click", 2)]
    assert found == [None, "a-1"]
