"""What a click says: what was clicked in words, where, which product, which image."""

import json

import pytest
from playwright.sync_api import Page

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Json, Site

PRODUCTS = """
<main><section data-section="results"><ul>
  <li data-product-id="air-13"><a href="/p/air-13"><img id=one src="/img/air-600x400.svg" alt=""><b>MacBook Air</b></a></li>
  <li data-product-id="mbp-16">
    <img src="/img/badge-40x40.svg" alt="New"><img src="/img/mbp-600x400.svg?sig=hidden" alt="A laptop">
    <a href="/p/mbp-16?token=hidden&color=grey#reviews"><svg width=30 height=30><path d="M0 0h30v30H0z"/></svg>
      MacBook Pro <span>16-inch</span></a>
    <button>Add to cart</button>
  </li>
</ul></section></main>"""


def click(site: Site, page: Page, selector: str, **options: object) -> Json:
    count = len(site.events("click"))
    page.click(selector, **options)  # type: ignore[arg-type]
    return site.wait_events("click", count + 1)[-1]


def test_a_click_names_the_link_its_product_and_its_image(site: Site, visit: Visit) -> None:
    page = visit(PRODUCTS + "<div style='height:4000px'>", "/laptops")
    page.evaluate(
        "document.addEventListener('click', (e) => { e.preventDefault(); e.stopImmediatePropagation() }, true)"
    )
    page.evaluate("scrollTo(0, 50)")
    event = click(site, page, "li:nth-child(2) path")
    assert event["url"] == site.url + "/laptops" and event["title"] == "Laptops"
    assert event["target"] == {
        "tag": "a",
        "role": "link",
        "label": "MacBook Pro 16-inch",
        "selector": "main > section > ul > li:nth-child(2) > a",
        "href": site.url + "/p/mbp-16?color=grey",
        "section": "results",
        "product_id": "mbp-16",
    }
    assert event["image_url"] == site.url + "/img/mbp-600x400.svg"
    box = page.locator("li:nth-child(2) path").bounding_box()
    assert box
    assert abs(event["x"] - box["x"] - box["width"] / 2) <= 1
    assert abs(event["y"] - box["y"] - box["height"] / 2) <= 1
    assert page.evaluate("scrollY") > 0
    assert (event["page_x"], event["page_y"]) == (event["x"], event["y"] + page.evaluate("scrollY"))


def click_cases(site: Site, visit: Visit, cases: list[tuple[str, str]]) -> list[Json]:
    """One click in each case, all on one page: a page of its own for each would take half a second."""
    page = visit("".join(f"<div id=case-{chr(97 + n)}>{body}</div>" for n, (body, _) in enumerate(cases)))
    page.evaluate("document.addEventListener('click', (e) => e.preventDefault())")
    for number, (_, selector) in enumerate(cases):
        page.click(f"#case-{chr(97 + number)} {selector}" + ("" if "nth=" in selector else " >> nth=0"))
    return site.wait_events("click", len(cases))


IMAGES = [
    (PRODUCTS, "#one", "/img/air-600x400.svg"),
    (PRODUCTS, "img[alt=New]", "/img/badge-40x40.svg"),
    (PRODUCTS, "b", "/img/air-600x400.svg"),
    (PRODUCTS, "button", "/img/mbp-600x400.svg"),
    ("<article><img src='/img/a-300x300.svg'><a href='#x'>Read</a></article>", "a", "/img/a-300x300.svg"),
    ("<nav><ul><li><img src='/img/i-20x20.svg'><a href='#x'>Home</a></ul></nav>", "a", None),
    ("<p>text</p><img src='/img/a-300x300.svg'>", "p", None),
    ("<div style='height:90px;background:url(/img/bg-9x9.svg)'></div>", "div", "/img/bg-9x9.svg"),
    ("<div style='height:90px;background:url(/img/bg-9x9.svg)'>text</div>", "div", None),
    ("<img width=90 height=90 src='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\"/>'>", "img", None),
    ("<div class=products><button>Sort</button>" + 11 * "<img src='/img/a-90x90.svg'>" + "</div>", "button", None),
    (
        "<div data-product-id=a><button>Buy</button>" + 11 * "<img src='/img/a-90x90.svg'>" + "</div>",
        "button",
        "/img/a-90x90.svg",
    ),
    ("<picture><source srcset='/img/s-80x80.svg'><img src='/img/t-80x80.svg'></picture>", "img", "/img/s-80x80.svg"),
]


def test_the_image_that_was_touched(site: Site, visit: Visit) -> None:
    events = click_cases(site, visit, [(body, selector) for body, selector, _ in IMAGES])
    for (body, selector, image), event in zip(IMAGES, events, strict=True):
        assert event.get("image_url") == (site.url + image if image else None), (body, selector)


