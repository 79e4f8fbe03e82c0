"""Private by default: what is never read, never sent, never kept."""

import re

import pytest
from playwright.sync_api import BrowserContext, Route

from collector.intake.url import is_secret
from tests.browser.snippet.conftest import LEFT, MORE, Visit
from tests.browser.snippet.server import Site
from tests.support.collector import eventually

OURS = "Object.keys(localStorage).filter((key) => key.startsWith('ix'))"


def test_values_of_inputs_are_never_sent(site: Site, visit: Visit) -> None:
    page = visit(
        "<form onsubmit='event.preventDefault()'><input name=a><input name=p type=password><textarea name=t></textarea>"
        "<input type=hidden name=h value=secret><div id=e contenteditable></div>"
        "<select name=s><option value=0>none<option value=secret>secret</select>"
        "<input type=submit></form><div id=x contenteditable><button>secret</button></div><output>ok</output>"
    )
    for field in ("[name=a]", "[name=p]", "[name=t]", "#e"):
        page.click(field)
        page.keyboard.type("secret")
        page.click(field)
    page.select_option("select", "secret")
    page.click("select")
    page.keyboard.press("Escape")
    page.click("#x", position={"x": 300, "y": 5})
    page.evaluate("document.forms[0].requestSubmit()")
    page.click("output")
    site.wait(lambda: any(e["target"].get("label") == "ok" for e in site.events("click")))
    assert len(site.events("type")) == 4
    assert b"secret" not in site.raw()


def test_urls_lose_what_is_nobodys_business(site: Site, visit: Visit) -> None:
    secret = (
        "token=S1&access_token=S2&reset-token=S3&apiKey=S4&password=S5&code=S6&key=S7&sid=S8&PHPSESSID=S9&userEmail=S10"
        "&auth=S11&next=ann%40example.com&session[id]=S12&email=S13"
    )
    kept = "page=2&utm_source=mail&barcode=4&keyword=laptop"
    page = visit("<a href='https://ann:S15@example.com/x?secret=S14&b=1#S16'>A</a> <a href='mailto:S17@x.y'>B</a>")
    page.goto(site.add_page("/list", page.content()) + f"?{secret}&{kept}#S18")
    page.wait_for_function("window.ix && ix.on")
    page.evaluate("document.addEventListener('click', (e) => e.preventDefault())")
    page.click("a >> nth=0")
    page.click("a >> nth=1")
    first, second = site.wait_events("click", 2)
    assert first["url"] == f"{site.url}/list?{kept}"
    assert first["target"]["href"] == "https://example.com/x?b=1"
    assert "href" not in second["target"]
    for number in range(1, 19):
        assert f"S{number}".encode() not in site.raw(), number
    assert b"ann" not in site.raw()


