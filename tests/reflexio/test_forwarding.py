"""What visitors say and did arrives in a real Reflexio server, once and in order."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.reflexio.server import KEY, RealServer
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, uuid7
from tests.support.demo import Demo
from tests.support.picturing import picture

PEOPLE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
SETTINGS = {"reflexio_api_key": KEY, "reflexio_requests_per_minute": "600"}


def texts(found: list[dict[str, Any]]) -> list[str]:
    return [one["content"] for one in found if one["role"] != "Event"]


def test_a_walk_through_the_shop_is_found_in_order_through_the_servers_own_client(
    server: RealServer, tmp_path: Path, browser: Browser
) -> None:
    demo = Demo(tmp_path, reflexio_url=server.url, **SETTINGS)
    demo.start()
    context = browser.new_context(base_url=demo.shop, user_agent=PEOPLE, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Laptops").first.click()
    page.locator("article.card[data-product-id=aster-16-pro] a").first.click()
    page.locator("#add").click()
    feedback = page.locator("form[data-ix-feedback]")
    feedback.locator("textarea").fill("Der Akku hält den ganzen Tag 👍")
    feedback.get_by_role("button").click()
    row = demo.row("feedback")
    found = eventually(lambda: server.by_client(row["visitor_id"]), seconds=60)
    context.close()
    assert demo.process is not None
    demo.process.terminate()
    assert 0 == demo.process.wait(30)

    assert ["Der Akku hält den ganzen Tag 👍"] == texts(found)
    words = [one["user_action_description"] or one["content"] for one in found]
    wanted = [
        "viewed 'Made to be kept",
        "clicked link 'Laptops' in menu",
        "clicked link 'Aster 16 Pro' in results",
        "added ",
    ]
    places = [place for start in wanted for place, text in enumerate(words) if text.startswith(start)]
    assert len(wanted) == len(places)
    assert places == sorted(places)
    assert places[-1] < len(words) - 1, "what was said comes after what led to it"
    assert {row["session_id"]} == {one["session_id"] for one in _requests(server, row["visitor_id"])}


def _requests(server: RealServer, user_id: str) -> list[dict[str, Any]]:
    answer = server.http.post("/api/get_requests", json={"user_id": user_id}).raise_for_status().json()
    return [one["request"] for session in answer["sessions"] for one in session["requests"]]


def test_kills_of_either_side_leave_exactly_one_copy(server: RealServer, tmp_path: Path) -> None:
    user = f"user-{uuid7()}"
    running = Collector(tmp_path / "data", reflexio_url=server.url, **SETTINGS)
    said = []
    for number in range(4):
        running.start()
        for part in range(3):
            said.append(f"{number}-{part}")
            answer = running.send(
                batch(event("click"), event("message", text=said[-1]), user_id=user, session_id=uuid7())
            )
            assert 202 == answer.status_code
        if number % 2:
            server.stop()
            server.start()
        running.kill()
    with running:
        found = eventually(lambda: server.interactions(user), lambda some: len(texts(some)) >= len(said), seconds=90)
        counts = running.get("/v1/forwarding").json()["counts"]
    assert sorted(said) == sorted(texts(found))
    assert len(said) == len([one for one in found if one["role"] == "Event"])
    assert (0, 0) == (counts["refused"], counts["no_room"])


def test_a_screenshot_goes_along_and_what_is_deleted_here_is_deleted_there(server: RealServer, tmp_path: Path) -> None:
    user = f"user-{uuid7()}"
    with Collector(tmp_path / "data", reflexio_url=server.url, **SETTINGS) as running:
        sent = running.http.post(
            "/v1/images?k=pk_test_key",
            content=picture(40, 30),
            headers={"origin": "http://shop.test", "content-type": "image/png"},
        )
        image = sent.raise_for_status().json()["image_id"]
        session, other = uuid7(), uuid7()
        running.send(batch(event("feedback", text="broken here", screenshot=image), user_id=user, session_id=session))
        running.send(batch(event("feedback", text="and fine there"), user_id=user, session_id=other))
        found = eventually(lambda: server.interactions(user), lambda some: len(texts(some)) == 2, seconds=60)
        assert {"broken here", "and fine there"} == set(texts(found))
        deleted = running.http.request(
            "DELETE",
            "/api/delete_session",
            json={"session_id": session},
            headers={"authorization": f"Bearer {ADMIN_KEY}"},
        )
        assert 200 == deleted.status_code, deleted.text
        eventually(lambda: texts(server.interactions(user)), lambda some: some == ["and fine there"], seconds=60)
