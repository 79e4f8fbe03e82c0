"""`GET /v1/live`: what arrives, whole, and how much of it could not be shown."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from collector import recordbatch
from collector.analytics.interactions import Reach
from collector.analytics.live import LiveFeed
from collector.query.window import sql_time
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, now_ms, uuid7
from tests.support.searchable import open_in

KEY = {"authorization": f"Bearer {ADMIN_KEY}"}
BATCHES, EVENTS = 9, 500


def messages(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name and the data of each event of a stream."""
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def test_what_arrives_is_shown_as_a_listing_shows_it(collector: Collector) -> None:
    user = uuid7()
    said = event("feedback", text="hello", target={"label": "Opinion", "selector": "form > textarea"}, page_y=120)
    with collector.http.stream("GET", "/v1/live", headers=KEY) as stream:
        assert "text/event-stream" in stream.headers["content-type"]
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        collector.send(batch(said, user_id=user))
        shown = next(row for name, row in messages(lines) if name == "interaction" and row.get("user_id") == user)
    assert shown["content"] == "hello"
    [listed] = collector.rows_when(1, user_id=user)
    assert shown == listed


def test_one_id_in_two_sessions_is_shown_twice(collector: Collector) -> None:
    one, other, said = uuid7(), uuid7(), event("feedback", text="hello")
    with collector.http.stream("GET", "/v1/live", headers=KEY) as stream:
        for user in (one, other):
            collector.send(batch(said, user_id=user, session_id=uuid7()))
        shown = (row.get("user_id") for name, row in messages(stream.iter_lines()) if name == "interaction")
        assert {one, other} == {next(user for user in shown if user in (one, other)) for _ in range(2)}


def test_what_was_stored_long_after_it_came_is_counted_as_skipped(tmp_path: Path) -> None:
    """As after an outage of the database: it came before what a look takes."""

    def came(seconds_ago: float, site: str, count: int) -> bytes:
        received = sql_time(datetime.now(UTC) - timedelta(seconds=seconds_ago))
        shared = {
            "site": site,
            "session_id": "s",
            "user_id": '","site":"other","received_at":"',
            "received_at": received,
        }
        rows = [{"event_id": uuid7(), "at_ms": now_ms(), "event_name": "click"} for _ in range(count)]
        return recordbatch.encode(shared, recordbatch.columns(rows), count)

    async def watched() -> tuple[list[Any], int]:
        engine = open_in(tmp_path)
        feed = LiveFeed(engine)
        batches = [came(60, "shop", 3), came(40, "elsewhere", 5), came(30, "shop", 4), came(1, "shop", 2)]
        async with aclosing(feed.watch(Reach(["shop"]))) as watching:
            watcher = await anext(watching)
            await engine.insert("incoming", recordbatch.FIELDS, b"".join(batches), "segment")
            feed.stored(batches)
            running = asyncio.create_task(feed.run())
            rows, skipped = [], 0
            while len(rows) + skipped < 9:
                more, dropped = await watcher.take(20)
                rows, skipped = rows + more, skipped + dropped
            running.cancel()
        await engine.close()
        return rows, skipped

    rows, skipped = asyncio.run(watched())
    assert (2, 7) == (len(rows), skipped)


def test_more_than_a_look_takes_is_counted_as_skipped(tmp_path: Path) -> None:
    bodies = [json.dumps(batch(*[event() for _ in range(EVENTS)])).encode() for _ in range(BATCHES)]
    with Collector(tmp_path / "data", segment_max_age_ms="3000") as collector:
        with collector.http.stream("GET", "/v1/live?site=shop", headers=KEY) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            for body in bodies:
                assert collector.send(body).status_code == 202
            shown: set[int] = set()
            skipped = 0
            for name, data in messages(lines):
                if name == "skipped":
                    skipped += data["count"]
                else:
                    shown.add(data["interaction_id"])
                if len(shown) + skipped >= BATCHES * EVENTS:
                    break
        assert skipped > 0
        assert len(shown) + skipped == BATCHES * EVENTS
        assert len(eventually(collector.rows, lambda rows: len(rows) >= BATCHES * EVENTS)) == BATCHES * EVENTS
