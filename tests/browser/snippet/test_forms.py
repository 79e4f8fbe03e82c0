"""What the site marked: feedback, search, the cart. And that someone typed, never what."""

import pytest

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

STOP = "<script>addEventListener('submit', (e) => { e.preventDefault(); e.target.reset() })</script>"


@pytest.mark.parametrize(
    "form",
    [
        "<form data-ix-feedback id=f><textarea name=t></textarea>{}<input name=name value=secret><button>Send</button></form>",
        "<form id=f><input name=name value=secret><textarea data-ix-feedback></textarea>{}<button>Send</button></form>",
        "<div data-ix-feedback id=f><textarea></textarea>{}<input name=name value=secret><button type=button>Send</button></div>",
    ],
    ids=["form", "field", "box"],
)
def test_feedback_that_the_site_marked(site: Site, visit: Visit, form: str) -> None:
    stars = "".join(f"<input type=radio name=rating value={n}>" for n in range(1, 6))
    page = visit(form.format(stars) + STOP)
    page.fill("textarea", " Shipping takes too long 🙁 ")
    page.check("input[value='2']")
    page.click("button")
    event = site.wait_event("feedback")
    assert event["text"] == "Shipping takes too long 🙁" and event["rating"] == 2
    assert event["target"]["selector"] == "#f" or event["target"]["selector"].startswith("body")
    assert b"secret" not in site.raw()


def test_feedback_without_words_or_rating_is_none(site: Site, visit: Visit) -> None:
    page = visit("<form data-ix-feedback><textarea></textarea><button>Send</button></form>" + STOP)
    page.click("button")
    site.wait_events("click")
    page.evaluate("ix('flush')")
    assert not site.events("feedback")


@pytest.mark.parametrize(
    "form",
    ["<form data-ix-search><input type=search name=q></form>", "<form><input data-ix-search><input type=email></form>"],
)
def test_a_marked_search_says_what_was_sought(site: Site, visit: Visit, form: str) -> None:
    page = visit(form + STOP)
    page.fill("input >> nth=0", "laptop for ann@example.com")
    page.press("input >> nth=0", "Enter")
    if page.locator("input").count() > 1:
        page.evaluate("document.forms[0].requestSubmit()")
    assert site.wait_event("search")["text"] == "laptop for [email]"


def test_the_cart_without_code(site: Site, visit: Visit) -> None:
    page = visit(
        "<div data-product-id=mbp-16><img src='/img/mbp-600x400.svg'>"
        "<button data-ix-event=add_to_cart data-ix-prop-value=2499.5 data-ix-prop-currency=EUR data-ix-prop-quantity=2"
        " data-ix-prop-frame-colour=grey><b>Buy</b></button></div>"
    )
    page.click("b")
    event = site.wait_event("add_to_cart")
    assert event["product_id"] == "mbp-16" and event["image_url"] == site.url + "/img/mbp-600x400.svg"
    assert (event["value"], event["currency"], event["quantity"]) == (2499.5, "EUR", 2)
    assert event["props"] == {"frame_colour": "grey"}
    assert event["target"]["label"] == "Buy"
    assert len(site.wait_events("click")) == 1


def test_a_marked_form_and_other_names(site: Site, visit: Visit) -> None:
    page = visit(
        "<form data-ix-event=add_to_cart data-product-id=p1><input name=q value=secret><button>Buy</button></form>"
        "<a data-ix-event=compare data-ix-prop-list=wish data-product-id=p2>Compare</a>" + STOP
    )
    page.click("button")
    assert site.wait_event("add_to_cart")["product_id"] == "p1"
    page.click("a")
    event = site.wait_event("custom")
    assert (event["name"], event["props"], event["product_id"]) == ("compare", {"list": "wish"}, "p2")
    assert b"secret" not in site.raw()


def test_typing_is_told_once_a_field_and_never_what(site: Site, visit: Visit) -> None:
    page = visit(
        "<form><label>Name <input id=a></label><input id=b type=password placeholder=Password>"
        "<textarea id=c aria-label=Note></textarea><div id=d contenteditable aria-label=Letter></div>"
        "<select id=e><option>one<option>secret</select><input id=f type=checkbox><button>Send</button></form>" + STOP
    )
    for field in "abcd":
        page.click("#" + field)
        page.keyboard.type("secret")
    page.select_option("#e", "secret")
    page.check("#f")
    page.click("#a")
    page.keyboard.type("secret")
    page.click("#c")
    page.click("#d")
    page.click("button")
    page.evaluate("ix('flush')")
    site.wait(lambda: any(e["target"].get("label") == "Send" for e in site.events("click")))
    assert [e["target"]["label"] for e in site.wait_events("type", 4)] == ["Name", "Password", "Note", "Letter"]
    assert b"secret" not in site.raw()


def test_what_the_page_writes_into_its_fields_itself_was_not_typed(site: Site, visit: Visit) -> None:
    page = visit("<form><input id=a name=a><input id=b name=b></form>")
    page.evaluate("a.value = 'x'; a.dispatchEvent(new Event('input', {bubbles: true}))")
    page.press("#b", "x")
    site.wait_event("type")
    assert [event["fields"] for event in site.wait_events("form_start")] == [["b"]]
    assert [event["target"]["selector"] for event in site.events("type")] == ["#b"]


COMPONENT = (
    "<section data-section=Contact><x-form></x-form></section><script>customElements.define('x-form', class extends HTMLElement {"
    "connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML = `%s`;"
    "this.shadowRoot.addEventListener('submit', (e) => e.preventDefault()) } })</script>"
)


def test_forms_of_components_are_heard(site: Site, visit: Visit) -> None:
    form = "<form data-ix-feedback data-ix-event=write><textarea name=words></textarea><button>Send</button></form>"
    page = visit(COMPONENT % form)
    page.fill("textarea", "Fine")
    page.click("button")
    sent = site.wait_event("form_submit")
    assert sent["fields"] == ["words"] and sent["target"]["section"] == "Contact"
    assert sent["target"]["selector"].endswith("x-form >>> form")
    assert site.wait_event("feedback")["text"] == "Fine" and site.wait_event("custom")["name"] == "write"
    page.goto("about:blank")
    assert not site.events("form_abandon") and len(site.events("form_submit")) == 1


def test_a_search_of_a_component_that_nobody_typed_in(site: Site, visit: Visit) -> None:
    page = visit(COMPONENT % "<form><input data-ix-search value=laptop><button>Find</button></form>")
    page.click("button")
    assert site.wait_event("search")["text"] == "laptop"


@pytest.mark.parametrize("mark", ["data-ix-ignore", "data-ix-mask"])
def test_what_is_around_a_component_holds_for_its_forms(site: Site, visit: Visit, mark: str) -> None:
    form = "<form aria-label=Secret><textarea></textarea><button>Send</button></form><button id=b>Secret</button>"
    page = visit(f"<div {mark}>{COMPONENT % form}</div>")
    page.fill("textarea", "Secret")
    page.click("button >> nth=0")
    page.evaluate("ix('track', 'after')")
    site.wait_event("custom")
    assert len(site.events("form_submit")) == (mark == "data-ix-mask") and b"Secret" not in site.raw()