def test_a_click_in_a_long_list_asks_few_of_its_pictures(site: Site, visit: Visit) -> None:
    cards = "<article><img src='/img/a-90x90.svg' loading=lazy></article>" * 500
    page = visit(
        f"<div class=products><div class=product-list><div class=product-page><button>Sort</button>{cards}</div></div></div>"
    )
    page.evaluate(
        "window.asked = 0; const real = Element.prototype.matches;"
        "Element.prototype.matches = function (selector) { asked += this.localName === 'img'; return real.call(this, selector) }; 0"
    )
    assert "image_url" not in click(site, page, "button")
    assert page.evaluate("asked") < 10


def test_what_looks_like_a_button_is_told_as_one(site: Site, visit: Visit) -> None:
    kinds = ("button", "submit", "reset", "image")
    page = visit(
        "<form onsubmit='return false'>" + "".join(f"<input type={kind} alt=go>" for kind in kinds) + "</form>"
    )
    for kind in kinds:
        page.click(f"[type={kind}]")
    site.wait_events("click", len(kinds))
    assert ["button"] * len(kinds) == [event["target"]["role"] for event in site.events("click")]


def test_a_page_named_after_its_product_is_no_card(site: Site, visit: Visit) -> None:
    page = visit("<img src='/img/a-300x300.svg'><button>Menu</button>")
    page.evaluate("document.body.className = 'single-product'")
    assert "image_url" not in click(site, page, "button")


LABELS = [
    ("<button aria-label='Close the menu'>×</button>", "button", "Close the menu"),
    ("<b id=n>Basket</b><button aria-labelledby=n>3</button>", "button", "Basket"),
    ("<a href='#x'><img alt='Our shop' src='/img/a-90x90.svg'></a>", "img", "Our shop"),
    ("<button title='Search'><svg width=20 height=20></svg></button>", "button", "Search"),
    ("<button>  Add\n to <i>cart</i><script>var no</script><em hidden>no</em></button>", "button", "Add to cart"),
    ("<input type=submit value='Order now'>", "input", "Order now"),
    ("<label>Your size <input value=secret></label>", "input", "Your size"),
    ("<label>Colour <select><option>secret</select></label>", "select", "Colour"),
    ("<input placeholder='Your town' value=secret>", "input", "Your town"),
    ("<textarea aria-label='Note'>secret</textarea>", "textarea", "Note"),
    ("<div contenteditable aria-label='Message'>secret</div>", "div", "Message"),
    ("<button>" + "word " * 60 + "</button>", "button", ("word " * 20).strip()),
    ("<button>ann.lee@example.com</button>", "button", "[email]"),
    ("<p>john.doe@<wbr>example.com</p>", "p", "[email]"),
    ("<p><b>john.doe</b>@example<wbr>.com</p>", "p", "[email]"),
    ("<button>Write to info@müller.de</button>", "button", "Write to [email]"),
    ("<button>2 laptops @ 999.90 each</button>", "button", "2 laptops @ 999.90 each"),
    ("<button>Pay with 4111 1111 1111 1111</button>", "button", "Pay with [number]"),
    ("<button>sk_live_51H8abcDEF234567890ghijkl</button>", "button", "[token]"),
    ("<h1>Laptops</h1>", "h1", "Laptops"),
    ("<div id=all>" + "<p>much text of the page</p>" * 9 + "</div>", "p", "much text of the page"),
    ("<div role=menuitem><span>Sort by price</span></div>", "span", "Sort by price"),
    ("<button data-ix-mask>Ann Lee</button>", "button", None),
    ("<div data-ix-mask><button>Ann Lee</button></div>", "button", None),
    ("<button>Hello <b data-ix-mask>Ann Lee</b></button>", "button", "Hello"),
]


def test_labels_are_what_a_person_would_say(site: Site, visit: Visit) -> None:
    events = click_cases(site, visit, [(body, selector) for body, selector, _ in LABELS])
    for (body, _, label), event in zip(LABELS, events, strict=True):
        assert event["target"].get("label") == label, body
    assert b"secret" not in site.raw() and b"Ann Lee" not in site.raw()


SECTIONS = [
    ("<nav aria-label='Main menu'><a href='#x'>t</a></nav>", "Main menu"),
    ("<section><h2>Others bought</h2><div><a href='#x'>t</a></div></section>", "Others bought"),
    ("<footer><a href='#x'>t</a></footer>", "footer"),
    ("<main><div data-section=offers><a href='#x'>t</a></div></main>", "offers"),
    ("<div role=dialog aria-label=Cookies><a href='#x'>t</a></div>", "Cookies"),
    ("<div><a href='#x'>t</a></div>", None),
]


def test_the_section_of_the_page(site: Site, visit: Visit) -> None:
    events = click_cases(site, visit, [(body, "a") for body, _ in SECTIONS])
    assert [event["target"].get("section") for event in events] == [section for _, section in SECTIONS]