def test_global_privacy_control_means_off(site: Site, visit: Visit) -> None:
    page = visit(
        "<button>Go</button>", before="Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    )
    page.click("button")
    page.evaluate("ix('consent', 'granted'); ix('track', 'x'); ix('identify', 'ann')")
    page.evaluate("ix('flush')")
    assert page.evaluate(OURS) == []
    page.goto("about:blank")
    page.close()
    assert not site.received


def test_pending_consent_keeps_all_in_memory_until_it_is_given(site: Site, visit: Visit) -> None:
    page = visit("<button>Go</button>", consent="pending")
    page.click("button")
    page.evaluate("ix('track', 'early')")
    page.evaluate("ix('flush')")
    assert page.evaluate(OURS) == [] and not site.received
    page.evaluate("ix('consent', 'granted')")
    site.wait(lambda: len(site.events()) == 3)  # in several batches, in any order
    assert [event["type"] for event in site.events()] == ["page_view", "click", "custom"]
    first = site.batches()[0]
    # The choice holds on the next page, and so does the visitor.
    visit("", "/next", consent="pending", page=page)
    site.wait_events("page_view", 2)
    assert site.batches()[-1]["visitor_id"] == first["visitor_id"]
    assert site.batches()[-1]["session_id"] == first["session_id"]


def test_a_page_left_without_consent_sends_nothing(site: Site, visit: Visit) -> None:
    page = visit("<button>Go</button>", consent="pending")
    page.click("button")
    page.goto("about:blank")
    visit("", "/next", page=page, consent="pending")
    page.evaluate("ix('consent', 'granted')")
    [event] = site.wait_events("page_view")
    assert event["url"] == site.url + "/next" and len(site.events()) == 1


def test_denied_wipes_ids_and_outbox(site: Site, visit: Visit, profile: BrowserContext) -> None:
    page = visit("<button>Go</button>", flush="600000")
    other = visit("<button>Go</button>", "/other", flush="600000")
    page.evaluate("ix('identify', 'ann'); ix('track', 'x')")
    assert len(page.evaluate(OURS)) > 1
    other.evaluate(LEFT)
    page.evaluate("ix('consent', 'denied')")
    assert page.evaluate(OURS) == ["ix-choice.pk_test"]
    # It holds in the other tab, on the next page, and for calls.
    other.wait_for_function(OURS + ".length === 1")
    other.click("button")
    page.click("button")
    visit("<button>Go</button>", "/next", page=page)
    page.click("button")
    page.evaluate("ix('track', 'y')")
    page.evaluate("ix('flush')")
    other.evaluate("ix('flush')")
    other.close()
    assert page.evaluate(OURS) == ["ix-choice.pk_test"]
    assert not site.received
    # And it can be taken back; nobody is who they were.
    page.evaluate("ix('consent', 'granted')")
    site.wait_events("page_view")
    assert "user_id" not in site.batches()[0]


@pytest.mark.parametrize("choice", ["denied", "granted"])
def test_consent_that_was_said_before_the_script_came(site: Site, visit: Visit, choice: str) -> None:
    site.pages["/early.js"] = f"ix('consent', '{choice}'); ix('track', 'early')"
    page = visit("<script>ix('track', 'early'); ix('consent', '" + choice + "')</script>", consent="pending")
    page.evaluate("ix('flush')")
    assert [event["type"] for event in site.events()] == (["page_view", "custom"] if choice == "granted" else [])


def test_a_wrong_choice_changes_nothing(site: Site, visit: Visit) -> None:
    page = visit(consent="pending")
    page.evaluate("ix('consent', 'yes'); ix('consent'); ix('consent', {})")
    page.evaluate("ix('flush')")
    assert page.evaluate(OURS) == [] and not site.received


def test_what_other_tools_taught_sites_to_write_is_honoured(site: Site, visit: Visit) -> None:
    page = visit(
        "<button id=a class=ph-no-capture>Hidden</button><button id=b data-private>Ann</button><button id=c>Buy</button>"
    )
    for name in "abc":
        page.click("#" + name)
    first, second = site.wait_events("click", 2)
    assert "label" not in first["target"] and first["target"]["selector"].endswith("#b")
    assert second["target"]["label"] == "Buy" and b"Ann" not in site.raw() and b"Hidden" not in site.raw()


def test_before_send_may_change_an_event_or_drop_it(site: Site, visit: Visit) -> None:
    page = visit("<script>ix('before_send', (e) => e.name === 'secret' ? null : {...e, title: 'T'})</script>")
    page.evaluate("ix('track', 'secret'); ix('track', 'open')")
    assert site.wait_event("custom")["name"] == "open"
    assert {event["title"] for event in site.events()} == {"T"}, "also the page view, which came before the calls"
    assert b"secret" not in site.raw()


def test_a_before_send_that_throws_lets_nothing_through(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        "ix('before_send', () => { throw new Error('no') }); ix('track', 'lost'); ix('before_send'); ix('track', 'kept')"
    )
    assert site.wait_event("custom")["name"] == "kept"


def test_a_before_send_that_fails_on_the_page_view_loses_nothing_else(site: Site, visit: Visit) -> None:
    page = visit(
        "<script>ix('before_send', (e) => { e.target.label = 'x'; return e }); ix('identify', 'ann')</script>"
        "<button>Go</button><input id=a>"
    )
    page.click("button")
    page.fill("#a", "b")
    event = site.wait_event("type")  # heard by the part
    assert event["target"]["label"] == "x" and site.batches()[-1]["user_id"] == "ann"
    assert [event["type"] for event in site.events()][:1] == ["click"]


def test_a_before_send_that_answers_later_lets_nothing_through(site: Site, visit: Visit) -> None:
    page = visit("<script>ix('before_send', async (e) => e)</script>")
    page.evaluate("ix('track', 'lost'); ix('before_send'); ix('track', 'kept')")
    site.wait_event("custom")
    assert [event.get("name") for event in site.events()] == ["kept"]


def test_unmasked_inside_masked_and_the_names_of_masked_parts(site: Site, visit: Visit) -> None:
    page = visit(
        "<section data-ix-mask aria-label='Secret Ann'><h2>Secret account</h2><button id=a>Secret</button>"
        "<div data-ix-unmask><button id=b>Log out</button><p data-private><button id=c>Secret</button></p></div></section>"
    )
    for name in "abc":
        page.click("#" + name)
    labels = [event["target"].get("label") for event in site.wait_events("click", 3)]
    assert labels == [None, "Log out", None]
    assert b"Secret" not in site.raw()


@pytest.mark.parametrize(
    "body",
    [
        "<section><div data-ix-mask><h2>Secret order</h2></div><button>Go</button></section>",
        "<section><div data-ix-mask><div><h2>Secret order</h2></div></div><button>Go</button></section>",
        "<section><div data-ix-ignore><h2>Secret order</h2></div><button>Go</button></section>",
        "<section><div contenteditable><h2>Secret draft</h2></div><button>Go</button></section>",
        "<div data-private><p><b id=n>Secret name</b></p></div><section aria-labelledby=n><button>Go</button></section>",
        "<div contenteditable><b id=n>Secret name</b></div><button aria-labelledby=n>Go</button>",
        "<div contenteditable><p><a href='#'>Secret note</a></p></div>",
        "<div contenteditable><section aria-label='Secret note'><button>Secret</button></section></div>",
    ],
)
def test_nothing_masked_or_typed_becomes_a_label_or_a_section(site: Site, visit: Visit, body: str) -> None:
    page = visit(body)
    page.click("button,a")
    assert site.wait_event("click")["target"]["selector"]
    assert b"Secret" not in site.raw()


def test_a_heading_inside_a_masked_part_that_may_be_read_names_it(site: Site, visit: Visit) -> None:
    page = visit(
        "<div data-ix-mask>Secret<section data-ix-unmask><h2>Orders</h2><button>Go</button></section></div>"
        "<section><p data-ix-mask><b data-ix-unmask><i id=n>Help</i></b></p><button aria-labelledby=n>?</button></section>"
    )
    page.click("button >> nth=0")
    page.click("button >> nth=1")
    first, second = site.wait_events("click", 2)
    assert (first["target"]["section"], second["target"]["label"]) == ("Orders", "Help")


def test_addresses_inside_of_parameters_keep_no_secret(site: Site, visit: Visit) -> None:
    nested = [
        "next=%2Freset%3Ftoken%3DS1",
        "u=https%3A%2F%2Fx.example%2F%23access_token%3DS2",
        "back=a%3D1%26code%3DS3",
        "a=1%3Btoken%3DS4",
        "next=%2Flogin%3Fnext%3D%252Freset%253Ftoken%253DS5",
        "x=" + "a%3D" * 9 + "S6",
    ]
    kept = "to=%2Fcart%3Fitem%3D3&math=a%3Db"
    links = "".join(f"<a href='/x?{query}&{kept}' onclick='return false'>A</a>" for query in nested)
    page = visit(links, "/list", query=f"?{'&'.join(nested)}&{kept}")
    for n in range(len(nested)):
        page.click(f"a >> nth={n}")
    clicks = site.wait_events("click", len(nested))
    assert {click["url"] for click in clicks} == {f"{site.url}/list?{kept}"}
    assert {click["target"]["href"] for click in clicks} == {f"{site.url}/x?{kept}"}
    assert not re.search(rb"S[1-6]", site.raw())


def test_a_web_token_goes_whatever_its_name(site: Site, visit: Visit) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2VjcmV0"
    assert is_secret("t", token)
    visit(query=f"?t={token}&to=%2Fa%3Fb%3D{token}&q=eyjafjalla&file=HoneyJam.jpg")
    assert site.wait_event("page_view")["url"] == site.url + "/?q=eyjafjalla&file=HoneyJam.jpg"


def test_what_the_collector_takes_out_of_urls_is_not_sent_to_it(site: Site, visit: Visit) -> None:
    names = [
        *("passphrase", "passcode", "bearer", "oauth", "totp", "mfa", "state", "tel", "authorization", "authorisation"),
        *("_csrf", "XSRF", "authcode", "authCode", "auth_code", "pw", "sessionid", "access_key", "SAMLResponse"),
    ]
    assert all(is_secret(name, "") for name in names)
    visit(query="?" + "&".join(f"{name}=secret" for name in names) + "&author=ann&statement=1&hotel=2")
    assert site.wait_event("page_view")["url"] == site.url + "/?author=ann&statement=1&hotel=2"


@pytest.mark.whole_browser
@pytest.mark.parametrize("choice", ["denied", "granted"])
def test_a_choice_made_on_another_page_holds_at_once_after_going_back(site: Site, visit: Visit, choice: str) -> None:
    page = visit("<button>Go</button>", "/shop", consent="pending", flush="600000")
    page.evaluate(f"ix('consent', '{'granted' if choice == 'denied' else 'pending'}')")
    page.evaluate(f"addEventListener('pageshow', () => {{ window.kept = {OURS} }})")
    visit("", "/privacy", page=page, consent="pending").evaluate(f"ix('consent', '{choice}')")
    page.go_back(wait_until="commit")
    page.wait_for_function("window.kept")
    assert ("ix.pk_test.who" in page.evaluate("kept")) == (choice == "granted")
    page.click("button")
    page.evaluate("ix('flush')")
    types = [event["type"] for event in site.events() if event["url"].endswith("/shop")]
    assert types == (["page_view"] if choice == "denied" else ["page_view", "restore", "click"])


def test_what_was_chosen_in_fields_that_a_page_has_built_is_not_read(site: Site, visit: Visit) -> None:
    page = visit(
        "<b id=l>Illness</b><div role=combobox aria-labelledby='l a'><span id=a>secret</span></div>"
        "<label for=c>Country</label><button id=c role=combobox>secret</button>"
        "<div role=spinbutton aria-label=Day>secret</div><div role=textbox><p>secret</p></div><output>ok</output>"
    )
    for selector in ("#a", "#c", "[role=spinbutton]", "p", "output"):
        page.click(selector)
    site.wait(lambda: any(e["target"].get("label") == "ok" for e in site.events("click")))
    labels = [event["target"].get("label") for event in site.events("click")]
    assert labels == ["Illness", "Country", "Day", None, "ok"]
    assert b"secret" not in site.raw()


def test_ignored_parts_inside_of_what_is_told_lend_no_picture_and_no_field(site: Site, visit: Visit) -> None:
    page = visit(
        "<article><a href='#x'>Ann</a><div class=ph-no-capture><img src='/secret-90x90.svg'></div></article>"
        "<form onsubmit='event.preventDefault()'><input name=town><div data-ix-ignore><input name=secret></div></form>"
    )
    page.click("a")
    page.evaluate("document.forms[0].requestSubmit()")
    assert site.wait_event("form_submit")["fields"] == ["town"]
    assert "image_url" not in site.wait_event("click")
    assert b"secret" not in site.raw()


def test_what_another_page_denied_is_known_before_anything_is_sent(site: Site, visit: Visit) -> None:
    """A frame or a side-by-side window says no without this page losing the focus."""
    page = visit("<button>Go</button>", flush="600000")
    visit("", "/other", flush="600000").evaluate("ix('consent', 'denied')")
    page.click("button")
    page.evaluate("ix('flush')")
    assert page.evaluate(OURS) == ["ix-choice.pk_test"] and not site.received


def test_what_another_page_denied_while_the_second_part_was_on_its_way(
    site: Site, visit: Visit, profile: BrowserContext
) -> None:
    other = visit("", "/other", flush="600000")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    profile.route(f"**/{MORE}", hold)
    page = profile.new_page()
    page.goto(site.add_page("/", "", flush="600000"), wait_until="commit")
    page.wait_for_function("document.querySelector('script[integrity]')")
    other.evaluate("ix('consent', 'denied')")
    eventually(lambda: page.evaluate("true") and held)[0].continue_()  # the page asks before we hear of it
    page.wait_for_function("!document.querySelector('script[integrity]')")
    page.evaluate("ix('track', 'x'); ix('flush')")
    assert page.evaluate(OURS) == ["ix-choice.pk_test"] and not site.received


def test_a_choice_that_changes_nothing_here_is_remembered_where_another_page_chose_otherwise(
    site: Site, visit: Visit
) -> None:
    visit(flush="600000").evaluate("ix('consent', 'denied')")
    page, other = visit("", "/denied"), visit("", "/other")
    other.evaluate("ix('consent', 'granted')")
    page.evaluate("ix('consent', 'denied')")
    assert page.evaluate("localStorage['ix-choice.pk_test']") == "denied"
    page.evaluate("ix('consent', '')")
    assert page.evaluate("localStorage['ix-choice.pk_test']") == "denied"
