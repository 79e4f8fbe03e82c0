"""Addresses whose parameters are no UTF-8, as old shops write them: answered, exported, watched."""

import asyncio
import json
from contextlib import aclosing

import pytest

from collector.analytics.interactions import Reach
from collector.analytics.live import LiveFeed
from collector.clickhouse import Engine, migrate
from tests.integration.test_live import KEY, messages
from tests.support.collector import Collector, batch, event, eventually, uuid7

FIELDS = ("utm_source", "utm_medium", "utm_campaign")
ODD = "https://shop.test/p?" + "&".join(f"{name}=Fr%FChling%ED%A0%80" for name in FIELDS)
TOLD = "Fr\ufffdhling\ufffd"


@pytest.fixture
def told(collector: Collector) -> str:
    """The session of somebody who came by such an address and said something, whom another watched."""
    session = uuid7()
    with collector.http.stream("GET", "/v1/live", headers=KEY) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        events = [event("page_view", url=ODD), event("feedback", url=ODD, text="hello")]
        collector.send(batch(*events, session_id=session))
        shown = next(row for name, row in messages(lines) if name == "interaction" and row["session_id"] == session)
        assert [TOLD] * 3 == [shown[name] for name in FIELDS]
    eventually(lambda: collector.rows(session_id=session), lambda rows: len(rows) == 2)
    return session


def test_answers_have_what_can_be_read_of_them(collector: Collector, told: str) -> None:
    listed = collector.get("/v1/interactions", session_id=told).json()["interactions"]
    timeline = collector.get(f"/v1/sessions/{told}").json()["interactions"]
    said = [row for row in collector.get("/v1/feedback").json()["items"] if row["session_id"] == told]
    for row in (*listed, *timeline, *said, *collector.rows(session_id=told)):
        assert [TOLD] * 3 == [row[name] for name in FIELDS]
    assert 5 == len(listed) + len(timeline) + len(said)
    for by in ("campaign", "utm_source", "utm_medium"):
        found = collector.get("/v1/top", by=by, filter=json.dumps({"field": "session_id", "is": told})).json()
        assert [TOLD] == [item["value"] for item in found["items"]]


INSERT = """
INSERT INTO interactions (site, event_id, event_name, at, created_at, received_at, session_id, utm_campaign, props)
SELECT 'shop', generateUUIDv7(), 'click', now64(3) AS at, at, at, toString(number), {campaign:String}, {props:String}
FROM numbers({rows:UInt64})
"""


def insert(engine: Engine, rows: int, campaign: str = "", props: str = "{}") -> None:
    """Straight into the table, as no version should."""
    sql = INSERT.replace("{campaign:String}", campaign or "''")
    engine.write(lambda client: client.command(sql, parameters={"rows": rows, "props": props}))


def test_bytes_of_an_earlier_version_are_read_and_become_text(engine: Engine) -> None:
    insert(engine, 300, campaign="unhex('FF')")

    async def scenario() -> None:
        for table in ("interactions", "sampled"):
            found = await engine.rows(f"SELECT DISTINCT utm_campaign AS it, isValidUTF8(it) AS valid FROM {table}")
            assert [{"it": "\ufffd", "valid": 0}] == found

    asyncio.run(scenario())
    forget = "ALTER TABLE migrations DELETE WHERE name LIKE '2026-11-29-%' SETTINGS mutations_sync = 1"
    engine.write(lambda client: client.command(forget))
    migrate(engine)

    def left() -> int:
        """How many rows are no text yet; 600 where nothing was stored."""
        both = "SELECT utm_campaign FROM interactions UNION ALL SELECT utm_campaign FROM sampled"
        [row] = asyncio.run(engine.rows(f"SELECT countIf(utm_campaign != '\ufffd') AS n FROM ({both})"))
        return int(row["n"])

    assert 0 == eventually(left, lambda rows: rows == 0)


def test_a_row_that_cannot_be_told_does_not_end_the_live_feed(engine: Engine) -> None:
    async def watched() -> str:
        feed = LiveFeed(engine)
        async with aclosing(feed.watch(Reach(["shop"]))) as watching:
            watcher = await anext(watching)
            running = asyncio.create_task(feed.run())
            await asyncio.to_thread(insert, engine, 1, props="no JSON")
            await asyncio.to_thread(insert, engine, 1, props='{"after": 1}')
            rows, _ = await watcher.take(20)
            running.cancel()
            return str(rows[-1]["props"])

    assert "{'after': 1}" == asyncio.run(watched())
