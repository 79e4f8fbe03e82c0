"""What people wrote, and what they had done before."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from collector.analytics.interactions import OLDER, Row, cursor_of, older_than, tidy
from collector.analytics.record import RECORD
from collector.analytics.slices import GROWTH, first_slice
from collector.analytics.sqlfiles import sql
from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.cursor import decode
from collector.query.journeys import FeedbackQuery
from collector.query.rows import Rows
from collector.query.window import sql_time, tomorrow
from collector.wire.journeys import Feedback

Sites = Sequence[str] | None
BEFORE = 5
LOOK_BACK = timedelta(days=1)
_IN_SLICE = "created_at >= {low:DateTime64(3, 'UTC')} AND created_at < {high:DateTime64(3, 'UTC')}"


async def feedback(engine: Engine, query: FeedbackQuery, sites: Sites) -> Feedback:
    """What was written, newest first. Raises ClickHouseError, OSError."""
    found: list[Row] = []
    async with aclosing(_slices(engine, query, sites)) as slices:
        async for part in slices:
            found += part
            if len(found) > query.limit:
                break
    more = len(found) > query.limit
    found = found[: query.limit]
    last = cursor_of(found[-1]).encode() if more else None
    items = await _items(engine, found)
    return Feedback(**query.window.answered(), items=items, next_cursor=last)


async def _slices(engine: Engine, query: FeedbackQuery, sites: Sites) -> AsyncGenerator[list[Row], None]:
    """What was written in the window, or after the cursor, newest first, some at a time."""
    before = decode(query.cursor) if query.cursor else None
    start, high = query.window.start, min(query.window.end, tomorrow())
    now = datetime.now(UTC)
    if before:
        high = min(high, before.moment + timedelta(milliseconds=1))
    # a segment looks at all of the window each time
    width = high - start if query.segments else await first_slice(engine, high - start)
    while high > start:
        # what is yet to happen is one slice with the last hour
        low = max(start, min(high, now) - width) if high - start > width else start
        rows = Rows(query, sites)
        rows.parameters |= {"q": query.q or "", **older_than(before, tomorrow()), "limit": query.limit + 1}
        rows.parameters |= {"low": sql_time(low), "high": sql_time(high)}
        text = statement("feedback", rows, record=RECORD, older=OLDER, among=_IN_SLICE)
        since, until = (start, query.window.end) if query.segments else (low, high)
        yield await engine.once(text, rows.parameters, since, until)
        high, width = low, width * GROWTH


async def feedback_among(engine: Engine, query: FeedbackQuery, sites: Sites, ids: Sequence[int]) -> Feedback:
    """Of these interactions those that the question is about, in this order. Raises ClickHouseError, OSError."""
    rows = Rows(query, sites)
    among = f"interaction_id IN {rows.parameters.add(list(ids), 'Array(UInt64)')}"
    rows.parameters |= {"q": "", **older_than(None, tomorrow()), "limit": len(ids)}
    found = await answer(engine, statement("feedback", rows, record=RECORD, older=OLDER, among=among), rows)
    place = {one: index for index, one in enumerate(ids)}
    found = sorted(found, key=lambda row: place[row["interaction_id"]])[: query.limit]
    return Feedback(**query.window.answered(), items=await _items(engine, found))


async def _items(engine: Engine, found: Sequence[Row]) -> list[Row]:
    """The rows as answered, each with what came before it."""
    earlier = await _earlier(engine, found)
    for row in found:
        del row["session_hash"]
    return [{**tidy(row), "before": earlier.get(row["interaction_id"], [])} for row in found]


async def _earlier(engine: Engine, found: Sequence[Row]) -> dict[int, list[Row]]:
    """The last interactions before each, newest first, by its id."""
    if not found:
        return {}
    times = [_moment(row) for row in found]
    parameters = {
        "ids": [row["interaction_id"] for row in found],
        "hashes": [row["session_hash"] for row in found],
        "times": [sql_time(time) for time in times],
        "received": [sql_time(datetime.fromisoformat(row["received_at"])) for row in found],
        "places": [row["batch_place"] for row in found],
        "sites": sorted({row["site"] for row in found}),
        "sessions": sorted({row["session_id"] for row in found}),
        "from": sql_time(min(times) - LOOK_BACK),
        "to": sql_time(max(times)),
        "limit": BEFORE,
    }
    earlier: dict[int, list[Row]] = {}
    since, until = min(times) - LOOK_BACK, max(times) + timedelta(milliseconds=1)
    for row in await engine.once(sql("before"), parameters, since, until):
        earlier.setdefault(row.pop("target_id"), []).append(tidy(row))
    return earlier


def _moment(row: Row) -> datetime:
    return datetime.fromisoformat(row["created_at"])