SELECTORS = [
    ("<div id=buy-box><button>t</button></div>", "#buy-box > button"),
    ("<main><div id=r12345><button>t</button></div></main>", "main > div > button"),
    ("<main><p>x</p><button>s</button><button class=t>t</button></main>", "main > button:nth-child(3)"),
    ("<div data-testid=pay><span><button>t</button></span></div>", '[data-testid="pay"] > span > button'),
    ("<header><button>t</button></header>", "header > button"),
    (
        "<p data-testid=row-john@x.com><button data-testid='a\"b'>t</button></p>",
        "#case-f > p > button",
    ),
    ("<span><button>t</button></span>", "#case-g > span > button"),
]


def test_selectors_that_last(site: Site, visit: Visit) -> None:
    events = click_cases(site, visit, [(body, "button >> nth=-1") for body, _ in SELECTORS])
    assert [event["target"]["selector"] for event in events] == [selector for _, selector in SELECTORS]


PRODUCT_MARKS = [
    ("<div data-ix-product=a1><button>t</button></div>", "a1"),
    ("<div itemscope itemtype='https://schema.org/Product' itemid=b2><button>t</button></div>", "b2"),
    (
        "<div itemscope itemtype='https://schema.org/Product'><meta itemprop=sku content=c3><button>t</button></div>",
        "c3",
    ),
    ("<div itemscope itemtype='http://schema.org/Product'><i itemprop=sku> d4 </i><button>t</button></div>", "d4"),
    ("<div data-product-id=out><div data-product-id=in><button>t</button></div></div>", "in"),
    ("<div><button>t</button></div>", None),
]


def test_products_are_recognised(site: Site, visit: Visit) -> None:
    events = click_cases(site, visit, [(body, "button") for body, _ in PRODUCT_MARKS])
    assert [event["target"].get("product_id") for event in events] == [product for _, product in PRODUCT_MARKS]


def test_a_shadow_root_hides_nothing_that_is_open(site: Site, visit: Visit) -> None:
    page = visit(
        "<main><shop-button data-product-id=s1>Buy <b>now</b></shop-button></main><script>"
        "customElements.define('shop-button', class extends HTMLElement { connectedCallback() {"
        "this.attachShadow({mode: 'open'}).innerHTML = '<button><slot></slot></button>' } })</script>"
    )
    target = click(site, page, "shop-button")["target"]
    assert target["tag"] == "button" and target["label"] == "Buy now" and target["product_id"] == "s1"
    assert target["selector"] == "main > shop-button >>> button"


def test_a_click_on_a_label_is_one_click(site: Site, visit: Visit) -> None:
    page = visit("<label><input type=checkbox> I agree</label><button>Go on</button>")
    page.click("label", position={"x": 40, "y": 8})
    assert page.is_checked("input")
    page.click("input")
    page.click("button")
    site.wait(lambda: any(e["target"]["label"] == "Go on" for e in site.events("click")))
    assert [(e["target"]["tag"], e["target"]["label"]) for e in site.events("click")] == [
        ("label", "I agree"),
        ("input", "I agree"),
        ("button", "Go on"),
    ]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<input type=radio id=l data-ix-event=choose><label for=l>Large</label>", ["choose"]),
        ("<label><input type=radio data-ix-event=choose><b>Large</b></label>", ["choose"]),
        ("<div data-ix-event=open><input type=radio id=l><label for=l>Large</label></div>", ["open"]),
        (
            "<div data-ix-event=open><input type=radio id=l><label data-ix-event=say for=l>Large</label></div>",
            ["say"],
        ),
    ],
)
def test_what_a_field_is_marked_with_is_told_once_when_its_label_is_clicked(
    site: Site, visit: Visit, body: str, names: list[str]
) -> None:
    page = visit(body)
    page.get_by_text("Large").click()
    assert page.locator("input").is_checked()
    page.evaluate("ix('track', 'after')")
    # in several batches, in any order
    site.wait(lambda: "after" in [event["name"] for event in site.events("custom")] and site.events("click"))
    assert [event["name"] for event in site.events("custom")] == [*names, "after"]
    assert len(site.events("click")) == 1


def test_a_form_whose_fields_are_called_like_properties_of_elements(site: Site, visit: Visit) -> None:
    page = visit(
        "<form><input name=children><p>Who</p><button type=button>Go</button><button type=button>No</button></form>"
    )
    page.click("button >> nth=1")
    assert site.wait_event("click")["target"]["selector"] == "body > form > button:nth-child(4)"


