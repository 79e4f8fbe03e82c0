"""The ranking by words: rows that hold any of them, those with rarer words first (BM25 without repetition).

How rare each word is comes from the text index alone. Across all people, words so common that they say little are
left out of the ranking once rarer ones have found enough rows: that bounds what is read.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from collector.clickhouse import Engine
from collector.semantic.ranking import KEY, Filter, Hit, hits_of
from collector.semantic.words import Term

MOST_ROWS = 50_000
"""Rows that are ranked; rarer words first."""

PREFIX_WEIGHT = 0.5
"""A beginning counts half the word."""

_K1, _B = 1.2, 0.4


async def by_words(engine: Engine, terms: Sequence[Term], where: Filter, depth: int) -> list[Hit]:
    """At most `depth` rows that hold any of the terms, best first."""
    if not terms:
        return []
    counts = await engine.rows(*_count(terms, where))
    (total, length), *found = [(int(row["rows"]), float(row["length"])) for row in counts]
    if not total:
        return []
    chosen = _rarest([(term, rows) for term, (rows, _) in zip(terms, found, strict=True)])
    weighted = [(term, math.log(1 + (max(total, rows) - rows + 0.5) / (rows + 0.5))) for term, rows in chosen]
    return hits_of(await engine.rows(*_rank(weighted, where, length / total or 1.0, depth)))


def _rarest(counted: Sequence[tuple[Term, int]]) -> list[tuple[Term, int]]:
    """Terms from the rarest on until they stand for MOST_ROWS; always one, and each with a beginning."""
    chosen: list[tuple[Term, int]] = []
    rows = 0
    for term, count in sorted(counted, key=lambda pair: pair[1]):
        if chosen and rows + count > MOST_ROWS and not term.prefix:
            continue
        rows += count
        chosen.append((term, count))
    return chosen


def _count(terms: Sequence[Term], where: Filter) -> tuple[str, Mapping[str, Any]]:
    """How many rows there are, how long together, and how many hold each term."""
    values: dict[str, Any] = dict(where.values)
    parts = [f"SELECT 0 AS place, count() AS rows, sum(length) AS length FROM texts WHERE {where.condition}"]
    for place, term in enumerate(terms, 1):
        values[f"t{place}"] = list(term.stems)
        parts.append(
            f"SELECT {place}, count(), 0 FROM texts WHERE ({where.condition}) "
            f"AND hasAnyTokens(stems, {{t{place}:Array(String)}})"
        )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY place", values


def _rank(
    weighted: Sequence[tuple[Term, float]], where: Filter, average: float, depth: int
) -> tuple[str, Mapping[str, Any]]:
    """One pass for each term, so that the index answers which rows hold it and no text is read."""
    values: dict[str, Any] = {**where.values, "average": average, "depth": depth}
    parts: list[str] = []
    for place, (term, weight) in enumerate(weighted):
        values |= {f"t{place}": list(term.stems), f"w{place}": weight}
        parts.append(_part(place, f"hasAnyTokens(stems, {{t{place}:Array(String)}})", where))
        if term.prefix:
            values |= {f"t{place}p": f" {term.prefix}", f"w{place}p": weight * PREFIX_WEIGHT}
            parts.append(
                _part(f"{place}p", f"position(stems, {{t{place}p:String}}) > 0 "
                      f"AND NOT hasAnyTokens(stems, {{t{place}:Array(String)}})", where)
            )  # fmt: skip
    sql = f"""
        SELECT {KEY}, score FROM
        (
            SELECT event_id, any(site) AS site, any(at) AS at, any(event_name) AS event_name,
                any(session_id) AS session_id, any(created_at) AS created_at,
                sum(weight) * {_K1 + 1} / (1 + {_K1} * ({1 - _B} + {_B} * any(length) / {{average:Float64}})) AS score
            FROM (SELECT DISTINCT * FROM ({" UNION ALL ".join(parts)}))
            GROUP BY event_id
        )
        ORDER BY score DESC, created_at DESC
        LIMIT {{depth:UInt32}}
    """
    return sql, values


def _part(place: int | str, condition: str, where: Filter) -> str:
    return (
        f"SELECT {KEY}, length, '{place}' AS term, {{w{place}:Float64}} AS weight "
        f"FROM texts WHERE ({where.condition}) AND {condition}"
    )
