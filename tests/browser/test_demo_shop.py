"""The main job: a real browser walks through the demo shop, and every step stands in the store."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.collector import eventually
from tests.support.demo import Demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo"))
    demo.start()
    yield demo
    assert demo.process is not None
    demo.process.terminate()
    assert 0 == demo.process.wait(30)


@pytest.fixture
def page(whole_browser: Browser, demo: Demo) -> Iterator[Page]:
    context = whole_browser.new_context(
        base_url=demo.shop, viewport={"width": 1280, "height": 800}, locale="de-DE", timezone_id="Europe/Berlin"
    )
    yield context.new_page()
    context.close()


def test_shop_under_the_name_localhost_is_heard_too(demo: Demo, page: Page) -> None:
    page.goto(f"http://localhost:{demo.shop_port}/cart")
    assert demo.row("page_view", path="/cart")["url"].startswith("http://localhost:")


def test_walk_through_the_shop_is_stored_field_by_field(demo: Demo, page: Page) -> None:
    page.goto("/?utm_source=newsletter&token=secret#top")
    viewed = demo.row("page_view", path="/")
    assert f"{demo.shop}/?utm_source=newsletter" == viewed["url"]
    assert ("newsletter", "none") == (viewed["utm_source"], viewed["user_action"])
    assert "viewed 'Made to be kept · Morrow & Pine'" == viewed["user_action_description"]
    assert (1280, 800) == (viewed["viewport_width"], viewed["viewport_height"])
    assert ("de-DE", "ecommerce", "shop") == tuple(viewed[name] for name in ("language", "source", "site"))
    assert ("desktop", True) == (viewed["device"], viewed["is_bot"]), "headless Chromium is a program"

    page.get_by_role("link", name="Laptops").first.click()
    menu = demo.row("click", target_label="Laptops")
    assert ("click", "link", "menu") == tuple(menu[name] for name in ("user_action", "target_role", "target_section"))
    assert "clicked link 'Laptops' in menu" == menu["user_action_description"]

    page.mouse.wheel(0, 20_000)
    scrolled = demo.row("scroll", path="/categories/laptops")
    assert ("scroll", "Europe/Berlin") == (scrolled["user_action"], scrolled["timezone"])
    assert 25 <= scrolled["scroll_depth"] <= 100
    assert scrolled["user_action_description"].startswith("scrolled to ")

    page.locator("article.card[data-product-id=aster-16-pro] a").first.click()
    touched = demo.row("click", product_id="aster-16-pro")
    assert f"{demo.shop}/img/aster-16-pro.svg" == touched["interacted_image_url"]
    assert ("Aster 16 Pro", "results") == (touched["target_label"], touched["target_section"])
    assert touched["x"] > 0 and touched["page_y"] >= touched["y"]

    page.locator("#add").click()
    added = demo.row("add_to_cart", product_id="aster-16-pro")
    assert ("click", 1) == (added["user_action"], added["props"]["quantity"])
    assert added["value"] > 100

    feedback = page.locator("form[data-ix-feedback]")
    feedback.locator("textarea").fill("Der Akku hält den ganzen Tag 👍")
    feedback.locator("input[name=rating][value='5']").press(
        "Space"
    )  # a page that still moves may be missed by the pointer
    feedback.get_by_role("button").click()
    said = demo.row("feedback")
    assert ("Der Akku hält den ganzen Tag 👍", 5, "User") == (said["content"], said["rating"], said["role"])
    assert "gave feedback and a rating of 5" == said["user_action_description"]

    rows = [row for row in demo.rows() if row["session_id"] == viewed["session_id"]]
    assert {viewed["visitor_id"]} == {row["visitor_id"] for row in rows}
    assert "secret" not in json.dumps(rows)
    assert len(rows) == len({row["event_id"] for row in rows})


def test_single_page_section_is_navigation_without_page_views(demo: Demo, page: Page) -> None:
    page.goto("/inspire")
    expect(page.locator("#room .rooms")).to_be_visible()  # before, the links are plain ones
    demo.row("page_view", path="/inspire")
    page.locator("#rooms a").first.click()
    expect(page).to_have_url(re.compile(r"/inspire/.+"))
    room = page.url.removeprefix(demo.shop)
    moved = demo.row("navigate", path=room)
    assert f"navigated from /inspire to {room}" == moved["user_action_description"]
    assert f"{demo.shop}/inspire" == moved["referrer"]
    assert moved["props"]["kind"] in {"push", "replace"}, "replace where the click came before the tag's second file"
    page.go_back()
    back = demo.row("navigate", path="/inspire")
    assert "pop" == back["props"]["kind"]
    assert 1 == len(
        [r for r in demo.rows() if r["session_id"] == moved["session_id"] and r["event_name"] == "page_view"]
    )


def test_click_just_before_the_tab_closes_is_stored(demo: Demo, whole_browser: Browser) -> None:
    context = whole_browser.new_context(base_url=demo.shop)
    page = context.new_page()
    page.goto("/categories/lamps")
    page.get_by_role("heading", level=1).click()
    page.close(run_before_unload=True)
    row = demo.row("click", path="/categories/lamps")
    assert row["user_action_description"].startswith("clicked ")
    context.close()


def test_question_typed_by_a_visitor_is_never_read(demo: Demo, page: Page) -> None:
    page.goto("/products/aster-16-pro")
    field = page.locator("textarea:not([data-ix-feedback] textarea)").first
    field.press_sequentially("my private question")
    typed = demo.row("type", path="/products/aster-16-pro")
    assert "type" == typed["user_action"]
    assert "private" not in json.dumps(demo.rows())


def test_live_view_shows_a_click_with_its_image(demo: Demo, page: Page) -> None:
    page.goto("/see-live")
    expect(page).to_have_url(f"{demo.api}/live")
    shop = page.context.new_page()
    shop.goto("/categories/cameras")
    shop.locator("article.card[data-product-id=field-35] a").first.click()
    seen = page.get_by_text("clicked link 'Field 35' in results").first
    page.get_by_label(re.compile("bots", re.IGNORECASE)).check()
    expect(seen).to_be_visible()
    expect(page.locator("img[src$='/img/field-35.svg']").first).to_be_visible()


def test_kill_9_and_start_again_keeps_everything(demo: Demo, page: Page) -> None:
    page.goto("/categories/headphones")
    demo.row("page_view", path="/categories/headphones")
    before = {row["event_id"] for row in demo.rows()}
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait()
    demo.start()
    eventually(lambda: {row["event_id"] for row in demo.rows()}, lambda found: before <= found)
