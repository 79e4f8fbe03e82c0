"""What both rankings share: the filter, the hit, and the questions that need no query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.analytics.records import Key
from collector.clickhouse import Engine

KEY = "site, at, event_name, event_id, created_at"
"""The columns a hit is made of."""


@dataclass(frozen=True)
class Filter:
    """A condition on `texts` whose values are server-side parameters."""

    condition: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Hit:
    """One row of a ranking: higher scores are better. `created_at` is ISO text, which sorts by time. `covers` (0 to
    1) says how much of the question it answers for sure: which part of its words, rare ones counting more."""

    key: Key
    created_at: str
    score: float
    covers: float = 0.0


def hits_of(rows: Iterable[Mapping[str, Any]]) -> list[Hit]:
    """Rows with the columns of KEY and `score`, each event once: a row may have a copy without its embedding."""
    found: dict[str, Hit] = {}
    for row in rows:
        if row["event_id"] not in found:
            found[row["event_id"]] = hit_of(row)
    return list(found.values())


def hit_of(row: Mapping[str, Any]) -> Hit:
    """A row with the columns of KEY and `score`."""
    key = Key(row["site"], row["at"].replace("T", " ").rstrip("Z"), row["event_name"], row["event_id"])
    return Hit(key, row["created_at"], float(row["score"]), float(row.get("covers", 0)))


def best(hits: Iterable[Hit]) -> list[Hit]:
    """Highest scores first; between equals the newer."""
    return sorted(hits, key=lambda hit: (hit.score, hit.created_at), reverse=True)


async def bounded(engine: Engine, where: Filter, count: int) -> Filter:
    """The filter narrowed to the newest interactions, `count` of them. Raises ClickHouseError, OSError."""
    [newest] = await engine.rows(
        "SELECT min(created_at) AS since, count() AS total, countEqual(groupArray(created_at), since) AS tied FROM "
        f"(SELECT DISTINCT interaction_id, created_at FROM texts WHERE {where.condition} "
        "ORDER BY created_at DESC LIMIT {newest:UInt32} WITH TIES)",
        {**where.values, "newest": count},
    )
    if int(newest["total"]) < count:
        return where
    since = newest["since"].replace("T", " ").rstrip("Z")
    narrowed = Filter(
        f"({where.condition}) AND created_at >= {{since:DateTime64(3, 'UTC')}}", {**where.values, "since": since}
    )
    over = int(newest["total"]) - count
    return await _last_of(engine, narrowed, int(newest["tied"]) - over) if over else narrowed


async def _last_of(engine: Engine, where: Filter, count: int) -> Filter:
    """Of the rows at the moment `since` only those that came last: the items of a publish often share a second."""
    moment = "created_at = {since:DateTime64(3, 'UTC')}"
    rows = await engine.rows(
        f"SELECT interaction_id FROM interactions WHERE {moment} AND interaction_id IN "
        f"(SELECT interaction_id FROM texts WHERE ({where.condition}) AND {moment}) GROUP BY interaction_id "
        "ORDER BY max(received_at) DESC, max(batch_place) DESC, interaction_id DESC LIMIT {last:UInt32}",
        {**where.values, "last": count},
    )
    return Filter(
        f"({where.condition}) AND (NOT {moment} OR interaction_id IN {{last:Array(UInt64)}})",
        {**where.values, "last": [row["interaction_id"] for row in rows]},
    )


async def newest(engine: Engine, where: Filter, limit: int) -> list[Hit]:
    """The newest rows; all score 0."""
    rows = await engine.rows(
        f"SELECT {KEY}, 0 AS score FROM texts WHERE {where.condition} "
        "ORDER BY created_at DESC, interaction_id DESC LIMIT 1 BY event_id LIMIT {limit:UInt32}",
        {**where.values, "limit": limit},
    )
    return hits_of(rows)


async def waiting(engine: Engine, where: Filter, model: str) -> bool:
    """Whether some row has no embedding by this model yet."""
    pending = f"FROM texts WHERE ({where.condition}) AND model != {{model:String}}"
    values = {**where.values, "model": model}
    if not await engine.rows(f"SELECT 1 {pending} LIMIT 1", values):
        return False
    return bool(  # copies without one stay until the engine merges
        await engine.rows(
            f"SELECT 1 {pending} AND interaction_id NOT IN (SELECT interaction_id FROM texts WHERE model = "
            f"{{model:String}} AND interaction_id IN (SELECT interaction_id {pending})) LIMIT 1",
            values,
        )
    )


async def without_embedding(engine: Engine, where: Filter, model: str, hits: Sequence[Hit]) -> set[str]:
    """The event ids of those hits that have no embedding by this model."""
    names = {hit.key.event_id for hit in hits}
    if not names:
        return names
    rows = await engine.rows(
        f"SELECT DISTINCT event_id FROM texts WHERE ({where.condition}) AND model = {{model:String}} "
        "AND event_id IN {ids:Array(UUID)}",
        {**where.values, "model": model, "ids": sorted(names)},
    )
    return names - {row["event_id"] for row in rows}
