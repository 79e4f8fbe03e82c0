"""Pictures of the page: when they are taken, what stands in them, and what happens when they cannot be had."""

import base64
import hashlib
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.snippet.conftest import LATER, Visit
from tests.browser.snippet.server import Site

RED, GREY = (255, 0, 0), (208, 208, 208)
BOX = "position:absolute;width:100px;height:100px;"


def pixels(page: Page, image: bytes, *places: tuple[int, int]) -> tuple[list[int], list[tuple[int, ...]]]:
    """Size of an image and the colours at some places, as the browser decodes it."""
    source = "data:image/webp;base64," + base64.b64encode(image).decode()
    size, colours = page.evaluate(
        """async ([source, places]) => {
          const image = new Image(); image.src = source; await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
          canvas.drawImage(image, 0, 0);
          return [[image.width, image.height], places.map(([x, y]) => [...canvas.getImageData(x, y, 1, 1).data].slice(0, 3))];
        }""",
        [source, places],
    )
    return size, [tuple(colour) for colour in colours]


def near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(found, wanted, strict=True))


def shoot(site: Site, page: Page, script: str = "ix('feedback', {text: 'odd', screenshot: true})") -> tuple[Any, bytes]:
    page.evaluate(script)
    event = site.wait_event("feedback")
    [(headers, image)] = site.images
    assert "content-type" not in headers, "with a media type there would be a preflight"
    assert event["screenshot"] == hashlib.sha256(image).hexdigest()
    assert image[:4] == b"RIFF" and image[8:12] == b"WEBP"
    return event, image


def test_what_is_on_the_screen_with_its_scroll(site: Site, visit: Visit) -> None:
    page = visit(
        f"<div style='{BOX}left:200px;top:2200px;background:red'></div><div style='height:4000px'></div>"
        f"<div style='{BOX}position:fixed;left:600px;top:300px;background:red'></div>"
    )
    page.evaluate("scrollTo(0, 2000)")
    event, image = shoot(site, page)
    assert event["text"] == "odd"
    assert (event["page_x"], event["page_y"]) == (0, 2000)
    size, colours = pixels(page, image, (250, 250), (650, 350), (20, 20), (250, 450))
    assert size == [1280, 720]
    assert [near(colour, RED) for colour in colours] == [True, True, False, False]


def test_one_element(site: Site, visit: Visit) -> None:
    page = visit("<div id=card style='width:200px;height:120px;background:red;margin:300px'></div>")
    event, image = shoot(site, page, "ix('feedback', {text: 'odd', screenshot: card})")
    assert "page_y" not in event
    size, colours = pixels(page, image, (5, 5), (195, 115))
    assert size == [200, 120] and all(near(colour, RED) for colour in colours)


def test_masked_typed_and_ignored_is_blank(site: Site, visit: Visit) -> None:
    red = "<div style='width:100px;height:100px;background:red'></div>"
    page = visit(
        f"<div data-ix-mask style='{BOX}left:0;top:0'>{red}</div><div data-ix-ignore style='{BOX}left:200px;top:0'>{red}</div>"
        f"<div data-private style='{BOX}left:400px;top:0'><div data-ix-unmask>{red}</div></div>"
        f"<div contenteditable style='{BOX}left:600px;top:0'>{red}</div>"
        f"<img data-ix-mask src='/red-100x100.svg' style='{BOX}left:800px;top:0'>"
    )
    _, image = shoot(site, page)
    colours = pixels(page, image, (50, 50), (250, 50), (450, 50), (650, 50), (850, 50))[1]
    assert not [colour for colour in colours if near(colour, RED)]
    assert near(colours[0], GREY)


SHADOWS = """<script>
for (const [name, inside] of [['shop-orders', '<div id=in style="width:100px;height:100px;background:red"></div>'],
                              ['user-card', '<div data-private><slot></slot></div>']])
  customElements.define(name, class extends HTMLElement {
    connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML = inside } })</script>"""


def test_what_is_masked_is_blank_on_both_sides_of_a_shadow_root(site: Site, visit: Visit) -> None:
    red = "<div style='width:100px;height:100px;background:red'></div>"
    page = visit(
        f"<div data-ix-mask style='{BOX}left:0;top:0'><shop-orders></shop-orders></div>"
        f"<div data-ix-ignore style='{BOX}left:200px;top:0'><shop-orders></shop-orders></div>"
        f"<user-card style='{BOX}left:400px;top:0'>{red}</user-card>"
        f"<div style='{BOX}left:600px;top:0'><shop-orders></shop-orders></div>" + SHADOWS
    )
    _, image = shoot(site, page)
    colours = pixels(page, image, *[(50 + 200 * n, 50) for n in range(4)])[1]
    assert [near(colour, RED) for colour in colours] == [False, False, False, True]
    page.evaluate(
        "ix('feedback', {text: 'odd', screenshot: document.querySelector('shop-orders').shadowRoot.getElementById('in')})"
    )
    assert "screenshot" not in site.wait_events("feedback", 2)[1] and len(site.images) == 1


