"""Delivery: what happened arrives, exactly as it was frozen, whatever the page, the network or the collector does."""

import json
import threading
from collections import Counter

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.snippet.conftest import LATER, Visit
from tests.browser.snippet.server import Answer, Site
from tests.support.collector import eventually

NEVER = "600000"
ACTIONS = "for (let n = 0; n < 3; n++) ix('track', 'action', {n});"


def numbers(site: Site, accepted: bool = True) -> list[int]:
    return sorted(event["props"]["n"] for event in site.events("custom", accepted))


def kept(page: Page, after: str = "") -> list[str]:
    """What waits in this profile's outboxes; at once `after` some script, before anything can be answered."""
    waiting = "Object.keys(localStorage).filter((key) => key.includes('.out.'))"
    keys: list[str] = page.evaluate(f"async () => {{ {after}; return {waiting} }}")
    return keys


@pytest.mark.parametrize("way", ["close", "navigate", "reload", "other-site"])
def test_events_arrive_when_the_page_goes_away(site: Site, visit: Visit, way: str) -> None:
    page = visit("", "/page", flush=NEVER)
    page.evaluate(ACTIONS)
    site.pages["/next"] = "<!doctype html>"
    if way == "close":
        page.close()
    elif way == "reload":
        page.reload()
    else:
        page.goto(site.url.replace("127.0.0.1", "localhost" if way == "other-site" else "127.0.0.1") + "/next")
    site.wait(lambda: numbers(site) == [0, 1, 2])
    assert "page_view" in [event["type"] for event in site.batches()[0]["events"]]


def test_a_click_on_a_link_arrives(site: Site, visit: Visit) -> None:
    page = visit("<a href='/next'>Next</a>", flush=NEVER)
    site.pages["/next"] = "<!doctype html>"
    page.click("a")
    assert site.wait_event("click")["target"]["label"] == "Next"


def test_a_hidden_page_sends_at_once(site: Site, visit: Visit) -> None:
    page = visit(flush=NEVER)
    page.evaluate(
        "ix('track', 'action', {n: 1}); Object.defineProperty(document, 'hidden', {value: true});"
        "document.dispatchEvent(new Event('visibilitychange')); ix('track', 'action', {n: 2})"
    )
    site.wait(lambda: numbers(site) == [1, 2])
    assert len(site.batches()) == 2, "there is no timer to wait for in a hidden page"


def test_twenty_events_go_without_waiting(site: Site, visit: Visit) -> None:
    page = visit(flush=NEVER)
    page.evaluate("for (let n = 1; n < 20; n++) ix('track', 'action', {n})")
    site.wait(lambda: len(site.batches()) == 1)
    assert len(site.batches()[0]["events"]) == 20


def test_the_outbox_is_empty_once_all_has_arrived(site: Site, visit: Visit) -> None:
    page = visit()
    assert kept(page, ACTIONS), "an event is on disk in the task in which it happened"
    site.wait(lambda: numbers(site) == [0, 1, 2])
    page.wait_for_function("!Object.keys(localStorage).some((key) => key.includes('.out.'))")


