"""Statements: the text of a `.sql` file, its `$names` filled in from our own fragments, and server-side parameters."""

from string import Template
from typing import Any

from collector.analytics.sqlfiles import sql
from collector.clickhouse import Engine
from collector.query.rows import Rows

PAGES = ("page_view", "navigate", "restore")
"""The events that show a page."""

MEASURES = {
    "interactions": "count()",
    "visitors": "uniqExact(visitor_hash)",
    "sessions": "uniqExact(session_hash)",
}


def statement(name: str, rows: Rows, **fragments: str) -> str:
    """The text of `sql/<name>.sql` for these rows; every `$name` in it is ours. Raises KeyError for an unknown one."""
    given = {
        "interactions": "interactions FINAL",
        "pages": f"({', '.join(map(repr, PAGES))})",
        "matching": rows.matching,
        "in_window": rows.in_window,
        "segmented": rows.segmented,
        "filter": rows.filter,
    }
    return Template(sql(name)).substitute(given | fragments)


async def answer(engine: Engine, text: str, rows: Rows) -> list[dict[str, Any]]:
    """The rows of a statement about these rows. Raises ClickHouseError, OSError."""
    return await engine.once(text, rows.parameters, rows.window.start, rows.window.end)