def test_what_was_typed_is_not_in_the_copy(site: Site, visit: Visit) -> None:
    """Looks at the copy itself: a picture cannot be searched for letters."""
    page = visit(
        "<input value=S1><textarea>S2</textarea><select><option selected>S3</select><p>ann.S4@example.com, 4111 1111 1111 1111</p>"
        "<p data-private title=S5>S6</p><p>ann.S4@<wbr>example.com</p><p><b>4111</b> 1111 <i>1111 1111</i></p>"
        "<p><b>S4</b>@example.com</p><p>3782 <b>822463</b> 10005</p><p>1<b>2</b>3 4 5 6 7 8 9 10 11 <i>12</i></p><svg><style>.x{} @media print { .Y5 { color: red } }</style></svg><p>ab</p>",
        before="window.copies = []; const real = XMLSerializer.prototype.serializeToString;"
        "XMLSerializer.prototype.serializeToString = function (node) { const text = real.call(this, node); copies.push(text); return text }",
    )
    for name, text in (("input", "S7"), ("textarea", "S8")):
        page.fill(name, text)
    shoot(site, page)
    [copy] = page.evaluate("copies")
    assert "[email]" in copy and "[number]" in copy
    assert not [number for number in range(1, 9) if f"S{number}" in copy] and not re.search("4111|3782|822463", copy)
    assert ".Y5" in copy and ">12</i>" in copy, "style and what only looks like a number stay"


def test_a_picture_from_elsewhere_leaves_a_placeholder(site: Site, visit: Visit, profile: BrowserContext) -> None:
    elsewhere = site.url.replace("127.0.0.1", "localhost")  # sends no CORS headers
    page = visit(
        f"<img src='{elsewhere}/a-100x100.svg' style='{BOX}left:0;top:0'><div style='{BOX}left:200px;top:0;background:red'></div>"
    )
    _, image = shoot(site, page)
    colours = pixels(page, image, (50, 50), (250, 50))[1]
    assert near(colours[0], GREY) and near(colours[1], RED)


def test_rage_is_shown_where_the_site_says_so(site: Site, visit: Visit) -> None:
    page = visit(
        "<ul><li style='width:300px;height:200px;background:red'><button>Buy</button></ul>", screenshots="rage"
    )
    page.click("button", click_count=3)
    event = site.wait_event("rage_click")
    [(_, image)] = site.images
    assert event["screenshot"] == hashlib.sha256(image).hexdigest() and event["target"]["label"] == "Buy"
    assert pixels(page, image)[0] == [300, 200]
    visit("<button>Buy</button>", "/plain").click("button", click_count=3)
    assert "screenshot" not in site.wait_events("rage_click", 2)[1] and len(site.images) == 1


def test_rage_in_a_list_that_only_looks_like_a_card_shows_the_screen(site: Site, visit: Visit) -> None:
    page = visit("<div class=products style='height:3000px'><button>Sort</button></div>", screenshots="rage")
    page.click("button", click_count=3)
    site.wait_event("rage_click")
    [(_, image)] = site.images
    assert pixels(page, image)[0] == [1280, 720]


@pytest.mark.parametrize("trouble", ["refused", "no-part", "no-consent", "leaves"])
def test_the_words_arrive_without_the_picture(site: Site, visit: Visit, profile: BrowserContext, trouble: str) -> None:
    if trouble == "refused":
        site.refuse_images = 503
    page = visit("<h1>Laptops</h1>", consent="pending" if trouble == "no-consent" else "granted")
    if trouble in ("no-part", "leaves"):
        profile.route("**/*.js", lambda route: route.abort() if trouble == "no-part" else None)
    page.evaluate("ix('feedback', {text: 'odd', rating: 2, screenshot: true})")
    if trouble == "no-consent":
        page.wait_for_function("!document.querySelector('script[integrity]')")
        page.evaluate("ix('consent', 'granted')")
    if trouble == "leaves":
        page.close()
    event = site.wait_event("feedback")
    assert (event["text"], event["rating"]) == ("odd", 2)
    assert trouble == "refused" or not site.images


