"""What a page can say with code, and that it can say anything without harm."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.snippet.conftest import Visit
from tests.browser.snippet.server import Site


def test_calls_made_before_the_script_came_are_kept(site: Site, visit: Visit) -> None:
    visit("<script>ix('track', 'one', {n: 1}); ix('identify', 'customer_001'); ix('track', 'two')</script>")
    site.wait_events("custom", 2)
    [batch] = site.batches()
    assert [(e["type"], e.get("name")) for e in batch["events"]] == [
        ("page_view", None),
        ("custom", "one"),
        ("custom", "two"),
    ]
    assert batch["user_id"] == "customer_001"


def test_calls_through_a_stub_that_the_page_kept_are_heard(site: Site, visit: Visit) -> None:
    page = visit("<script>const kept = ix; kept('track', 'early')</script>")
    page.evaluate("kept('track', 'late', {n: 1}); kept('track', 'later')")
    site.wait_events("custom", 3)
    assert [event["name"] for event in site.events("custom")] == ["early", "late", "later"]


@pytest.mark.parametrize("call", ["ix('consent', 'denied')", "ix('before_send', () => null)"])
def test_consent_and_the_hook_hold_from_the_page_view_on_when_they_are_the_first_call(
    site: Site, asleep: Page, call: str
) -> None:
    page = asleep
    page.evaluate(
        "const real = Storage.prototype.setItem;"
        "Storage.prototype.setItem = function (key, value) { window.set += key.endsWith('.who'); real.call(this, key, value) };"
        + call
    )
    page.evaluate("ix('flush')")
    assert "consent" not in call or not page.evaluate("window.set"), "an id was written first"
    page.close()
    assert not site.received


def test_the_hook_holds_from_the_page_view_on_also_where_consent_was_said_before_it(site: Site, visit: Visit) -> None:
    page = visit(
        "<script>ix('consent', 'granted'); ix('before_send', (e) => ({...e, title: 'T'})); ix('track', 'x')</script>",
        consent="pending",
    )
    page.evaluate("ix('flush')")
    assert [(event["type"], event["title"]) for event in site.events()] == [("page_view", "T"), ("custom", "T")]


def test_track_takes_flat_props_and_flattens_others(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """ix('track', 'added_filter', {text: 'grey', n: 2.5, yes: true, nothing: null, gone: undefined, fn() {},
            deep: {a: [1]}, big: 10n, nan: NaN, half: '\\ud83d', long: 'x'.repeat(9000)})"""
    )
    event = site.wait_event("custom")
    assert event["name"] == "added_filter"
    assert event["props"] == {
        "text": "grey",
        "n": 2.5,
        "yes": True,
        "nothing": None,
        "deep": '{"a":[1]}',
        "big": "10",
        "nan": None,
        "half": "\ufffd",
        "long": "x" * 8192,
    }
    page.evaluate("ix('track', 'many', Object.fromEntries([...Array(50)].map((_, n) => ['k' + n, n])))")
    assert len(site.wait_events("custom", 2)[-1]["props"]) == 32


def test_names_that_the_protocol_has_a_type_for(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """ix('track', 'purchase', {value: '99.9', currency: 'EUR', quantity: 3, coupon: 'X'});
           ix('track', 'add_to_cart', {product_id: 'p1', image_url: '/img/a.jpg#x', value: 'free'});
           ix('track', 'search', {text: 'laptop'})"""
    )
    site.wait_events("search")
    purchase, cart, search = site.events("purchase") + site.events("add_to_cart") + site.events("search")
    assert (purchase["value"], purchase["currency"], purchase["quantity"]) == (99.9, "EUR", 3)
    assert purchase["props"] == {"coupon": "X"}
    assert cart["product_id"] == "p1" and cart["image_url"] == site.url + "/img/a.jpg" and "value" not in cart
    assert search["text"] == "laptop"


def test_feedback_and_message(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """ix('feedback', {text: 'Great ❤', rating: '5'});
           ix('message', {role: 'User', text: 'Where is my order?', expert_text: 'Look it up', thread_id: 't-1'})"""
    )
    message = site.wait_event("message")
    [feedback] = site.events("feedback")
    assert (feedback["text"], feedback["rating"]) == ("Great ❤", 5)
    assert [message[name] for name in ("role", "text", "expert_text", "thread_id")] == [
        "User",
        "Where is my order?",
        "Look it up",
        "t-1",
    ]


def test_page_reports_a_view(site: Site, visit: Visit) -> None:
    page = visit("", "/app")
    page.evaluate("ix('page')")
    assert site.wait_events("page_view", 2)[1]["url"] == site.url + "/app"


def test_identify_and_reset_never_mix_two_people(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """ix('track', 'anonymous'); ix('identify', 'ann', {plan: 'gold'}); ix('track', 'as_ann');
           ix('identify', 'bob'); ix('track', 'as_bob'); ix('reset'); ix('track', 'as_nobody')"""
    )
    site.wait_events("custom", 5)
    said = {event["name"]: batch for batch in site.batches() for event in batch["events"] if "name" in event}
    assert [said[name].get("user_id") for name in ("anonymous", "identify", "as_ann", "as_bob", "as_nobody")] == [
        "ann",
        "ann",
        "ann",
        "bob",
        None,
    ]
    assert said["as_ann"]["visitor_id"] == said["as_bob"]["visitor_id"] != said["as_nobody"]["visitor_id"]
    assert len({said[name]["session_id"] for name in ("as_ann", "as_bob", "as_nobody")}) == 3
    page = visit("", "/next", page=page)
    site.wait_events("page_view", 2)
    assert site.batches()[-1]["visitor_id"] == said["as_nobody"]["visitor_id"]


def test_who_logged_in_stays_so_and_other_tabs_know(site: Site, visit: Visit) -> None:
    other = visit("", "/other")
    page = visit("", "/login")
    page.evaluate("ix('identify', 'ann')")
    # what a tab stores reaches another one's process a moment later
    other.wait_for_function("Object.values(localStorage).some((text) => text.includes('ann'))")
    other.evaluate("ix('track', 'there')")
    site.wait_events("custom")
    [said] = [batch for batch in site.batches() if any(event["type"] == "custom" for event in batch["events"])]
    assert said["user_id"] == "ann"


def test_who_logs_in_begins_with_what_other_tabs_said(site: Site, visit: Visit) -> None:
    other = visit("", "/other")
    page = visit("", "/login")
    page.evaluate("ix('identify', 'ann'); ix('track', 'one')")
    other.wait_for_function("Object.values(localStorage).some((text) => text.includes('ann'))")
    other.evaluate("ix('identify', 'bob'); ix('track', 'two')")
    site.wait_events("custom", 2)
    said = {e["name"]: batch for batch in site.batches() for e in batch["events"] if "name" in e}
    assert (said["one"]["user_id"], said["two"]["user_id"]) == ("ann", "bob")
    assert said["one"]["session_id"] != said["two"]["session_id"], "two people in one session"


def test_who_logs_in_after_a_long_sleep_begins_a_session(site: Site, visit: Visit) -> None:
    page = visit()
    site.wait_events("page_view")
    page.evaluate(
        "const real = Date.now; Date.now = () => real() + 31 * 60000; ix('identify', 'ann'); ix('track', 'one')"
    )
    site.wait_events("custom")
    first, second = site.batches()
    assert second["user_id"] == "ann" and first["session_id"] != second["session_id"]


def test_nothing_said_wrongly_reaches_the_page(site: Site, visit: Visit, profile: BrowserContext) -> None:
    page = visit()  # fails on any error in the page
    page.evaluate(
        """const loop = {}; loop.self = loop;
           ix(); ix('nonsense'); ix('toString'); ix('track'); ix('track', 'x', {loop}); ix('message'); ix('feedback', null);
           ix('identify'); ix('identify', ''); ix(Symbol('x')); ix('track', 'fine', 'text')"""
    )
    site.wait(lambda: any(e["name"] == "fine" for e in site.events("custom")))


def test_a_page_that_breaks_its_own_objects_is_not_broken_further(site: Site, visit: Visit) -> None:
    page = visit(
        "<form><input name=id><input name=title><input name=name><input name=type><input name=action><button type=button>Go</button></form>",
        before="Element.prototype.getAttributeNames = null; Array.prototype.extra = () => 0; Object.prototype.more = 1;",
    )
    page.click("button")
    assert site.wait_event("click")["target"]["label"] == "Go"


def test_debug_says_what_is_sent(site: Site, visit: Visit) -> None:
    page = visit(debug="")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("ix('track', 'x')")
    site.wait_events("custom")
    page.evaluate("ix('flush')")
    assert any("custom" in text for text in said) or any("[ix]" in text for text in said)


def test_without_a_key_the_page_is_left_alone(site: Site, profile: BrowserContext) -> None:
    page = profile.new_page()
    site.pages["/"] = "<!doctype html><link rel=icon href=data:,><script src=/s/v1.js></script>"
    with page.expect_console_message() as warning:
        page.goto(site.url + "/")
    assert "data-key" in warning.value.text
    assert not site.received
