"""Search: two rankings, by words and by meaning, fused, and the interactions they name."""

import asyncio
from collections.abc import Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from collector import telemetry
from collector.analytics.interactions import Row
from collector.analytics.record import RECORD
from collector.analytics.records import records
from collector.clickhouse import Engine
from collector.query.search import Mode
from collector.query.window import sql_time
from collector.semantic import few
from collector.semantic.embedder import Embedder, EmbedderError, Vectors
from collector.semantic.late import compared
from collector.semantic.meaning import by_meaning, far_from
from collector.semantic.ranking import Filter, Hit, best, bounded, newest, waiting, without_embedding
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

ASKING = 4
"""Questions that are embedded at once: an embedder that hangs holds up these threads and no others."""
QUESTION_SECONDS = 20.0
"""Longest time until a question is embedded; after it only its words are looked for."""


@dataclass(frozen=True)
class Ask:
    """A question. `sites` None: all; `start` inclusive, `end` exclusive; `threshold` a cosine,
    which words alone (fts) don't have."""

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
    columns: str = RECORD
    """Of a record, `event_id` among them: the fewer, the sooner the engine has planned to read them."""


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
        self._threads = ThreadPoolExecutor(ASKING, "questions")

    async def search(self, ask: Ask) -> Found:
        """Raises ClickHouseError, OSError."""
        query = ask.query.strip()
        if not query and not ask.most_recent:
            return Found()
        depth = max(LEAST_DEPTH, 2 * ask.top_k)
        where = _filter(ask)
        if ask.most_recent:
            count = ask.most_recent if query else min(ask.most_recent, ask.top_k)
            where = await bounded(self._engine, where, count)
        if not query:
            return Found(await self._records(await newest(self._engine, where, depth), ask.top_k, ask.columns))
        hits, degraded = await self._rank(query, ask, where, depth)
        return Found(await self._records(hits, ask.top_k, ask.columns), degraded)

    async def _rank(self, query: str, ask: Ask, where: Filter, depth: int) -> tuple[list[Hit], bool]:
        """Hits, best first, and whether some rows could be looked at by their words only."""
        if ask.user or ask.request_id or await few.all_are(self._engine):
            vector = await self._vector(query, ask)
            texts = await few.read(self._engine, where, vector, self._embedder.model)
            if texts is not None:
                return await self._rank_few(texts, query, ask, where, vector, depth)
        words = _nothing() if ask.mode is Mode.VECTOR else self._by_words(query, where, depth)
        if ask.mode is Mode.FTS:
            return await words, False
        worded, (meant, vector, degraded) = await asyncio.gather(words, self._by_meaning(query, ask, where, depth))
        if ask.mode is Mode.VECTOR:
            return meant, degraded
        if ask.threshold is not None and vector is not None:
            far = await far_from(self._engine, vector, self._embedder.model, where, worded, ask.threshold)
            worded = _without(worded, far)
        late = await without_embedding(self._engine, where, self._embedder.model, worded) if degraded else set()
        return await self._fused(ask, where, vector, meant, worded, late), degraded

    async def _rank_few(
        self, texts: Sequence[few.Row], query: str, ask: Ask, where: Filter, vector: Vectors | None, depth: int
    ) -> tuple[list[Hit], bool]:
        worded: list[Hit] = []
        if ask.mode is not Mode.VECTOR:  # misspelled words are compared with all others: not on the event loop
            worded = await asyncio.to_thread(lambda: few.by_words(texts, terms(query), depth))
        if ask.mode is Mode.FTS:
            return worded, False
        meant = few.by_meaning(texts, depth, ask.threshold)
        late = few.waiting(texts)
        if ask.mode is Mode.VECTOR:
            return meant, bool(late)
        if ask.threshold is not None:
            worded = _without(worded, few.far(texts, ask.threshold))
        return await self._fused(ask, where, vector, meant, worded, late), bool(late)

    async def _fused(
        self,
        ask: Ask,
        where: Filter,
        vector: Vectors | None,
        meant: Sequence[Hit],
        worded: Sequence[Hit],
        late: set[str],
    ) -> list[Hit]:
        """Both rankings; `late`: those that have no embedding yet."""
        if late and vector is not None:
            found = await compared(self._engine, self._embedder, vector, where, worded, late, ask.threshold)
            meant, late = best([*meant, *found]), late - {hit.key.event_id for hit in found}
        return fuse(meant, worded, late)

    async def _by_words(self, query: str, where: Filter, depth: int) -> list[Hit]:
        return await by_words(self._engine, await asyncio.to_thread(terms, query), where, depth)

    async def _vector(self, query: str, ask: Ask) -> Vectors | None:
        """The question's embedding; None where it is not wanted or can't be made."""
        if ask.mode is Mode.FTS:
            return None
        try:
            embedding = asyncio.get_running_loop().run_in_executor(self._threads, self._embedder.embed, [query])
            return await asyncio.wait_for(embedding, QUESTION_SECONDS)
        except (EmbedderError, TimeoutError) as error:
            problem = str(error)[:300] or f"not embedded within {QUESTION_SECONDS} s"
            log.warning("a question could not be embedded; only its words are looked for", problem=problem)
            return None

    async def _by_meaning(
        self, query: str, ask: Ask, where: Filter, depth: int
    ) -> tuple[list[Hit], Vectors | None, bool]:
        vector = await self._vector(query, ask)
        if vector is None:
            return [], None, True
        hits, some_wait = await asyncio.gather(
            by_meaning(self._engine, vector, self._embedder.model, where, depth, ask.threshold),
            waiting(self._engine, where, self._embedder.model),
        )
        return hits, vector, some_wait

    async def _records(self, hits: Sequence[Hit], limit: int, columns: str) -> list[Row]:
        """The interactions of the first hits, `limit` of them; later ones stand in for those that were deleted."""
        items: list[Row] = []
        while hits and len(items) < limit:
            wanted, hits = hits[: limit - len(items)], hits[limit - len(items) :]
            found = await records(self._engine, [hit.key for hit in wanted], columns)
            items += [
                {**found[hit.key.event_id], "score": round(hit.score, 6)} for hit in wanted if hit.key.event_id in found
            ]
        return items


def fuse(meant: Sequence[Hit], worded: Sequence[Hit], waiting: Container[str] = ()) -> list[Hit]:
    """Weighted reciprocal rank fusion: what stands high in both rankings comes first; between equals the newer.

    A row `waiting` for its embedding can't stand in the first ranking. It gets the place there that it has in the
    second, as far as it covers the question; otherwise rows that mean something else would come before it.
    """
    scores: dict[str, float] = {}
    for place, hit in enumerate(meant, 1):
        scores[hit.key.event_id] = 1 / (RRF_RANK + place)
    for place, hit in enumerate(worded, 1):
        name = hit.key.event_id
        worth = WORDS_WEIGHT * hit.covers**2 + (hit.covers if name in waiting else 0)
        scores[name] = scores.get(name, 0.0) + worth / (RRF_RANK + place)
    hits = {hit.key.event_id: hit for hit in (*meant, *worded)}
    fused = [replace(hit, score=scores[name]) for name, hit in hits.items()]
    return sorted(fused, key=lambda hit: (hit.score, hit.created_at), reverse=True)


def _without(hits: Sequence[Hit], far: Container[str]) -> list[Hit]:
    """A threshold holds for what only words found too, as far as its cosine is known."""
    return [hit for hit in hits if hit.key.event_id not in far]


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