def test_batches_are_small_in_bytes(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate("for (let n = 0; n < 40; n++) ix('track', 'action', {n, text: '€'.repeat(700)})")
    site.wait(lambda: numbers(site) == list(range(40)))
    assert max(len(request.body) for request in site.received) <= 16_384


def test_what_may_pass_is_tried_again_with_the_same_batch(site: Site, visit: Visit) -> None:
    troubles = (0, 401, 403, 404, 408, 429, 500, 503)
    for status in troubles:
        site.answers_to[f"pk_{status}"] = [Answer(status)]
        visit("", f"/{status}", key=f"pk_{status}", flush=NEVER).evaluate(ACTIONS + "void ix('flush')")
    site.wait(lambda: len(site.received) == 2 * len(troubles))
    for status in troubles:
        attempts = [request for request in site.received if request.path.endswith(f"pk_{status}")]
        assert [request.status for request in attempts] == [status, 202]
        first, second = (json.loads(request.body) for request in attempts)
        assert first["batch_id"] == second["batch_id"] and first["events"] == second["events"]
        if status == 408:
            continue  # Chromium itself asks again, with the very same bytes
        assert second["sent_at"] > first["sent_at"], "the clock is corrected by the attempt that arrives"
        assert attempts[1].at - attempts[0].at > 0.4


def test_the_wait_grows_and_the_batches_with_it(site: Site, visit: Visit) -> None:
    site.answers = [Answer(503), Answer(503), Answer()]
    page = visit()
    page.wait_for_function("performance.getEntriesByType('resource').some((entry) => entry.responseStatus === 503)")
    page.evaluate(ACTIONS)
    site.wait(lambda: numbers(site) == [0, 1, 2])
    first, second, third = (request.at for request in site.received[:3])
    # 1 s less up to a half of it, then 2 s less up to a half; however slow the machine, no sooner
    assert second - first > 0.45 and third - second > 0.95
    assert Counter(len(batch["events"]) for batch in site.batches()) == {1: 1, 3: 1}


def test_retry_after_is_honoured(site: Site, visit: Visit) -> None:
    site.answers = [Answer(429, {"retry-after": "2"}), Answer()]
    visit()
    site.wait_events("page_view")
    assert site.received[1].at - site.received[0].at >= 1.95


def test_a_date_to_come_back_at_is_a_failure_like_others(site: Site, visit: Visit) -> None:
    site.answers = [Answer(503, {"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}), Answer()]
    visit()
    site.wait_events("page_view")


def test_what_is_refused_for_good_is_dropped(site: Site, visit: Visit) -> None:
    for status in (400, 415, 422):
        site.answers_to[f"pk_{status}"] = [Answer(status)]
        page = visit("", f"/{status}", key=f"pk_{status}", flush=NEVER)
        page.evaluate("ix('flush')")
        assert not kept(page)
        page.evaluate("ix('track', 'action', {n: 1})")
        page.evaluate("ix('flush')")
        assert [request.status for request in site.received if request.path.endswith(str(status))] == [status, 202]
    assert not site.events("page_view") and len(site.events("custom")) == 3


def test_what_is_too_large_is_split(site: Site, visit: Visit) -> None:
    site.answers = [Answer(413), Answer(413), Answer()]
    page = visit(flush=NEVER)
    page.evaluate("for (let n = 0; n < 7; n++) ix('track', 'action', {n}); void ix('flush')")
    site.wait(lambda: numbers(site) == list(range(7)))
    assert [len(json.loads(request.body)["events"]) for request in site.received[:1]] == [8]
    assert len({json.loads(request.body)["batch_id"] for request in site.received}) == len(site.received)


def test_the_quota_for_requests_that_outlive_the_page_is_kept(site: Site, visit: Visit) -> None:
    gate = threading.Event()
    site.answers = [Answer(wait=gate)]
    page = visit(
        flush=NEVER,
        before="window.fetched = []; const real = fetch; window.fetch = (url, init) => {"
        "fetched.push([init.keepalive, new TextEncoder().encode(init.body).length]); return real(url, init) }",
    )
    page.evaluate("for (let n = 0; n < 12; n++) ix('track', 'action', {n, a: '€'.repeat(2500)}); void ix('flush')")
    site.wait(lambda: len(site.received) >= 5)
    fetched = page.evaluate("fetched")
    assert all(keepalive for keepalive, _ in fetched) and sum(size for _, size in fetched) < 60_000
    page.close()  # the rest stays on disk
    gate.set()
    visit("", "/next")
    site.wait(lambda: numbers(site) == list(range(12)))


def test_a_batch_larger_than_the_quota_goes_without_it(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate("ix('feedback', {text: 'x'.repeat(90000), rating: 5})")
    assert len(site.wait_event("feedback")["text"]) == 90_000


@pytest.mark.parametrize("trouble", [Answer(503), Answer(0)], ids=["503", "offline"])
def test_nothing_is_lost_until_the_next_visit(site: Site, visit: Visit, trouble: Answer) -> None:
    site.answers = [trouble]
    page = visit("<button>Buy</button>")
    page.evaluate(ACTIONS)
    page.click("button")
    page.close()
    assert not site.events()
    site.answers = [Answer()]
    page = visit("", "/next")
    site.wait(lambda: numbers(site) == [0, 1, 2] and site.events("click") and len(site.events("page_view")) == 2)
    page.wait_for_function("!Object.keys(localStorage).some((key) => key.includes('.out.'))")


OFTEN = "(async () => { for (let n = 0; n < 110; n++) { ix('track', 'action', {n}); await ix('flush') } })()"


@pytest.mark.parametrize("trouble", ["503", "no-consent"])
def test_what_waits_long_is_few_batches_and_loses_none(site: Site, visit: Visit, trouble: str) -> None:
    if trouble == "503":
        site.answers = [Answer(503)]
    page = visit(flush=NEVER, consent="granted" if trouble == "503" else "pending")
    page.evaluate(OFTEN)
    site.answers = [Answer()]
    if trouble == "503":
        page.close()
        visit("", "/next")
    else:
        page.evaluate("ix('consent', 'granted'); ix('flush')")
    site.wait(lambda: numbers(site) == list(range(110)) and site.events("page_view"))
    assert len(site.batches()) < 10


FILL = """let free = 2 ** 23; localStorage.filler = '';
    for (; free >= 1; free /= 2) try { localStorage.filler += 'x'.repeat(free) } catch {}
    localStorage.filler = localStorage.filler.slice(300)"""


def test_where_there_is_no_room_for_two_copies_one_stays_on_disk(site: Site, visit: Visit) -> None:
    site.answers = [Answer(503)]
    page = visit(flush=NEVER)
    page.evaluate("ix('track', 'action', {n: 1, text: 'y'.repeat(5000)})")
    page.evaluate(FILL)
    copies = "Object.values(localStorage).filter((text) => text.includes('yyy')).length"
    page.evaluate("ix('flush')")
    assert page.evaluate(copies) == 1
    page.close()
    page = visit("", "/next")
    page.wait_for_function("Object.keys(localStorage).filter((key) => /\\.out\\.[^.]+\\.$/.test(key)).length === 1")
    assert page.evaluate(copies) == 1
    page.close()
    site.answers = [Answer()]
    visit("", "/last")
    site.wait(lambda: numbers(site) == [1])


def test_a_crash_of_the_page_loses_nothing(site: Site, visit: Visit) -> None:
    page = visit(flush=NEVER)
    page.evaluate(ACTIONS)
    with pytest.raises(Error):
        page.goto("chrome://crash")
    assert not site.received
    visit("", "/next", before=LATER)  # the outbox has been silent for 15 s
    site.wait(lambda: numbers(site) == [0, 1, 2])


def test_a_page_that_lives_is_not_taken_over(site: Site, visit: Visit) -> None:
    page = visit(flush=NEVER)
    page.evaluate(ACTIONS)
    other = visit("", "/other")
    site.wait_events("page_view")
    other.evaluate("ix('flush')")
    assert not numbers(site)
    page.evaluate("ix('flush')")
    site.wait(lambda: numbers(site) == [0, 1, 2])


def test_a_page_that_was_alone_takes_over_from_one_that_came_later(
    site: Site, visit: Visit, profile: BrowserContext
) -> None:
    page = profile.new_page()
    page.clock.install()
    visit("", "/lives", page=page)
    page.clock.run_for(2_000)
    site.wait_events("page_view")
    other = visit("", "/fails", before="window.fetch = () => new Promise(() => 0)")
    other.evaluate(ACTIONS)
    other.close()
    assert kept(page)
    page.clock.run_for(40_000)
    site.wait(lambda: numbers(site) == [0, 1, 2])


def test_a_page_that_slept_does_not_repeat_what_another_took(site: Site, visit: Visit) -> None:
    page = visit(flush=NEVER)
    page.evaluate(ACTIONS)
    other = visit("", "/other", before=LATER)
    site.wait(lambda: numbers(site) == [0, 1, 2])
    other.close()
    page.evaluate(LATER + "ix('track', 'action', {n: 3}); void ix('flush')")
    site.wait(lambda: numbers(site) == [0, 1, 2, 3])  # `events` fails on an event in two batches
    site.wait_events("page_view", 2)  # that of a page just closed may come last


def test_a_resend_after_a_lost_answer_is_the_same_batch(site: Site, visit: Visit) -> None:
    site.pages["/next"] = "<!doctype html>"
    page = visit("", "/one", flush=NEVER)
    page.evaluate(ACTIONS)
    page.goto(site.url + "/next")
    site.wait(lambda: numbers(site) == [0, 1, 2])
    visit("", "/two", page=page)
    site.wait_events("page_view", 2)
    assert numbers(site) == [0, 1, 2]


@pytest.mark.parametrize(
    "before",
    [
        "window.fetch = () => { throw new Error('no') }",
        "delete Request.prototype.keepalive",
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})",
        "Storage.prototype.setItem = () => { throw new Error('full') }",
        "delete AbortSignal.timeout",
    ],
    ids=["fetch-throws", "no-keepalive", "no-storage", "storage-full", "no-timeout"],
)
def test_browsers_that_lack_something(site: Site, visit: Visit, before: str) -> None:
    page = visit(before=before)
    site.wait_events("page_view")
    page.evaluate(ACTIONS)
    page.close()
    site.wait(lambda: numbers(site) == [0, 1, 2])
    assert {request.headers["content-type"] for request in site.received} == {"text/plain;charset=UTF-8"}


def test_flush_is_a_promise_that_waits_for_the_answer(site: Site, visit: Visit) -> None:
    page = visit(flush=NEVER)
    page.evaluate(ACTIONS)
    page.evaluate("ix('flush')")
    assert numbers(site) == [0, 1, 2] and not kept(page)
    site.answers = [Answer(503)]
    page.evaluate("ix('track', 'action', {n: 3})")
    assert kept(page, "await ix('flush')")


def test_a_flush_keeps_nothing_of_those_before_it(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate("ix('track', 'action', {n: 1}); ix('flush')")
    assert page.evaluate("ix('flush')") is None


def test_trusted_types_want_a_policy_of_the_page(site: Site, profile: BrowserContext) -> None:
    site.page_headers = {"content-security-policy": "require-trusted-types-for 'script'"}
    page = profile.new_page()
    policy = "{createScriptURL: (url) => url.startsWith(location.origin + '/s/') ? url : null}"
    page.goto(site.add_page("/", "<input>", head=f"<script>trustedTypes.createPolicy('default', {policy})</script>"))
    # asked from outside: the page's policy forbids the waiting that is put into a page
    eventually(lambda: page.evaluate("!!(window.ix && ix.on && !document.querySelector('script[integrity]'))"))
    page.press("input", "a")
    site.wait_event("type")  # heard by the part


def test_a_strict_content_policy_is_enough(site: Site, profile: BrowserContext) -> None:
    site.page_headers = {
        "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:"
    }
    page = profile.new_page()
    complaints: list[str] = []
    page.goto(site.add_page("/", "<button>Go</button>"))
    page.on("console", lambda message: complaints.append(message.text))
    page.click("button")
    site.wait_events("click")
    assert not complaints


def test_an_open_batch_that_another_page_took_meanwhile_is_not_added_to(site: Site, visit: Visit) -> None:
    site.answers_to["pk_test"] = [Answer(503), Answer(503)]
    page = visit(flush=NEVER)
    page.evaluate("ix('flush')")
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true})); ix('track', 'action', {n: 1})"
    )
    visit("", "/other").close()
    site.wait(lambda: numbers(site) == [1])
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})); ix('track', 'action', {n: 2})"
    )
    page.close()
    site.wait(lambda: numbers(site) == [1, 2])  # `events` fails on an event in two batches
    [one, two] = [batch["batch_id"] for batch in site.batches() if "props" in batch["events"][-1]]
    assert one != two


def test_halves_of_what_was_denied_meanwhile_are_gone(site: Site, visit: Visit) -> None:
    gate = threading.Event()
    site.answers = [Answer(413, wait=gate), Answer()]
    page = visit(flush=NEVER)
    page.evaluate("ix('track', 'action', {n: 1}); window.flushed = ix('flush'); ix('consent', 'denied')")
    gate.set()
    page.evaluate("flushed")
    page.evaluate("ix('consent', 'granted')")
    page.evaluate("ix('track', 'action', {n: 2}); ix('flush')")
    site.wait(lambda: numbers(site) == [2])
