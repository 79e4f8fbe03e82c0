"""Who comes back: visitors by when they first came, and in which buckets after that they came again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.analytics.sampling import sample_of
from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.buckets import edges
from collector.query.journeys import RetentionQuery
from collector.query.rows import Rows
from collector.query.window import FIRST, sql_time
from collector.wire.journeys import Cohort, NewVisitors, Retention

Sites = Sequence[str] | None


async def retention(engine: Engine, query: RetentionQuery, sites: Sites) -> Retention:
    """Raises ClickHouseError, OSError."""
    window = query.window
    begins = edges(window, query.interval)
    rows = Rows(query, sites)
    sample = await sample_of(engine, rows, where=rows.ever, weight=2)
    return Retention(
        **window.answered(),
        sampled=sample.told,
        interval=query.interval,
        cohorts=await _cohorts(engine, query, begins, Rows(query, sites, sample=sample)),
        new_vs_returning=await _new(engine, query, begins, Rows(query, sites, sample=sample)),
    )


async def _cohorts(engine: Engine, query: RetentionQuery, begins: Sequence[datetime], rows: Rows) -> list[Cohort]:
    rows.parameters["since"] = sql_time(query.window.start)
    cohort = "true" if query.first is None else rows.where(query.first)
    text = statement("retention", rows, ever=rows.ever, cohort=cohort, buckets=_buckets(rows, begins))
    found = {(row["cohort"], row["bucket"]): row["visitors"] for row in await _ever(engine, text, rows)}
    moments = [round(begin.timestamp()) for begin in begins]
    return [
        Cohort(
            start=query.window.local(begin),
            size=found.get((moment, 0), 0),
            returned=[found.get((moment, later), 0) for later in moments[place:]],
        )
        for place, (begin, moment) in enumerate(zip(begins, moments, strict=True))
    ]


async def _new(engine: Engine, query: RetentionQuery, begins: Sequence[datetime], rows: Rows) -> NewVisitors:
    rows.parameters["since"] = sql_time(query.window.start)
    text = statement("new_visitors", rows, ever=rows.ever, buckets=_buckets(rows, begins))
    found = {row["bucket"]: row for row in await _ever(engine, text, rows)}
    nobody = {"fresh": 0, "visitors": 0}
    counts = [found.get(round(begin.timestamp()), nobody) for begin in begins]
    return NewVisitors(
        times=[query.window.local(begin) for begin in begins],
        new=[count["fresh"] for count in counts],
        returning=[count["visitors"] - count["fresh"] for count in counts],
    )


async def _ever(engine: Engine, text: str, rows: Rows) -> list[dict[str, Any]]:
    return await answer(engine, text, rows, since=FIRST)


def _buckets(rows: Rows, begins: Sequence[datetime]) -> str:
    return rows.parameters.add([round(begin.timestamp()) for begin in begins], "Array(Int64)")
