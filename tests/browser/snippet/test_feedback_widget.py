"""The button and dialog that ask for feedback: by keyboard, by name, under a strict policy, without a trace of itself."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.snippet.conftest import MORE, Visit
from tests.browser.snippet.server import Site
from tests.support.collector import eventually

CSP = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:"


def opened(page: Page) -> None:
    button = page.get_by_role("button", name="Feedback")
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")


def test_feedback_by_keyboard_alone(site: Site, visit: Visit) -> None:
    page = visit("<button>Outside</button>", feedback="")
    opened(page)
    dialog = page.get_by_role("dialog", name="What do you think?")
    expect(dialog).to_be_visible()
    page.keyboard.type("The filter is odd")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first star
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("radio", name="4 / 5")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    event = site.wait_event("feedback")
    assert (event["text"], event["rating"]) == ("The filter is odd", 4)
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("Thank you!")
    assert {event["type"] for event in site.events()} == {"page_view", "feedback"}, "it reports nothing of itself"


def test_escape_closes_and_gives_the_focus_back_and_tab_stays_inside(site: Site, visit: Visit) -> None:
    page = visit(
        "<button>Outside</button>", feedback="Your opinion", feedback_title="Say it", feedback_send="Off it goes"
    )
    button = page.get_by_role("button", name="Your opinion")
    button.click()
    dialog = page.get_by_role("dialog", name="Say it")
    expect(dialog.get_by_role("textbox", name="Your message")).to_be_focused()
    expect(dialog.get_by_role("button", name="Off it goes")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('[data-ix-ignore]')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_what_is_typed_is_no_shortcut_of_the_page(site: Site, visit: Visit) -> None:
    page = visit(
        "<input id=q><script>for (const type of ['keydown', 'keypress', 'keyup'])"
        "document.addEventListener(type, (e) => { if (e.key === '/') { e.preventDefault(); q.focus() } })</script>",
        feedback="",
    )
    opened(page)
    page.keyboard.type("1/2")
    expect(page.get_by_role("textbox", name="Your message")).to_have_value("1/2")


def test_stars_that_are_chosen_differ_by_their_shape(site: Site, visit: Visit) -> None:
    page = visit(feedback="")
    opened(page)
    shapes = "[...document.querySelector('[data-ix-ignore]').shadowRoot.querySelectorAll('fieldset span')].map((star) => getComputedStyle(star, '::before').content[1]).join('')"
    assert page.evaluate(shapes) == "☆☆☆☆☆"
    page.get_by_role("radio", name="3 / 5").check()
    assert page.evaluate(shapes) == "★★★☆☆"


def test_the_thanks_are_told_by_a_part_that_was_always_there(site: Site, visit: Visit) -> None:
    page = visit(feedback="")
    expect(page.get_by_role("status")).to_have_count(1)
    assert not page.get_by_role("status").inner_text()


def test_nothing_said_is_not_sent(site: Site, visit: Visit) -> None:
    page = visit(feedback="")
    opened(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Write something or choose a rating")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not site.events("feedback")


def test_with_a_picture_that_does_not_show_the_dialog(site: Site, visit: Visit) -> None:
    page = visit(feedback="")
    opened(page)
    page.keyboard.type("Look")
    page.get_by_label("Attach a picture").check()
    page.get_by_role("button", name="Send").click()
    assert len(site.wait_event("feedback")["screenshot"]) == 64
    assert len(site.images) == 1


def test_it_opens_by_a_call_and_looks_as_the_site_wants(site: Site, visit: Visit) -> None:
    page = visit("<style>:root { --ix-accent: rgb(1, 2, 3) }</style>")
    page.evaluate("ix('feedback')")
    send = page.get_by_role("button", name="Send")
    expect(send).to_have_css("background-color", "rgb(1, 2, 3)")
    assert not page.get_by_role("button", name="Feedback").count()


def test_a_strict_policy_forbids_none_of_it(site: Site, profile: BrowserContext) -> None:
    site.page_headers = {"content-security-policy": CSP}
    site.pages["/"] = (
        "<!doctype html><link rel=icon href=data:,><title>Strict</title>"
        "<script async src=/s/v1.js data-key=pk_test data-flush=30 data-feedback></script><h1>Laptops</h1>"
    )
    page = profile.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(site.url)
    opened(page)
    expect(page.get_by_role("dialog")).to_have_css("border-radius", "8px")
    page.keyboard.type("Fine")
    page.get_by_label("Attach a picture").check()
    page.get_by_role("button", name="Send").click()
    assert site.wait_event("feedback")["text"] == "Fine"
    assert not [text for text in said if "Content Security Policy" in text]


@pytest.mark.parametrize("feedback", [{}, {"feedback": ""}])
def test_it_opens_also_when_it_was_called_before_there_was_anything_to_open(
    site: Site, profile: BrowserContext, feedback: dict[str, str]
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    profile.route(f"**/{MORE}", hold)
    page = profile.new_page()
    page.goto(site.add_page("/", "", **feedback), wait_until="commit")
    page.wait_for_function("document.querySelector('script[integrity]')")
    page.evaluate("ix('feedback')")
    eventually(lambda: page.evaluate("true") and held)[0].continue_()  # the page asks before we hear of it
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_function("!document.querySelector('script[integrity]')")
    assert page.locator("[data-ix-ignore]").count() == 1


def test_called_twice_while_it_is_on_its_way_it_is_one_dialog(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate("ix('feedback'); ix('feedback')")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_function("!document.querySelector('script[integrity]')")
    assert page.locator("[data-ix-ignore]").count() == 1


def test_nothing_is_asked_while_the_answer_could_not_be_sent(site: Site, visit: Visit) -> None:
    page = visit(feedback="", consent="pending")
    button = page.get_by_role("button", name="Feedback")
    page.locator(".open").wait_for(state="attached")
    page.evaluate("ix('feedback')")
    expect(button).to_be_hidden()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("ix('consent', 'granted')")
    button.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    visit("", "/other").evaluate("ix('consent', 'denied')")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_hidden()


def test_it_stays_where_an_application_replaces_the_body(site: Site, visit: Visit) -> None:
    page = visit("<h1>One</h1>", feedback="")
    page.locator(".open").wait_for()
    page.evaluate("document.body = document.createElement('body')")
    opened(page)
    expect(page.get_by_role("dialog")).to_be_visible()
