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
    sample = await sample_of(engine, Rows(query, sites), weight=13)
    answered = {**window.answered(), "sampled": sample.told}
    answered["current"] = await _figures(engine, query, sites, window, sample)
    if query.compare:
        before = window.previous()
        answered |= before.compared() | {"previous": await _figures(engine, query, sites, before, sample)}
    return Summary(**answered)


async def _figures(engine: Engine, query: SummaryQuery, sites: Sites, window: Window, sample: Sample) -> Figures:
    rows = Rows(query, sites, window, sample)
    [found] = await answer(engine, statement("summary", rows), rows)
    return Figures(**found)
