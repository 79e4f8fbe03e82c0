"""Funnels: how many did one thing, then another, within a time.

A way is a row of interactions, each later than the one before (in one millisecond: the one that fits an earlier step
comes first, then the one that was sent first), of which the n-th fits the n-th step, and the last is at most the
window after the first. An interaction is one step at most. Who has a way of n interactions got to step n.
"""

from collections.abc import Sequence
from typing import Any

from collector.analytics.sampling import sample_of
from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.conditions import text_of
from collector.query.fields import field
from collector.query.journeys import FunnelQuery
from collector.query.rows import WHO, Rows
from collector.query.sample import Sample
from collector.wire.journeys import Funnel, FunnelPart, FunnelStep

Sites = Sequence[str] | None
REST = "other"
_SHIFT = 20
"""Moments have as many bits below the millisecond, for the order in it; see funnel_entries.sql."""


async def funnel(engine: Engine, query: FunnelQuery, sites: Sites) -> Funnel:
    """Raises ClickHouseError, OSError."""
    sample = await sample_of(engine, Rows(query, sites), weight=16)
    found = await _counts(engine, query, sites, sample)
    counts = found[0]["totals"] if found else [0] * len(query.expressions)
    seconds = await _seconds(engine, query, sites, sample) if counts[1] else {}
    return Funnel(
        **query.window.answered(),
        sampled=sample.told,
        who=query.who,
        steps=[
            FunnelStep(
                count=count,
                rate_from_first=count / counts[0] if counts[0] else None,
                rate_from_previous=(count / counts[place - 1] if counts[place - 1] else None) if place else None,
                median_seconds_from_previous=seconds.get(place + 1),
            )
            for place, count in enumerate(counts)
        ],
        breakdown=_parts(found, counts) if query.by else [],
    )


def _parts(found: Sequence[dict[str, Any]], counts: Sequence[int]) -> list[FunnelPart]:
    parts = [FunnelPart(value=row["value"], steps=row["counts"]) for row in found]
    rest = [count - sum(part.steps[place] for part in parts) for place, count in enumerate(counts)]
    return [*parts, FunnelPart(value=REST, rest=True, steps=rest)] if rest[0] else parts


async def _counts(engine: Engine, query: FunnelQuery, sites: Sites, sample: Sample) -> list[dict[str, Any]]:
    rows = Rows(query, sites, sample=sample)
    length = len(query.expressions)
    counts = ", ".join(f"countIf(level >= {place}) * {sample.one_in}" for place in range(1, length + 1))
    text = statement(
        "funnel", rows, entries=_entries(rows, query, query.by), steps=_steps(length), counts=f"[{counts}]"
    )
    rows.parameters |= _span(query) | {"limit": query.limit}
    return await answer(engine, text, rows)


async def _seconds(engine: Engine, query: FunnelQuery, sites: Sites, sample: Sample) -> dict[int, float]:
    """The median time to each step from the second on."""
    rows = Rows(query, sites, sample=sample)
    length = len(query.expressions)
    text = statement("funnel_times", rows, entries=_entries(rows, query, None), steps=_steps(length))
    rows.parameters |= _span(query) | {"window_ms": query.within * 1000, "length": length}
    return {row["n"]: row["seconds"] for row in await answer(engine, text, rows)}


def _entries(rows: Rows, query: FunnelQuery, by: str | None) -> str:
    conditions = [rows.where(part) for part in query.expressions]
    value = text_of(field(by), rows.parameters) if by else "''"
    fits = ", ".join(f"{part} ? {place} : 0" for place, part in enumerate(conditions, 1))
    who = WHO[query.who]
    return statement(
        "funnel_entries", rows, who=who, of_who=rows.sample.of(who), value=value, fits=f"[{fits}]",
        any=" OR ".join(conditions),
    )  # fmt: skip


def _steps(length: int) -> str:
    return ", ".join(f"step = {place}" for place in range(1, length + 1))


def _span(query: FunnelQuery) -> dict[str, object]:
    return {"span": ((query.within * 1000 + 1) << _SHIFT) - 1}
