"""Search: two rankings, by words and by meaning, fused, and the interactions they name."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from collector import telemetry
from collector.analytics.interactions import Row
from collector.analytics.records import records
from collector.clickhouse import Engine
from collector.query.search import Mode
from collector.query.window import sql_time
from collector.semantic.embedder import Embedder, EmbedderError
from collector.semantic.meaning import by_meaning
from collector.semantic.ranking import Filter, Hit, bounded, newest, waiting
from collector.semantic.wording import by_words
from collector.semantic.words import terms

log = telemetry.logger("search")

RRF_RANK = 10
"""Reciprocal rank fusion's constant: a first place counts 1/11, a tenth 1/20."""

WORDS_WEIGHT = 1.5
"""A place among the words counts this, times the square of how much of the question the row covers: a row that holds
an order number comes first, one that shares a common word with the question hardly counts. Both constants were
chosen on the labelled set (make bench ARGS=search-quality)."""

LEAST_DEPTH = 100


@dataclass(frozen=True)
class Ask:
    """A question. `sites` None: all; `start` inclusive, `end` exclusive; `threshold` a cosine."""

    query: str = ""
    mode: Mode = Mode.HYBRID
    top_k: int = 10
    sites: Sequence[str] | None = None
    user: str = ""
    request_id: str = ""
    start: datetime | None = None
    end: datetime | None = None
    most_recent: int | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Found:
    """Records with their `score`, best first (without a query: newest first), and whether some rows could be
    looked at by their words only."""

    items: list[Row] = field(default_factory=list)
    degraded: bool = False


class Search:
    """Answers questions; safe to share."""

    def __init__(self, engine: Engine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder

    async def search(self, ask: Ask) -> Found:
        """Raises ClickHouseError, OSError."""
        query = ask.query.strip()
        if not query and not ask.most_recent:
            return Found()
        depth = max(LEAST_DEPTH, 2 * ask.top_k)
        where = _filter(ask)
        if not query:
            limit = min(ask.top_k, ask.most_recent or 0)
            return Found(await self._records(await newest(self._engine, where, depth), limit))
        if ask.most_recent:
            where = await bounded(self._engine, where, ask.most_recent)
        hits, degraded = await self._rank(query, ask, where, depth)
        return Found(await self._records(hits, ask.top_k), degraded)

    async def _rank(self, query: str, ask: Ask, where: Filter, depth: int) -> tuple[list[Hit], bool]:
        words = _nothing() if ask.mode is Mode.VECTOR else by_words(self._engine, terms(query), where, depth)
        if ask.mode is Mode.FTS:
            return await words, False
        found, (meant, degraded) = await asyncio.gather(words, self._by_meaning(query, ask, where, depth))
        if ask.mode is Mode.VECTOR:
            return meant, degraded
        return fuse(meant, found), degraded

    async def _by_meaning(self, query: str, ask: Ask, where: Filter, depth: int) -> tuple[list[Hit], bool]:
        try:
            vector = await asyncio.to_thread(self._embedder.embed, [query])
        except EmbedderError as error:
            log.warning("a question could not be embedded; only its words are looked for", problem=str(error)[:300])
            return [], True
        hits, some_wait = await asyncio.gather(
            by_meaning(self._engine, vector, self._embedder.model, where, depth, ask.threshold),
            waiting(self._engine, where, self._embedder.model),
        )
        return hits, some_wait

    async def _records(self, hits: Sequence[Hit], limit: int) -> list[Row]:
        """The interactions of the first hits, `limit` of them; later ones stand in for those that were deleted."""
        items: list[Row] = []
        while hits and len(items) < limit:
            wanted, hits = hits[: limit - len(items)], hits[limit - len(items) :]
            found = await records(self._engine, [hit.key for hit in wanted])
            items += [
                {**found[hit.key.event_id], "score": round(hit.score, 6)} for hit in wanted if hit.key.event_id in found
            ]
        return items


def fuse(meant: Sequence[Hit], worded: Sequence[Hit]) -> list[Hit]:
    """Weighted reciprocal rank fusion: what stands high in both rankings comes first; between equals the newer."""
    scores: dict[str, float] = {}
    for place, hit in enumerate(meant, 1):
        scores[hit.key.event_id] = 1 / (RRF_RANK + place)
    for place, hit in enumerate(worded, 1):
        name = hit.key.event_id
        scores[name] = scores.get(name, 0.0) + WORDS_WEIGHT * hit.covers**2 / (RRF_RANK + place)
    hits = {hit.key.event_id: hit for hit in (*meant, *worded)}
    fused = [replace(hit, score=scores[name]) for name, hit in hits.items()]
    return sorted(fused, key=lambda hit: (hit.score, hit.created_at), reverse=True)


async def _nothing() -> list[Hit]:
    return []


def _filter(ask: Ask) -> Filter:
    conditions: list[str] = []
    values: dict[str, Any] = {}

    def add(condition: str, **value: object) -> None:
        conditions.append(condition)
        values.update(value)

    if ask.user:
        add("user_key = {user:String}", user=ask.user)
    if ask.sites is not None:
        add("site IN {sites:Array(String)}", sites=list(ask.sites))
    if ask.request_id:
        add("request_id = {request:String}", request=ask.request_id)
    if ask.start:
        add("created_at >= {start:DateTime64(3, 'UTC')}", start=sql_time(ask.start))
    if ask.end:
        add("created_at < {end:DateTime64(3, 'UTC')}", end=sql_time(ask.end))
    return Filter(" AND ".join(conditions) or "true", values)
