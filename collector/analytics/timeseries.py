"""How much when: a measure over time, by a field, with the window before."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.analytics.sampling import sample_of
from collector.analytics.statement import MEASURES, answer, statement
from collector.clickhouse import Engine
from collector.query.asked import TimeseriesQuery
from collector.query.buckets import Interval, edges, fitting
from collector.query.conditions import text_of
from collector.query.fields import field
from collector.query.question import Window
from collector.query.rows import Rows
from collector.wire.analytics import Series, Times, Timeseries

Sites = Sequence[str] | None
ALL = "all"
REST = "other"

_START = {
    "minute": "toStartOfMinute(created_at)",
    "hour": "toStartOfHour(created_at, {zone})",
    "day": "toStartOfDay(created_at, {zone})",
    "week": "toStartOfWeek(created_at, 1, {zone})",
    "month": "toStartOfMonth(created_at, {zone})",
}


async def timeseries(engine: Engine, query: TimeseriesQuery, sites: Sites) -> Timeseries:
    """Raises ClickHouseError, OSError."""
    window = query.window
    interval = fitting(window) if query.interval == "auto" else query.interval
    weight = 2.5 if query.by is not None else 0.1 if query.measure == "interactions" else 1
    sample = await sample_of(engine, Rows(query, sites), weight=weight)
    now = await _measured(engine, Rows(query, sites, window, sample), query, interval)
    compared: dict[str, Any] = {}
    if query.compare:
        rows = Rows(query, sites, window.previous(), sample)
        compared = rows.window.compared() | {"previous": await _measured(engine, rows, query, interval)}
    return Timeseries(
        **window.answered(),
        **compared,
        sampled=sample.told,
        interval=interval,
        measure=query.measure,
        times=now.times,
        series=now.series,
    )


async def _measured(engine: Engine, rows: Rows, query: TimeseriesQuery, interval: Interval) -> Times:
    window = rows.window
    begins = edges(window, interval)
    text, name = {"bucket": _bucket(begins, window, interval, rows), "measure": MEASURES[query.measure]}, "timeseries"
    text["among"] = rows.sample.of("visitor_hash" if query.measure == "visitors" else "session_hash")
    if query.by is not None:
        name = "timeseries_by"
        text["value"] = text_of(field(query.by), rows.parameters)
        rows.parameters["limit"] = query.limit
    found = await answer(engine, statement(name, rows, **text), rows)
    values: dict[tuple[bool, str], list[int]] = {}
    moments = [round(begin.timestamp()) for begin in begins]
    if query.by is None:
        values[(False, ALL)] = [0] * len(begins)
    for row in found:
        key = (bool(row.get("rest")), row.get("series", ALL))
        series = values.setdefault(key, [0] * len(begins))
        series[max(0, bisect_right(moments, row["bucket"]) - 1)] += row["measured"]
    return Times(times=[window.local(begin) for begin in begins], series=_ordered(values))


def _ordered(values: dict[tuple[bool, str], list[int]]) -> list[Series]:
    """The largest first, the rest last."""
    order = sorted(values.items(), key=lambda item: (item[0][0], -sum(item[1]), item[0][1]))
    return [Series(name=REST if rest else name, rest=rest, values=found) for (rest, name), found in order]


def _bucket(begins: Sequence[datetime], window: Window, interval: Interval, rows: Rows) -> str:
    """The bucket of a row as Unix seconds. The engine's own calendar is fast; where a change of clocks moves the
    beginning of a bucket, the beginnings themselves are looked up."""
    local = [begin.astimezone(window.zone) for begin in begins]
    if all(at.minute == 0 and (at.hour == 0 or interval == "hour") for at in local) or interval == "minute":
        start = _START[interval].format(zone=rows.parameters.add(window.zone.key, "String"))
        if interval in ("week", "month"):  # dates
            start = f"toStartOfDay(toDateTime({start}, {rows.parameters.add(window.zone.key, 'String')}))"
        return f"toUnixTimestamp({start})"
    moments = rows.parameters.add([round(begin.timestamp()) for begin in begins], "Array(UInt32)")
    return f"roundDown(toUnixTimestamp(created_at), {moments})"
