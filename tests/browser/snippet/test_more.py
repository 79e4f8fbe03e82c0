"""What the second part hears: links that lead away, forms and their fate, copying, anger, errors."""

import pytest

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

STAY = "<script>addEventListener('click', (e) => e.preventDefault()); addEventListener('submit', (e) => e.preventDefault())</script>"


def test_links_to_other_sites_and_to_files(site: Site, visit: Visit) -> None:
    page = visit(
        "<a id=a href='https://partner.example/x?token=secret'>Partner</a><a id=b href='/manual.pdf'>Manual</a>"
        "<a id=c href='/data' download>Data</a><a id=d href='/next'>Next</a><a id=e href='mailto:a@b.example'>Mail</a>"
        + STAY
    )
    for name in "abcde":
        page.click("#" + name)
    assert len(site.wait_events("click", 5)) == 5
    downloads = site.wait_events("download", 2)
    [outbound] = site.events("outbound")
    assert outbound["target"]["href"] == "https://partner.example/x" and outbound["target"]["label"] == "Partner"
    assert [event["target"]["label"] for event in downloads] == ["Manual", "Data"]


def test_the_middle_button_on_a_link_that_leads_away(site: Site, visit: Visit) -> None:
    page = visit(
        "<a href='https://partner.example/x'>Partner</a><script>addEventListener('auxclick', (e) => e.preventDefault())</script>"
    )
    page.click("a", button="right")
    page.click("a", button="middle")
    assert site.wait_event("outbound")["target"]["label"] == "Partner"
    assert [event["type"] for event in site.events()] == ["page_view", "click", "outbound"]


FORM = (
    "<form id=f aria-label=Order><input name=mail value=secret1><input name=note><input type=hidden name=csrf value=secret2>"
    "<button>Order</button></form>"
)


def test_a_form_that_is_sent_by_the_names_of_its_fields(site: Site, visit: Visit) -> None:
    page = visit(FORM + STAY)
    page.fill("[name=note]", "secret3")
    page.evaluate("document.forms[0].requestSubmit()")
    sent = site.wait_event("form_submit")
    assert sent["fields"] == ["mail", "note"] and sent["target"]["label"] == "Order"
    assert site.wait_event("form_start")["fields"] == ["note"]
    page.goto("about:blank")
    assert not site.events("form_abandon") and b"secret" not in site.raw()


def test_a_form_that_is_left_is_told_on_leaving(site: Site, visit: Visit) -> None:
    page = visit(FORM, flush="600000")
    page.fill("[name=note]", "secret3")
    page.close()
    assert site.wait_event("form_abandon")["fields"] == ["note"]
    assert b"secret" not in site.raw()


def test_a_form_that_the_page_sends_by_itself_is_no_form_that_was_left(site: Site, visit: Visit) -> None:
    site.add_page("/found", "")
    page = visit(
        "<form action=/found><input name=q><select name=sort onchange='this.form.submit()'><option>new<option>cheap</select></form>"
    )
    page.fill("[name=q]", "secret")
    page.select_option("select", "cheap")
    page.wait_for_url("**/found?**")
    assert site.wait_event("form_submit")["fields"] == ["q", "sort"]
    assert not site.events("form_abandon")


def test_a_form_that_was_changed_after_the_page_looked_at_it_was_left(site: Site, visit: Visit) -> None:
    page = visit(FORM)
    page.fill("[name=note]", "a")
    page.evaluate("new FormData(f)")
    page.fill("[name=note]", "b")
    page.goto("about:blank")
    assert site.wait_event("form_abandon")["fields"] == ["note"]
    assert not site.events("form_submit")


def test_copying_is_told_but_not_what(site: Site, visit: Visit) -> None:
    page = visit("<p id=p>A secret of 4711</p>")
    page.evaluate("getSelection().selectAllChildren(p); document.execCommand('copy')")
    target = site.wait_event("copy")["target"]
    assert target["selector"].endswith("#p") and "label" not in target


def test_three_quick_clicks_are_rage_but_not_on_more(site: Site, visit: Visit) -> None:
    page = visit("<button id=a>Buy</button><br><br><br><button id=b>+</button>")
    page.click("#b", click_count=3)
    page.click("#a", click_count=3)
    event = site.wait_event("rage_click")
    assert event["count"] == 3 and event["target"]["label"] == "Buy" and isinstance(event["x"], int)
    assert len(site.events("rage_click")) == 1


def test_three_clicks_that_choose_text_are_no_rage(site: Site, visit: Visit) -> None:
    page = visit(
        "<p id=a>Light and quiet</p><p><input id=b value='a few words'></p><textarea id=c>words</textarea>"
        "<p id=d style='cursor:pointer'>Details</p>"
    )
    for name in "abcd":
        page.click("#" + name, click_count=3)
    assert site.wait_event("rage_click")["target"]["label"] == "Details"
    assert len(site.events("rage_click")) == 1


def test_an_error_is_told_once_and_cleaned(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        "for (let n = 0; n < 2; n++) dispatchEvent(new ErrorEvent('error', {message: 'no cart of ann@example.com'}));"
        "void Promise.resolve(ix('track', 'after'))"
    )
    site.wait_event("custom")
    assert [event["message"] for event in site.wait_events("error")] == ["no cart of [email]"]


def test_addresses_in_an_error_keep_no_secret(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        "dispatchEvent(new ErrorEvent('error', {message: 'Failed: https://ann:S1@x.example/a?token=S2&page=3#S4 twice, wss://x/?key=S5'}))"
    )
    assert site.wait_event("error")["message"] == "Failed: https://x.example/a?page=3 twice,"
    page.evaluate(
        "dispatchEvent(new ErrorEvent('error', {message: 'GET /reset?token=S1&page=2 failed, so did page#access_token=S2'}))"
    )
    assert site.wait_events("error", 2)[1]["message"] == f"GET {site.url}/reset?page=2 failed, so did {site.url}/page"
    page.evaluate("dispatchEvent(new ErrorEvent('error', {message: 'Is a?.b defined? No: c/d = 1'}))")
    assert site.wait_events("error", 3)[2]["message"] == "Is a?.b defined? No: c/d = 1"


@pytest.mark.parametrize("query", ["replaceState", "pushState"])
def test_another_filter_is_no_other_page(site: Site, visit: Visit, query: str) -> None:
    page = visit(
        "<form><input name=q></form><img src='/a-200x200.svg'>"
        f"<script>addEventListener('input', (e) => history.{query}(0, '', '?q=' + e.target.value.length))</script>"
    )
    site.wait_event("image_view")
    page.press("input", "a")
    page.press("input", "b")
    assert site.wait_events("navigate", 2)[1]["url"] == site.url + "/?q=2"
    page.evaluate("history.pushState(0, '', '/next')")
    page.press("input", "c")
    site.wait_events("image_view", 2)  # the one before belongs to the first page
    assert [len(site.events(kind)) for kind in ("form_start", "form_abandon", "type")] == [2, 1, 2]
