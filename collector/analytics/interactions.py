"""Listings and exports of interactions, newest first."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from collector.analytics.record import with_record
from collector.analytics.slices import GROWTH, LEAST_SLICE, first_slice
from collector.clickhouse import Engine
from collector.query.cursor import Cursor, decode
from collector.query.interactions import InteractionsQuery
from collector.query.window import EARLIEST, FIRST, LAST, sql_time

EXPORT_PAGE = 10_000
_NO_ID, _NO_PLACE = 2**53, 2**16 - 1
OLDER = """(created_at, received_at, batch_place, interaction_id)
    < ({before:DateTime64(3, 'UTC')}, {before_received:DateTime64(3, 'UTC')}, {before_place:UInt16}, {before_id:UInt64})"""
"""What comes after a cursor in a listing, newest first; of one moment, what came last comes first."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Reach:
    """The sites a caller may read; None for all."""

    sites: Sequence[str] | None


def tidy(row: Row) -> Row:
    """A row as answered: empty fields left out, JSON columns as JSON."""
    kept = {name: value for name, value in row.items() if value is not None and value != ""}
    kept.pop("batch_place", None)
    for name in ("props", "tools_used"):
        if name in kept:
            kept[name] = orjson.loads(kept[name])
            if not kept[name]:
                del kept[name]
    return kept


async def page(engine: Engine, query: InteractionsQuery, reach: Reach) -> tuple[list[Row], str | None]:
    """One page of at most `query.limit` rows, and the cursor of the next one, if there is one. Raises ClickHouseError,
    OSError."""
    rows: list[Row] = []
    async with aclosing(_slices(engine, query, reach, query.limit + 1)) as slices:
        async for found in slices:
            rows += found
            if len(rows) > query.limit:
                break
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return [tidy(row) for row in rows], cursor_of(rows[-1]).encode() if more else None


async def export(engine: Engine, query: InteractionsQuery, reach: Reach) -> AsyncGenerator[bytes, None]:
    """The whole window as JSON lines, in chunks."""
    async for found in _slices(engine, query, reach, EXPORT_PAGE):
        yield one_line(b"".join(orjson.dumps(tidy(row), option=orjson.OPT_APPEND_NEWLINE) for row in found))


def one_line(lines: bytes) -> bytes:
    """JSON lines in which nothing but a line feed ends a line, also for readers that split at U+0085 or U+2028."""
    for raw, escaped in _LINE_ENDS:
        lines = lines.replace(raw, escaped)
    return lines


_LINE_ENDS = tuple((chr(code).encode(), b"\\u%04x" % code) for code in (0x85, 0x2028, 0x2029))


def cursor_of(row: Row) -> Cursor:
    """Where a page ends whose last row this is, before it is tidied."""
    created, received = (_ms(row[name]) for name in ("created_at", "received_at"))
    return Cursor(created, int(row["interaction_id"]), received, row["batch_place"])


def older_than(before: Cursor | None, end: datetime) -> dict[str, object]:
    """The parameters of `OLDER`: what comes after a cursor; without one, all before `end`."""
    return {
        "before": before.sql_time if before else sql_time(end),
        "before_received": before.sql_received if before and before.received_at else sql_time(LAST),
        "before_place": before.batch_place if before else _NO_PLACE,
        "before_id": before.interaction_id if before else _NO_ID,
    }


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


async def _slices(
    engine: Engine, query: InteractionsQuery, reach: Reach, limit: int
) -> AsyncGenerator[list[Row], None]:
    """Rows of the window, at most `limit` at a time, walking back through slices of fitting width."""
    start = query.start or FIRST
    end = query.end or LAST
    now = datetime.now(UTC).replace(microsecond=0)
    before = decode(query.cursor) if query.cursor else None
    if before:
        end = min(end, before.moment + timedelta(milliseconds=1))
    width = await first_slice(engine, LAST - FIRST)
    while end > start:
        # what is yet to happen is one slice with the last hour
        low = max(start, min(end, now) - width) if min(end, now) - EARLIEST > width else start
        rows = await engine.once(
            with_record("interactions", older=OLDER), _parameters(query, reach, low, end, before, limit), low, end
        )
        if rows:
            yield rows
        if len(rows) == limit:
            before = cursor_of(rows[-1])
            end = before.moment + timedelta(milliseconds=1)
            width = max(LEAST_SLICE, width / 2)
        else:
            end = low
            width = min(width * GROWTH, now - EARLIEST)


def _parameters(
    query: InteractionsQuery, reach: Reach, low: datetime, high: datetime, before: Cursor | None, limit: int
) -> dict[str, object]:
    sites = reach.sites if query.site is None else [query.site]
    return {
        "all_sites": sites is None,
        "sites": list(sites or []),
        "from": sql_time(low),
        "to": sql_time(high),
        "event": query.event or "",
        "user_id": query.user_id or "",
        "session_id": query.session_id or "",
        **older_than(before, high),
        "limit": limit,
    }
