"""How much: the figures of a window, and of the one before."""

from collections.abc import Sequence

from collector.analytics.sampling import sample_of
from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.asked import SummaryQuery
from collector.query.question import Window
from collector.query.rows import Rows
from collector.query.sample import Sample
from collector.wire.analytics import Figures, Summary

Sites = Sequence[str] | None


async def summary(engine: Engine, query: SummaryQuery, sites: Sites) -> Summary:
    """Raises ClickHouseError, OSError."""
    window = query.window
    sample = await sample_of(engine, Rows(query, sites))
    current = await _figures(engine, query, sites, window, sample)
    previous = await _figures(engine, query, sites, window.previous(), sample) if query.compare else None
    return Summary(**window.answered(), sampled=sample.told, current=current, previous=previous)


async def _figures(engine: Engine, query: SummaryQuery, sites: Sites, window: Window, sample: Sample) -> Figures:
    rows = Rows(query, sites, window, sample)
    [found] = await answer(engine, statement("summary", rows), rows)
    return Figures(**found)
