"""The ranking by meaning: the nearest by signs, compared exactly.

The signs in which two vectors differ follow the angle between them, the more so when a sign counts what the
question's number there is worth: 0 to 3, one bit of it in each of two masks. They are read for every row that passes
the filter; the `NEAREST` with the least differences are compared by cosine. Where fewer rows than that pass the
filter the result is exact. What this misses: make bench ARGS=search.
"""

from collections.abc import Sequence

import numpy as np

from collector.clickhouse import Engine
from collector.semantic.embedder import Vectors, bits, short, signs
from collector.semantic.ranking import KEY, Filter, Hit, hits_of

NEAREST = 500
_LARGE = 2.0
"""What is worth 3: numbers of so many times the usual size."""


async def by_meaning(
    engine: Engine,
    vector: Vectors,
    model: str,
    where: Filter,
    depth: int,
    threshold: float | None,
    nearest: int = NEAREST,
) -> list[Hit]:
    """At most `depth` rows, nearest first; the score is the cosine, at least `threshold` if there is one."""
    own = signs(vector)[0]
    rows = await engine.rows(
        f"""
        SELECT {KEY}, arrayDotProduct(embedding, {{vector:Array(BFloat16)}}) AS score
        FROM
        (
            SELECT {KEY}, embedding
            FROM texts
            WHERE ({where.condition}) AND model = {{model:String}}
            ORDER BY {_differences(len(own))}
            LIMIT {{nearest:UInt32}}
        )
        WHERE score >= {{threshold:Float64}}
        ORDER BY score DESC, created_at DESC
        LIMIT 1 BY event_id
        LIMIT {{depth:UInt32}}
        """,
        {
            **where.values,
            "vector": short(vector)[0],
            **_words("own", own),
            **_masks(vector),
            "model": model,
            "nearest": max(nearest, depth),
            "threshold": -2 if threshold is None else threshold,
            "depth": depth,
        },
    )
    return hits_of(rows)


async def far_from(
    engine: Engine, vector: Vectors, model: str, where: Filter, hits: Sequence[Hit], threshold: float
) -> set[str]:
    """The event ids of those hits whose cosine is below the threshold; not of those without an embedding."""
    if not hits:
        return set()
    same = "arrayResize(embedding, {length:UInt32})"  # read before the model is looked at, others have other lengths
    rows = await engine.rows(
        f"SELECT DISTINCT event_id FROM texts WHERE ({where.condition}) AND model = {{model:String}} "
        f"AND event_id IN {{ids:Array(UUID)}} AND arrayDotProduct({same}, {{vector:Array(BFloat16)}}) < "
        "{threshold:Float64}",
        {
            **where.values,
            "model": model,
            "ids": [hit.key.event_id for hit in hits],
            "length": vector.shape[1],
            "vector": short(vector)[0],
            "threshold": threshold,
        },
    )
    return {row["event_id"] for row in rows}


def _differences(words: int) -> str:
    """What the signs that differ are worth, word by word: a function over arrays takes ten times as long."""
    differ = [f"bitXor(signs[{place}], {{own{place}:UInt64}})" for place in range(1, words + 1)]
    return " + ".join(
        f"bitCount(bitAnd({one}, {{one{place}:UInt64}})) + 2 * bitCount(bitAnd({one}, {{two{place}:UInt64}}))"
        for place, one in enumerate(differ, 1)
    )


def _words(name: str, words: Sequence[int]) -> dict[str, int]:
    return {f"{name}{place}": word for place, word in enumerate(words, 1)}


def _masks(vector: Vectors) -> dict[str, int]:
    """The two bits of what each number of a question is worth."""
    size = np.abs(vector)
    worth = np.minimum(3, np.rint(size * 3 / (_LARGE * np.sqrt(np.mean(size**2))))).astype(np.uint8)
    return _words("one", bits(worth & 1 > 0)[0]) | _words("two", bits(worth & 2 > 0)[0])
