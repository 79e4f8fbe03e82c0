"""Private by default: what is never read, never sent, never kept."""

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site

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
