"""One event in two batches, before and after its visitor said who they are: all questions know one visitor, also while
both copies are stored."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector import recordbatch
from collector.analytics.retention import retention
from collector.analytics.summary import summary
from collector.analytics.timeseries import timeseries
from collector.analytics.top import top
from collector.clickhouse import Engine
from collector.query.asked import SummaryQuery, TimeseriesQuery, TopQuery
from collector.query.journeys import RetentionQuery
from tests.support.collector import uuid7
from tests.support.searchable import open_in

DAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK: dict[str, Any] = {"from": DAY, "to": DAY + timedelta(days=7)}
VIEWS: dict[str, Any] = {**WEEK, "filter": '{"field": "event_name", "is": "page_view"}'}
OF_VIEWERS: dict[str, Any] = {
    **WEEK, "segment": '{"who": "visitor", "did": {"field": "event_name", "is": "page_view"}}',
}  # fmt: skip


def stored(event_id: str, event: str, received: str, **shared: str) -> bytes:
    row = {"event_id": event_id, "at_ms": round(DAY.timestamp() * 1000) + 60_000, "event_name": event,
           "url": "https://shop.test/"}  # fmt: skip
    shared = {"site": "shop", "visitor_id": "v", "request_id": uuid7(), "received_at": received, **shared}
    return recordbatch.encode(shared, recordbatch.columns([row]), 1)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module", params=[0, 1], ids=["of everything", "of the sample"])
def engine(
    tmp_path_factory: pytest.TempPathFactory, runner: asyncio.Runner, request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """A page view twice, and a click of the one who said who they are; all of them chosen for the sample."""
    engine = open_in(tmp_path_factory.mktemp("copies"))
    engine.exact_rows = request.param
    session, user = runner.run(chosen(engine))
    view = uuid7()
    batches = [
        stored(view, "page_view", "2026-11-23 00:01:00.000", session_id=session, visitor_id=user),
        stored(view, "page_view", "2026-11-23 00:02:00.000", session_id=session, user_id=f"{user}!"),
        stored(uuid7(), "click", "2026-11-23 00:03:00.000", session_id=session, user_id=f"{user}!"),
    ]
    for table in ("interactions", "sampled"):
        runner.run(engine.command(f"SYSTEM STOP MERGES {table}"))
    for number, one in enumerate(batches):
        runner.run(engine.insert("incoming", recordbatch.FIELDS, one, f"segment {number}"))
    yield engine
    runner.run(engine.close())


async def chosen(engine: Engine) -> tuple[str, str]:
    """A session and a visitor that are in the sample, the latter also once they said who they are."""
    [row] = await engine.rows(
        "SELECT anyIf(toString(number), sipHash64('shop', toString(number)) % 32 = 0) AS one, anyIf(toString(number), "
        "sipHash64('shop', toString(number)) % 32 = 0 AND sipHash64('shop', concat(toString(number), '!')) % 32 = 0) "
        "AS other FROM numbers(100000)"
    )
    return row["one"], row["other"]


def test_visitors_are_those_of_the_copy_that_stays(engine: Engine, runner: asyncio.Runner) -> None:
    times = 32 if engine.exact_rows else 1
    figures = runner.run(summary(engine, SummaryQuery(**VIEWS), None)).current
    assert (times, times) == (figures.interactions, figures.visitors)
    over_time = runner.run(timeseries(engine, TimeseriesQuery(measure="visitors", **VIEWS), None))
    assert times == sum(over_time.series[0].values)
    [page] = runner.run(top(engine, TopQuery(by="page", **VIEWS), None)).items
    assert times == page.visitors
    coming_back = runner.run(retention(engine, RetentionQuery(interval="day", **VIEWS), None))
    assert times == sum(cohort.size for cohort in coming_back.cohorts)
    assert times == sum(coming_back.new_vs_returning.new)


def test_a_segment_is_of_those_of_the_copy_that_stays(engine: Engine, runner: asyncio.Runner) -> None:
    answer = runner.run(summary(engine, SummaryQuery(**OF_VIEWERS), None))
    assert (32 if engine.exact_rows else 1) == answer.current.interactions
