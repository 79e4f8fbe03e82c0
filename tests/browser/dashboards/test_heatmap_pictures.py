"""A heat map over what visitors saw of the page: pictures they sent, each where it was."""

from playwright.sync_api import Page, expect

from tests.browser.dashboards.conftest import ask, complaints, settled
from tests.support.collector import ORIGIN, Collector, batch, event, now_ms, uuid7
from tests.support.picturing import picture

WIDTH, HEIGHT = 1280, 720
PATH = "/pictured"
VIEWPORT = {"context": {"viewport": [WIDTH, HEIGHT]}}


def send(collector: Collector, *events: dict[str, object]) -> None:
    sent = [{**one, "url": f"{ORIGIN}{PATH}"} for one in events]
    assert collector.send(batch(*sent, session_id=uuid7(), **VIEWPORT)).json()["accepted"] == len(sent)


def test_pictures_lie_where_they_were_taken_with_the_newest_on_top(filled: Collector, page: Page) -> None:
    start = now_ms() - 60_000
    old, new, below = (
        filled.upload(picture(WIDTH, HEIGHT, color=color)).json()["image_id"] for color in ("red", "lime", "blue")
    )
    card = filled.upload(picture(200, 100, color="black")).json()["image_id"]
    seen = [
        event("feedback", text="before", screenshot=old, page_x=0, page_y=0, at=start + 1000),
        event("feedback", text="after", screenshot=new, page_x=0, page_y=0, at=start + 2000),
        event("feedback", text="further down", screenshot=below, page_x=0, page_y=900, at=start + 3000),
        event("feedback", text="this one", screenshot=card, at=start + 4000),
    ]
    clicks = [event("click", x=300, y=200, page_x=300, page_y=200, at=start + 5000 + n) for n in range(5)]
    before = len(filled.rows(**{"from": start}))
    send(filled, *seen, *clicks)
    filled.rows_when(before + len(seen) + len(clicks), **{"from": start})

    pictures = ask(filled, "/v1/heatmap", {"from": start, "to": start + 90_000}, path=PATH)["pictures"]
    assert pictures == [
        {"image_url": f"/images/{below}", "top": 900 / WIDTH},
        {"image_url": f"/images/{new}", "top": 0},
    ]
    page.goto(f"/heatmap?path={PATH}&from={start}&to={start + 90_000}")
    settled(page)
    shots = page.locator("img.paper-shot")
    expect(shots).to_have_count(2)
    for name, top in ((new, 0), (below, 900)):
        shot = page.locator(f"img.paper-shot[src='/images/{name}']")
        page.wait_for_function(
            "name => document.querySelector(`img[src='/images/${name}']`).naturalWidth > 0", arg=name
        )
        box, paper = shot.bounding_box(), page.locator(".paper").bounding_box()
        assert box and paper
        assert abs(box["width"] - paper["width"]) < 2
        assert abs((box["y"] - paper["y"]) - top * paper["width"] / WIDTH) < 2
    expect(page.locator(".heat-note")).not_to_contain_text("no picture")
    assert complaints(page) == []


def test_without_a_picture_the_page_says_what_would_bring_one(filled: Collector, page: Page) -> None:
    page.goto("/heatmap?path=/cart&range=7d")
    settled(page)
    expect(page.locator(".heat-note")).to_contain_text("no picture of this page is stored")
    expect(page.locator("img.paper-shot")).to_have_count(0)