def test_a_menu_that_closes_under_the_pointer(site: Site, visit: Visit) -> None:
    page = visit(
        "<div id=menu style='position:absolute;width:200px;height:100px'><a role=menuitem>By price</a></div>"
        "<script>menu.onpointerdown = () => { menu.style.display = 'none' }</script>"
    )
    page.mouse.click(40, 15)
    target = site.wait_event("click")["target"]
    assert target["label"] == "By price" and target["role"] == "menuitem"


def test_who_slides_off_a_button_before_letting_go_has_not_clicked_it(site: Site, visit: Visit) -> None:
    page = visit("<button data-ix-event=add_to_cart>Add to cart</button><p style='margin:200px'>Text</p><b>End</b>")
    page.hover("button")
    page.mouse.down()
    page.hover("p")
    page.mouse.up()
    page.click("b")
    site.wait(lambda: any(event["target"]["label"] == "End" for event in site.events("click")))
    assert not site.events("add_to_cart")
    assert [event["target"]["tag"] for event in site.events("click")] == ["body", "b"]


def test_the_middle_button_does_nothing_to_a_button(site: Site, visit: Visit) -> None:
    page = visit("<button data-ix-event=add_to_cart>Add to cart</button><a href='/other'>Other</a>")
    page.click("button", button="middle")
    page.click("a", button="middle")
    assert site.wait_event("click")["target"]["label"] == "Other"
    page.evaluate("ix('flush')")
    assert not site.events("add_to_cart") and len(site.events("click")) == 1


def test_keyboard_middle_button_and_script_clicks(site: Site, visit: Visit) -> None:
    page = visit("<a href='/other'>Other</a><button>Go</button>")
    page.evaluate("document.querySelector('button').click()")  # the page's own doing
    page.focus("button")
    page.keyboard.press("Enter")
    event = site.wait_event("click")
    assert event["target"]["label"] == "Go" and "x" not in event
    page.click("a", button="middle")
    assert site.wait_events("click", 2)[1]["target"]["label"] == "Other"


def test_what_the_site_ignores_is_not_reported(site: Site, visit: Visit) -> None:
    page = visit("<div data-ix-ignore><button id=a>secret</button><input id=i></div><button id=b>Open</button>")
    page.click("#a")
    page.fill("#i", "secret")
    assert click(site, page, "#b")["target"]["label"] == "Open"
    page.evaluate("ix('flush')")
    assert len(site.events("click")) == 1 and not site.events("type")
    assert b"secret" not in site.raw()


def test_a_click_costs_no_layout(site: Site, visit: Visit) -> None:
    page = visit(PRODUCTS + "<div style='height:3000px'>")
    site.wait_events("page_view")
    page.evaluate(
        """() => {
            window.reads = [];
            const spy = (owner, name) => {
                const {get, value} = Object.getOwnPropertyDescriptor(owner, name);
                const noted = function (...args) { if (/^(pointer|mouse|click)/.test(window.event?.type)) reads.push(name); return (get || value).apply(this, args); };
                Object.defineProperty(owner, name, get ? {get: noted, configurable: true} : {value: noted, configurable: true});
            };
            for (const name of ["innerText", "offsetWidth", "offsetHeight", "offsetTop"]) spy(HTMLElement.prototype, name);
            for (const name of ["clientWidth", "clientHeight", "scrollHeight", "scrollTop", "getBoundingClientRect",
                                "getClientRects"]) spy(Element.prototype, name);
            for (const name of ["innerWidth", "innerHeight", "scrollX", "scrollY", "pageYOffset"]) spy(window, name);
            for (const name of ["width", "height"]) spy(HTMLImageElement.prototype, name);
            spy(Document.prototype, "elementFromPoint"); spy(Document.prototype, "elementsFromPoint");
            document.addEventListener("click", (e) => e.preventDefault());
        }"""
    )
    for selector in ("li:nth-child(2) a", "button", "#one", "main"):
        click(site, page, selector)
    assert page.evaluate("reads") == []


def test_a_click_event_is_small(site: Site, visit: Visit) -> None:
    page = visit(PRODUCTS)
    page.evaluate("document.addEventListener('click', (e) => e.preventDefault())")
    event = click(site, page, "li:nth-child(2) a")
    assert len(json.dumps(event, separators=(",", ":"))) < 600


def test_a_pointer_that_only_moves_tells_nothing_and_reads_nothing(site: Site, visit: Visit) -> None:
    page = visit(
        "<input aria-label=Name value=Ann><script>"
        "for (const [type, of] of [['value', HTMLInputElement], ['offsetWidth', HTMLElement]])"
        " Object.defineProperty(of.prototype, type, {get() { window.read = type }})</script>"
    )
    page.evaluate("ix('before_send', (event) => { window.asked = event.type })")
    page.hover("input")
    page.evaluate("ix('flush')")
    assert {event["type"] for event in site.events()} <= {"page_view"}
    assert page.evaluate("[window.read, window.asked]") == [None, None]
