"""Texts that wait for their embedding while a question is asked: those that its words found first are compared with it
all the same, so that they stand in the ranking by meaning where they belong."""

import asyncio
from collections.abc import Container, Sequence
from dataclasses import replace

from collector.clickhouse import Engine
from collector.semantic.embedder import Embedder, EmbedderError, Vectors
from collector.semantic.ranking import Filter, Hit, best

MOST = 16
"""That are embedded for a question; some 10 ms."""


async def compared(
    engine: Engine,
    embedder: Embedder,
    vector: Vectors,
    where: Filter,
    worded: Sequence[Hit],
    waiting: Container[str],
    threshold: float | None,
) -> list[Hit]:
    """The first of the hits that wait, nearest first, scored as `meaning.by_meaning` does; none where embedding takes
    long. Raises ClickHouseError, OSError."""
    late = {hit.key.event_id: hit for hit in [hit for hit in worded if hit.key.event_id in waiting][:MOST]}
    if not late or not embedder.at_hand:
        return []
    rows = await engine.rows(
        f"SELECT event_id, any(text) AS text FROM texts WHERE ({where.condition}) AND event_id IN {{ids:Array(UUID)}} "
        "GROUP BY event_id",
        {**where.values, "ids": list(late)},
    )
    try:
        vectors = await asyncio.to_thread(embedder.embed, [row["text"] for row in rows])
    except EmbedderError:
        return []
    cosines = (vectors @ vector[0]).tolist()
    hits = [replace(late[row["event_id"]], score=cosine) for row, cosine in zip(rows, cosines, strict=True)]
    return best(hit for hit in hits if threshold is None or hit.score >= threshold)
