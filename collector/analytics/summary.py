"""How much: the figures of a window, and of the one before."""

from collections.abc import Sequence

from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.asked import SummaryQuery
from collector.query.question import Window
from collector.query.rows import Rows
from collector.wire.analytics import Figures, Summary

Sites = Sequence[str] | None


async def summary(engine: Engine, query: SummaryQuery, sites: Sites) -> Summary:
    """Raises ClickHouseError, OSError."""
    window = query.window
    current = await _figures(engine, query, sites, window)
    previous = await _figures(engine, query, sites, window.previous()) if query.compare else None
    return Summary(**window.answered(), current=current, previous=previous)


async def _figures(engine: Engine, query: SummaryQuery, sites: Sites, window: Window) -> Figures:
    rows = Rows(query, sites, window)
    [found] = await answer(engine, statement("summary", rows), rows)
    return Figures(**found)
