"""A heat map of more cells than are answered."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from collector import recordbatch
from collector.analytics import heatmap as asking
from collector.clickhouse import Engine
from collector.query.asked import HeatmapQuery
from tests.support.collector import uuid7

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_clicks_are_counted_also_in_cells_that_are_not_answered(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [(10, 10), (10, 10), (500, 10), (900, 10)]
    rows = [
        {"event_id": uuid7(), "at_ms": round(AT.timestamp() * 1000), "event_name": "click",
         "url": "https://shop.test/p", "page_x": x, "page_y": y}
        for x, y in places
    ]  # fmt: skip
    shared = {"site": "shop", "session_id": "s", "received_at": "2026-11-23 08:00:00.000", "viewport_width": 1000}
    lines = recordbatch.encode(shared, recordbatch.columns(rows), len(rows))
    monkeypatch.setattr(asking, "MOST_CELLS", 2)

    async def scenario() -> None:
        await engine.insert("incoming", recordbatch.FIELDS, lines, "segment")
        query = HeatmapQuery(**{"path": "/p", "columns": 10, "from": AT, "to": AT + timedelta(days=1)})
        found = await asking.heatmap(engine, query, None)
        assert [(0, 0, 2), (5, 0, 1)] == found.cells
        assert len(places) == found.clicks

    asyncio.run(scenario())
