"""The ranking by meaning: the nearest by signs, compared exactly.

The number of signs in which two vectors differ follows the angle between them. It is read for every row that
passes the filter; the `NEAREST` with the fewest differences are compared by cosine. Where fewer rows than that pass
the filter, as for one person, the result is exact.
"""

from collector.clickhouse import Engine
from collector.semantic.embedder import Vectors, short, signs
from collector.semantic.ranking import KEY, Filter, Hit, hits_of

NEAREST = 2000


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
    rows = await engine.rows(
        f"""
        SELECT {KEY}, arrayDotProduct(embedding, {{vector:Array(BFloat16)}}) AS score
        FROM
        (
            SELECT {KEY}, embedding
            FROM texts
            WHERE ({where.condition}) AND model = {{model:String}}
            ORDER BY arraySum((a, b) -> bitCount(bitXor(a, b)), signs, {{signs:Array(UInt64)}})
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
            "signs": signs(vector)[0],
            "model": model,
            "nearest": max(nearest, depth),
            "threshold": -2 if threshold is None else threshold,
            "depth": depth,
        },
    )
    return hits_of(rows)
