"""Statements: the text of a `.sql` file, its `$names` filled in from our own fragments, and server-side parameters."""

from datetime import datetime
from string import Template
from typing import Any

from collector.analytics.sqlfiles import sql
from collector.clickhouse import Engine
from collector.query.rows import Rows

PAGES = ("page_view", "navigate", "restore")
"""The events that show a page."""
OF_PAGES = f"event_name IN ({', '.join(map(repr, PAGES))})"

MOMENT = (
    "bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(created_at) + 4000000000000), 69), "
    "bitOr(bitShiftLeft(toUInt128(batch_place), 53), toUInt128(interaction_id)))"
)
"""What orders the interactions of a session, as one number: faster to compare than three; times begin in 1900."""

MEASURES = {
    "interactions": "count()",
    "visitors": "uniqExact(visitor_hash)",
    "sessions": "uniqExact(session_hash)",
}


def statement(name: str, rows: Rows, **fragments: str) -> str:
    """The text of `sql/<name>.sql` for these rows; every `$name` in it is ours. Raises KeyError for an unknown one."""
    given = {
        "interactions": f"{rows.sample.table} FINAL",
        "of_sessions": rows.sample.of("session_hash"),
        "of_visitors": rows.sample.of("visitor_hash"),
        "of_either": f"({rows.sample.of('session_hash')} OR {rows.sample.of('visitor_hash')})",
        "times": str(rows.sample.one_in),
        "moment": MOMENT,
        "pages": f"({', '.join(map(repr, PAGES))})",
        "matching": rows.matching,
        "in_window": rows.in_window,
        "segmented": rows.segmented,
        "filter": rows.filter,
    }
    return Template(sql(name)).substitute(given | fragments)


async def answer(engine: Engine, text: str, rows: Rows, *, since: datetime | None = None) -> list[dict[str, Any]]:
    """The rows of a statement about these rows, or also about those before them, from `since` on. Raises
    ClickHouseError, OSError."""
    return await engine.once(text, rows.parameters, since or rows.window.start, rows.window.end)
