"""`GET /v1/interactions`: fields, filters, cursor, export, keys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.collector import BROWSER, Collector, batch, event, eventually, now_ms, uuid7


def test_every_field_of_a_click_is_stored(collector: Collector) -> None:
    user = uuid7()
    click = event(
        url="https://me:secret@shop.test/categories/laptops?utm_source=mail&utm_campaign=fall+sale&token=abc&q=1#top",
        title="Laptops",
        target={
            "tag": "a", "role": "link", "label": "MacBook Pro 16-inch", "selector": "main > ul > li:nth-child(2) > a",
            "href": "/products/macbook-pro-16?session=1", "section": "results", "product_id": "mbp-16",
        },
        image_url="https://shop.test/img/macbook-pro-16.webp",
        x=412, y=380.5, page_x=412, page_y=1630, props={"colour": "silver", "n": 2, "new": True},
    )  # fmt: skip
    sent = batch(
        click,
        user_id=user, source="ecommerce", agent_version="v1.0",
        context={"language": "de-DE", "timezone": "Europe/Berlin", "screen": [2560, 1440], "viewport": [1280, 720]},
    )  # fmt: skip
    collector.send(sent)
    [row] = collector.rows_when(1, user_id=user)
    assert 0 < row.pop("interaction_id") < 2**53
    assert abs(datetime.fromisoformat(row.pop("received_at")).timestamp() * 1000 - now_ms()) < 60_000
    moment = datetime.fromtimestamp(click["at"] / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert {
        "event_id": click["event_id"], "site": "shop", "event_name": "click", "user_action": "click",
        "user_action_description": "clicked link 'MacBook Pro 16-inch' in results",
        "interacted_image_url": "https://shop.test/img/macbook-pro-16.webp",
        "created_at": moment, "at": moment, "user_id": user, "visitor_id": sent["visitor_id"],
        "session_id": sent["session_id"], "request_id": sent["batch_id"], "source": "ecommerce",
        "agent_version": "v1.0", "url": "https://shop.test/categories/laptops?utm_source=mail&utm_campaign=fall+sale&q=1",
        "path": "/categories/laptops", "title": "Laptops", "utm_source": "mail", "utm_campaign": "fall sale",
        "target_role": "link", "target_selector": "main > ul > li:nth-child(2) > a",
        "target_label": "MacBook Pro 16-inch", "target_section": "results", "target_href": "/products/macbook-pro-16",
        "product_id": "mbp-16", "x": 412, "y": 380.5, "page_x": 412, "page_y": 1630, "viewport_width": 1280,
        "viewport_height": 720, "browser": "Chrome 131", "os": "Windows", "device": "desktop", "is_bot": False,
        "language": "de-DE", "timezone": "Europe/Berlin", "props": {"colour": "silver", "n": 2, "new": True},
    } == row  # fmt: skip


def test_what_was_said_is_content(collector: Collector) -> None:
    user = uuid7()
    collector.send(
        batch(
            event("feedback", text="Great “lamp” 你好 \\ \n", rating=4.5),
            event("message", role="Agent", text="Hello", expert_text="Hello there", thread_id="t1"),
            event("search", text="red lamp"),
            user_id=user,
        )
    )
    rows = {row["event_name"]: row for row in collector.rows_when(3, user_id=user)}
    assert ("Great “lamp” 你好 \\ \n", "User", 4.5) == tuple(rows["feedback"][k] for k in ("content", "role", "rating"))
    message = rows["message"]
    assert ("Hello", "Hello there", "Agent", "t1") == tuple(
        message[k] for k in ("content", "expert_content", "role", "thread_id")
    )
    assert {"query": "red lamp"} == rows["search"]["props"]
    assert "content" not in rows["search"]


def test_clock_that_is_wrong_is_corrected_for_the_whole_batch(collector: Collector) -> None:
    """A browser three years ahead: its times move by what its clock is off, and the rows can be found now."""
    user = uuid7()
    ahead = 3 * 365 * 24 * 3600 * 1000
    happened = now_ms() - 2_000
    collector.send(batch(event(at=happened + ahead), user_id=user, sent_at=now_ms() + ahead))
    [row] = collector.rows_when(1, user_id=user)
    assert abs(datetime.fromisoformat(row["created_at"]).timestamp() * 1000 - happened) < 2_000
    assert happened + ahead == round(datetime.fromisoformat(row["at"]).timestamp() * 1000)


def test_copy_of_an_event_in_another_batch_is_listed_once(collector: Collector) -> None:
    user = uuid7()
    twice = event()
    collector.send(batch(twice, user_id=user))
    collector.rows_when(1, user_id=user)
    collector.send(batch(twice, event(), user_id=user))
    rows = eventually(lambda: collector.rows(user_id=user), lambda rows: len(rows) >= 2)
    assert 2 == len(rows)


def test_pages_follow_each_other_without_gap_or_overlap(collector: Collector) -> None:
    """Times that are equal, and rows a month apart, stand where two pages meet."""
    user = uuid7()
    now = now_ms()
    times = [now - offset for offset in (0, 0, 0, 1, 1, 5_000, 3_600_000, 86_400_000, 30 * 86_400_000, 30 * 86_400_000)]
    events = [event(at=at) for at in times]
    collector.send(batch(*events, user_id=user))
    collector.rows_when(len(times), user_id=user)
    for limit in (1, 2, 3, 7, 10, 11):
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            query = {"user_id": user, "limit": limit} | ({"cursor": cursor} if cursor else {})
            page = collector.get("/v1/interactions", **query).json()
            assert len(page["interactions"]) <= limit
            found += page["interactions"]
            cursor = page.get("next_cursor")
            if cursor is None:
                break
        assert len(times) == len(found) == len({row["event_id"] for row in found})
        # newest first, and of one moment what stood last in the batch
        order = sorted(range(len(times)), key=lambda place: (times[place], place), reverse=True)
        assert [events[place]["event_id"] for place in order] == [row["event_id"] for row in found]


def test_window_and_filters(collector: Collector) -> None:
    user, session = uuid7(), uuid7()
    now = datetime.now(UTC)
    hours = [event("scroll" if hour % 2 else "click", at=now_ms() - hour * 3_600_000) for hour in range(6)]
    collector.send(batch(*hours, user_id=user, session_id=session))
    collector.rows_when(6, user_id=user)
    start = (now - timedelta(hours=3, minutes=30)).isoformat()
    end = round((now - timedelta(hours=1, minutes=30)).timestamp() * 1000)
    assert 2 == len(collector.rows(**{"from": start, "to": end, "user_id": user}))
    assert 3 == len(collector.rows(session_id=session, event="scroll"))
    assert [] == collector.rows(user_id=user, site="other")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 5000}, "limit"),
        ({"from": "yesterday"}, "from"),
        ({"from": 2000, "to": 1000}, "from"),
        ({"cursor": "!!"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_parameters_are_named(collector: Collector, query: dict[str, Any], field: str) -> None:
    answer = collector.get("/v1/interactions", **query)
    assert (422, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert [field] == [entry["field"] for entry in answer.json()["errors"]]


def test_key_is_needed_and_checked(collector: Collector) -> None:
    assert 401 == collector.http.get("/v1/interactions").status_code
    answer = collector.get("/v1/interactions", key="wrong")
    assert (401, "Bearer") == (answer.status_code, answer.headers["www-authenticate"])
    assert "Traceback" not in answer.text


def test_bots_are_flagged(collector: Collector) -> None:
    user = uuid7()
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    collector.send(batch(user_id=user), headers={"user-agent": bot})
    collector.send(batch(user_id=user), headers={"user-agent": BROWSER})
    assert [False, True] == sorted(row["is_bot"] for row in collector.rows_when(2, user_id=user))
