"""Who comes back: visitors by when they first came, and in which buckets after that they came again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from collector.analytics.sampling import sample_of
from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.buckets import edges
from collector.query.filters import Expression
from collector.query.journeys import RetentionQuery
from collector.query.rows import Rows
from collector.query.window import FIRST, sql_time
from collector.wire.journeys import Cohort, NewVisitors, Retention

Sites = Sequence[str] | None
Counts = Mapping[tuple[int, int], int]
"""Visitors by cohort and bucket, each told by its first moment (Unix s)."""


async def retention(engine: Engine, query: RetentionQuery, sites: Sites) -> Retention:
    """Raises ClickHouseError, OSError."""
    window = query.window
    begins = edges(window, query.interval)
    rows = Rows(query, sites)
    sample = await sample_of(engine, rows, where=rows.at_any_time, weight=2)

    async def ask(first: Expression | None) -> Counts:
        return await _counts(engine, Rows(query, sites, sample=sample), begins, first)

    counts = await ask(query.first)
    return Retention(
        **window.answered(),
        sampled=sample.told,
        interval=query.interval,
        cohorts=_cohorts(query, begins, counts),
        new_vs_returning=_new(query, begins, counts if query.first is None else await ask(None)),
    )


async def _counts(engine: Engine, rows: Rows, begins: Sequence[datetime], first: Expression | None) -> Counts:
    rows.parameters["since"] = sql_time(rows.window.start)
    moments = rows.parameters.add([round(begin.timestamp()) for begin in begins], "Array(Int64)")
    cohort = "true" if first is None else rows.where(first)
    text = statement("retention", rows, ever=rows.ever, cohort=cohort, buckets=moments)
    return {(row["cohort"], row["bucket"]): row["visitors"] for row in await answer(engine, text, rows, since=FIRST)}


def _cohorts(query: RetentionQuery, begins: Sequence[datetime], found: Counts) -> list[Cohort]:
    moments = [round(begin.timestamp()) for begin in begins]
    return [
        Cohort(
            start=query.window.local(begin),
            size=found.get((moment, 0), 0),
            returned=[found.get((moment, later), 0) for later in moments[place:]],
        )
        for place, (begin, moment) in enumerate(zip(begins, moments, strict=True))
    ]


def _new(query: RetentionQuery, begins: Sequence[datetime], found: Counts) -> NewVisitors:
    """The new of a bucket are the cohort that begins there; `found` is of cohorts that no condition narrows."""
    moments = [round(begin.timestamp()) for begin in begins]
    there: Counter[int] = Counter()
    for (_, bucket), visitors in found.items():
        there[bucket] += visitors
    new = [found.get((moment, moment), 0) for moment in moments]
    return NewVisitors(
        times=[query.window.local(begin) for begin in begins],
        new=new,
        returning=[there[moment] - fresh for moment, fresh in zip(moments, new, strict=True)],
    )