def test_the_words_outlive_a_page_that_crashes_before_the_picture_has_come(
    site: Site, visit: Visit, profile: BrowserContext
) -> None:
    page = visit("<h1>Laptops</h1>")
    profile.route("**/*.js", lambda route: None, times=1)
    page.evaluate("ix('feedback', {text: 'odd', rating: 2, screenshot: true}); ix('flush')")
    with pytest.raises(Error):
        page.goto("chrome://crash")
    assert not site.events("feedback")
    visit("", "/next", before=LATER)
    event = site.wait_event("feedback")
    assert (event["text"], event["rating"]) == ("odd", 2)


def test_the_copy_that_waits_for_the_picture_is_neither_sent_nor_left(site: Site, visit: Visit) -> None:
    page = visit("<h1>Laptops</h1>")
    event, _ = shoot(site, page)
    page.wait_for_function("!Object.keys(localStorage).some((key) => key.includes('.out.'))")
    assert [event] == site.events("feedback")


def test_a_marked_form_sends_a_picture_where_that_was_ticked(site: Site, visit: Visit) -> None:
    page = visit(
        "<form data-ix-feedback onsubmit='event.preventDefault()'><textarea></textarea>"
        "<input type=checkbox data-ix-screenshot><button>Send</button></form>"
    )
    page.fill("textarea", "first")
    page.click("button")
    assert "screenshot" not in site.wait_event("feedback")
    page.check("[data-ix-screenshot]")
    page.click("button")
    assert len(site.wait_events("feedback", 2)[1]["screenshot"]) == 64


def test_canvases_videos_and_frames_are_grey_boxes_of_their_size(site: Site, visit: Visit) -> None:
    """Also masked ones, and their neighbours stay where they are."""
    site.pages["/frame"] = "<body style='margin:0;background:red'>"
    page = visit(
        f"<canvas id=c width=100 height=100 style='{BOX}left:0;top:0'></canvas>"
        f"<canvas id=d width=100 height=100 data-private style='{BOX}left:200px;top:0'></canvas>"
        f"<iframe src=/frame style='{BOX}left:400px;top:0;border:0'></iframe>"
        f"<iframe src=/frame data-ix-mask style='{BOX}left:600px;top:0;border:0'></iframe>"
        f"<video poster=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        f"<rect width='9' height='9' fill='red'/></svg>\" style='{BOX}left:800px;top:0'></video>"
        "<div style='padding-top:200px;line-height:0'><canvas id=e width=100 height=100></canvas>"
        "<span style='display:inline-block;width:100px;height:100px;background:red'></span></div>"
        "<script>const fill = (canvas) => { const on = canvas.getContext('2d'); on.fillStyle = 'red'; on.fillRect(0, 0, 100, 100) };"
        "[c, d, e].forEach(fill)</script>"
    )
    left = page.evaluate("e.getBoundingClientRect().x")
    _, image = shoot(site, page)
    places = [(50 + 200 * n, 50) for n in range(5)] + [(int(left) + 50, 250), (int(left) + 150, 250)]
    colours = pixels(page, image, *places)[1]
    assert [near(colour, GREY) for colour in colours] == [True] * 6 + [False]
    assert near(colours[6], RED)


def test_of_what_the_hook_drops_no_picture_is_sent(site: Site, visit: Visit) -> None:
    page = visit()
    page.evaluate(
        "ix('before_send', (e) => e.text === 'odd' ? null : {...e, text: e.text + '!'});"
        "ix('feedback', {text: 'odd', screenshot: true}); ix('feedback', {text: 'fine', screenshot: true})"
    )
    event = site.wait_event("feedback")
    assert event["text"] == "fine!" and len(event["screenshot"]) == 64
    assert len(site.images) == 1 and len(site.events("feedback")) == 1


def test_consent_taken_back_while_a_picture_is_painted(site: Site, visit: Visit) -> None:
    page = visit("<h1>Laptops</h1>")
    page.evaluate(
        """new Promise((done) => {
             const { toBlob } = HTMLCanvasElement.prototype;
             HTMLCanvasElement.prototype.toBlob = function (fn, ...rest) {
               ix('consent', 'denied');
               toBlob.call(this, (blob) => { fn(blob); setTimeout(done) }, ...rest);
             };
             ix('feedback', {text: 'odd', screenshot: true}) })"""
    )
    page.evaluate("fetch('/after', {method: 'POST', body: '{}'})")
    site.wait(lambda: any(request.path == "/after" for request in site.received))
    assert not site.images
