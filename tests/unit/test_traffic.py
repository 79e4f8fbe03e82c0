"""The traffic generator: valid, repeatable, believable, and at home in the demo shop."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import orjson
import pytest

from collector.demo import catalogue
from collector.demo.browser import Visit
from collector.demo.player import RefusedError, Summary
from collector.demo.shop_app import shop_app
from collector.demo.texts import FEEDBACK, QUESTIONS
from collector.demo.traffic import HOURS, play, visits
from collector.wire.beacon import BATCH

SHOP = "https://shop.example.com"
END = datetime(2026, 11, 23, tzinfo=UTC)
START = END - timedelta(days=14)
COLLECTOR = "http://collector.test"
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="module")
def fortnight() -> list[Visit]:
    return list(visits(7, START, END, 150, SHOP))


def batches(of: list[Visit]) -> list[dict[str, Any]]:
    return [batch for visit in of for batch in visit.batches]


def events(of: list[Visit]) -> list[dict[str, Any]]:
    return [event for batch in batches(of) for event in batch["events"]]


def test_every_batch_is_a_valid_batch(fortnight: list[Visit]) -> None:
    for batch in batches(fortnight):
        BATCH.validate_json(orjson.dumps(batch))


def test_ids_are_unique_version_7_and_carry_their_time(fortnight: list[Visit]) -> None:
    ids = [event["event_id"] for event in events(fortnight)]
    assert len(ids) == len(set(ids))
    assert len({batch["batch_id"] for batch in batches(fortnight)}) == len(batches(fortnight))
    for event in events(fortnight)[:2000]:
        digits = event["event_id"].replace("-", "")
        assert digits[12] == "7" and digits[16] in "89ab"
        assert int(digits[:12], 16) == event["at"]


def test_the_same_seed_gives_the_same_visits() -> None:
    def first(seed: int) -> bytes:
        return orjson.dumps(list(islice(visits(seed, START, END, 300, SHOP), 40)))

    assert first(3) == first(3)
    assert first(3) != first(4)


def test_times_stay_in_the_asked_range_and_in_order(fortnight: list[Visit]) -> None:
    first, last = START.timestamp() * 1000, END.timestamp() * 1000
    assert all(first <= event["at"] < last for event in events(fortnight))
    starts = [visit.batches[0]["events"][0]["at"] for visit in fortnight]
    # The first page view follows the start by up to 1.4 s.
    assert all(later - earlier > -1_400 for earlier, later in pairwise(starts))
    for visit in fortnight:
        times = [event["at"] for batch in visit.batches for event in batch["events"]]
        assert times == sorted(times)
        assert all(0 < batch["sent_at"] - batch["events"][-1]["at"] < 1000 for batch in visit.batches)


def test_a_range_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next(visits(1, START.replace(tzinfo=None), END, 10, SHOP))


def test_visits_follow_the_hour(fortnight: list[Visit]) -> None:
    assert 14 * 150 * 0.85 < len(fortnight) < 14 * 150 * 1.15
    hours = Counter(visit.batches[0]["events"][0]["at"] // 3_600_000 % 24 for visit in fortnight)
    night = sum(hours[hour] for hour in range(1, 5))
    evening = sum(hours[hour] for hour in range(18, 22))
    assert evening > 5 * night
    assert sum(HOURS) / 24 == pytest.approx(1, abs=0.01)


def test_products_follow_zipf(fortnight: list[Visit]) -> None:
    views = Counter(
        urlsplit(event["url"]).path
        for event in events(fortnight)
        if event["type"] == "page_view" and "/products/" in event["url"]
    )
    counts = [count for _, count in views.most_common()]
    assert len(counts) == len(catalogue.PRODUCTS)
    assert sum(counts[:4]) > 0.4 * sum(counts)
    assert counts[0] > 4 * counts[-1]


def test_people_and_their_devices(fortnight: list[Visit]) -> None:
    times_seen = Counter(visit.visitor_id for visit in fortnight)
    assert 0.2 < sum(1 for n in times_seen.values() if n > 1) / len(times_seen) < 0.8
    agents: dict[str, set[str]] = {visit.visitor_id: set() for visit in fortnight}
    for visit in fortnight:
        agents[visit.visitor_id].add(visit.user_agent)
        assert len({batch["session_id"] for batch in visit.batches}) == 1
    assert all(len(one) == 1 for one in agents.values())
    known = sum(1 for visit in fortnight if any("user_id" in batch for batch in visit.batches))
    assert 0.1 < known / len(fortnight) < 0.35
    for word in ("iPhone", "Android", "iPad", "Firefox/", "Edg/", "Macintosh", "Googlebot"):
        assert any(word in visit.user_agent for visit in fortnight), word
    for batch in batches(fortnight):
        viewport, screen = batch["context"]["viewport"], batch["context"]["screen"]
        assert viewport[0] <= screen[0] and viewport[1] <= screen[1]


def test_everything_a_shop_sees_happens(fortnight: list[Visit]) -> None:
    kinds = Counter(event["type"] for event in events(fortnight))
    expected = {
        "page_view", "navigate", "restore", "click", "rage_click", "dead_click", "scroll", "type",
        "form_start", "form_submit", "form_abandon", "copy", "image_view", "search", "add_to_cart",
        "purchase", "error", "web_vital", "feedback", "message",
    }  # fmt: skip
    assert expected == set(kinds)
    bounces = sum(1 for visit in fortnight if len({e["url"] for e in events([visit])}) == 1)
    assert 0.2 < bounces / len(fortnight) < 0.6
    assert any("utm_campaign" in event["url"] for event in events(fortnight))
    ratings = {event["rating"] for event in events(fortnight) if event["type"] == "feedback"}
    assert ratings == {1, 2, 3, 4, 5}
    assert len({text for _, _, text in FEEDBACK} | {question for _, question, _, _ in QUESTIONS}) >= 60


def test_clicks_lie_on_the_screen(fortnight: list[Visit]) -> None:
    for batch in batches(fortnight):
        width, height = batch["context"]["viewport"]
        for event in batch["events"]:
            if "x" in event:
                assert 0 <= event["x"] < width and 0 <= event["y"] < height
                assert event["page_y"] >= event["y"]


def test_every_address_is_a_page_of_the_shop(fortnight: list[Visit]) -> None:
    titles = {event["url"]: event["title"] for event in events(fortnight)}
    images = {event["image_url"] for event in events(fortnight) if "image_url" in event}

    async def visit_all() -> None:
        transport = httpx.ASGITransport(app=shop_app(COLLECTOR, "key"))
        async with httpx.AsyncClient(transport=transport, base_url=SHOP) as client:
            for url, title in titles.items():
                page = await client.get(url)
                assert page.status_code == 200, url
                if "/inspire/" not in url:  # the browser gives rooms their titles
                    assert f"<title>{title.replace('&', '&amp;')}</title>" in page.text, url
            for url in images:
                assert (await client.get(url)).headers["content-type"].startswith("image/svg"), url

    anyio.run(visit_all)


def test_playing_restamps_retries_and_counts() -> None:
    sent = list(islice(visits(5, START, END, 100, SHOP), 20))
    received: list[dict[str, Any]] = []
    agents: set[str] = set()
    refusals = iter([503, 429])

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/batch" and request.url.params["k"] == "key"
        assert request.headers["content-type"] == "text/plain"
        assert request.headers["origin"] == SHOP
        agents.add(request.headers["user-agent"])
        status = next(refusals, 202)
        if status != 202:
            return httpx.Response(status, headers={"Retry-After": "0"}, json={"reason": "busy", "message": "later"})
        received.append(orjson.loads(request.content))
        refused = [{"index": 0, "reason": "no", "message": "no"}] if len(received) == 1 else []
        return httpx.Response(202, json={"accepted": len(received[-1]["events"]) - len(refused), "rejected": refused})

    summary, steps = run(sent, answer, speed=None)
    assert sorted(b["batch_id"] for b in received) == sorted(b["batch_id"] for b in batches(sent))
    assert summary.batches == len(received) == steps
    assert (summary.accepted, summary.rejected) == (len(events(sent)) - 1, 1)
    now = datetime.now(UTC).timestamp() * 1000
    assert all(abs(now - batch["sent_at"]) < 60_000 for batch in received)
    assert {e["at"] for b in received for e in b["events"]} == {e["at"] for e in events(sent)}
    assert agents == {visit.user_agent for visit in sent}


def test_live_play_moves_all_times_to_now() -> None:
    sent = list(islice(visits(5, START, END, 3_000, SHOP), 5))
    received: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        received.append(orjson.loads(request.content))
        return httpx.Response(202, json={"accepted": 1, "rejected": []})

    begun = datetime.now(UTC).timestamp() * 1000
    run(sent, answer, speed=5_000)
    now = datetime.now(UTC).timestamp() * 1000
    times = [event["at"] for batch in received for event in batch["events"]]
    assert len(times) == len(events(sent))
    assert all(begun - 1 <= at <= now + 1 for at in times)


def test_a_refusal_is_told_in_the_collectors_words() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"reason": "unknown_write_key", "message": "no site has this key"})

    sent = list(islice(visits(5, START, END, 100, SHOP), 3))
    with pytest.raises(RefusedError, match=r"401 .* unknown_write_key, no site has this key"):
        run(sent, answer, speed=None)


def run(sent: list[Visit], answer: Answer, speed: float | None) -> tuple[Summary, int]:
    """Plays against a collector that answers by `answer`; the summary and how often progress was told."""
    steps = 0

    def count(_: object) -> None:
        nonlocal steps
        steps += 1

    async def go() -> Summary:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await play(COLLECTOR, "key", sent, speed=speed, on_progress=count, client=client, patience=5)

    return anyio.run(go), steps
