"""The ranking by words: rows that hold any of them, those with rarer words first (BM25 without repetition).

How rare each word is comes from the text index alone. A word that nobody wrote may be mistyped: it then stands for
the words that are nearly spelled like it. Across all people, words so common that they say little are left out of
the ranking once rarer ones have found enough rows: that bounds what is read.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from collector.clickhouse import Engine
from collector.semantic.ranking import KEY, Filter, Hit, best, hits_of
from collector.semantic.spelling import FEWEST_LETTERS, far
from collector.semantic.words import Term

MOST_ROWS = 50_000
"""Rows that are ranked; rarer words first."""

WHOLE_ROWS = 10
"""A last word that so many rows hold is whole, and is no beginning: looking for beginnings reads all stems."""

PREFIX_WEIGHT = 0.5
"""A beginning counts half the word."""

SPELLING_WEIGHT = 0.7
"""So does, nearly, a word that is spelled like it."""

SPELLING_ROWS = 20_000
"""Rows, the first that are read, in which words of nearly the same spelling are looked for."""

_K1, _B = 1.2, 0.4


@dataclass(frozen=True)
class Weighed:
    """A term, how many rows hold it, and what holding it is worth."""

    term: Term
    rows: int
    weight: float = 1.0


async def by_words(engine: Engine, terms: Sequence[Term], where: Filter, depth: int) -> list[Hit]:
    """At most `depth` rows that hold any of the terms, best first. Raises ClickHouseError, OSError."""
    if not terms:
        return []
    total, length, counted = await _count(engine, terms, where)
    if not total:
        return []
    counted = list(await asyncio.gather(*[_spelled(engine, found, where) for found in counted]))
    weighed = [replace(found, weight=found.weight * rarity(total, found.rows)) for found in counted]
    sql, values = _rank(_rarest(weighed), where)
    whole = sum(found.weight for found in weighed)
    top = await engine.rows(sql, {**values, "average": length / total or 1.0, "whole": whole, "depth": depth})
    return await _named(engine, top, where)


async def _named(engine: Engine, top: Sequence[Mapping[str, Any]], where: Filter) -> list[Hit]:
    """The hits of a ranking of interaction ids; between equals the newer first."""
    if not top:
        return []
    scores = {row["interaction_id"]: row for row in top}
    rows = await engine.rows(
        f"SELECT interaction_id, {KEY} FROM texts WHERE ({where.condition}) AND interaction_id IN {{ids:Array(UInt64)}}",
        {**where.values, "ids": list(scores)},
    )
    return best(hits_of({**row, **scores[row["interaction_id"]]} for row in rows))


def rarity(total: int, rows: int) -> float:
    """What a term is worth that `rows` of `total` hold."""
    return math.log(1 + (max(total, rows) - rows + 0.5) / (rows + 0.5))


def score(held: float, length: int, average: float) -> float:
    """What a row of `length` words is worth that holds terms of that worth together."""
    return held * (_K1 + 1) / (1 + _K1 * (1 - _B + _B * length / average))


def _rarest(counted: Sequence[Weighed]) -> list[Weighed]:
    """Terms from the rarest on until they stand for MOST_ROWS; always one, and each with a beginning."""
    chosen: list[Weighed] = []
    rows = 0
    for found in sorted(counted, key=lambda found: found.rows):
        if chosen and rows + found.rows > MOST_ROWS and not found.term.prefix:
            continue
        rows += found.rows
        chosen.append(found)
    return chosen


async def _count(engine: Engine, terms: Sequence[Term], where: Filter) -> tuple[int, int, list[Weighed]]:
    """How many rows there are, how many words they have together, and how many rows hold each term."""
    values: dict[str, Any] = dict(where.values)
    parts = [f"SELECT 0 AS place, count() AS rows, sum(length) AS length FROM texts WHERE {where.condition}"]
    for place, term in enumerate(terms, 1):
        values[f"t{place}"] = list(term.stems)
        parts.append(f"SELECT {place}, count(), 0 FROM texts WHERE ({where.condition}) AND {_holds(place)}")
    first, *rest = await engine.rows(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY place", values)
    counted = [Weighed(term, int(row["rows"])) for term, row in zip(terms, rest, strict=True)]
    return int(first["rows"]), int(first["length"]), counted


async def _spelled(engine: Engine, found: Weighed, where: Filter) -> Weighed:
    """A term that no row holds, as the words that differ by a letter, or by two where it is long."""
    term = found.term
    if found.rows or not term.spelled:
        return found
    rows = await engine.rows(
        f"""
        SELECT stem, count() AS rows
        FROM (SELECT stems FROM texts WHERE {where.condition} LIMIT {{most:UInt32}})
        ARRAY JOIN splitByChar(' ', trimBoth(stems)) AS stem
        WHERE abs(toInt32(lengthUTF8(stem)) - {{length:Int32}}) <= {{far:UInt8}}
        GROUP BY stem
        HAVING arrayMin(t -> damerauLevenshteinDistance(t, stem), {{stems:Array(String)}}) <= {{far:UInt8}}
            AND lengthUTF8(stem) >= {{fewest:UInt8}} AND NOT match(stem, '[0-9]')
        ORDER BY rows DESC LIMIT 20
        """,
        {
            **where.values,
            "most": SPELLING_ROWS,
            "stems": list(term.stems),
            "length": len(term.stems[0]),
            "far": far(term),
            "fewest": FEWEST_LETTERS,
        },
    )
    if not rows:
        return found
    near = Term(tuple(row["stem"] for row in rows), term.prefix)
    return Weighed(near, sum(int(row["rows"]) for row in rows), SPELLING_WEIGHT)


def _holds(place: int) -> str:
    return f"hasAnyTokens(stems, {{t{place}:Array(String)}})"


def _rank(weighed: Sequence[Weighed], where: Filter) -> tuple[str, Mapping[str, Any]]:
    """One pass for each term, so that the index answers which rows hold it and no text is read."""
    values: dict[str, Any] = dict(where.values)
    parts: list[str] = []
    for place, found in enumerate(weighed):
        values |= {f"t{place}": list(found.term.stems), f"w{place}": found.weight}
        parts.append(_part(place, _holds(place), f"{{w{place}:Float64}}", where))
        if found.term.prefix and found.rows < WHOLE_ROWS:
            values[f"p{place}"] = f" {found.term.prefix}"
            beginning = f"position(stems, {{p{place}:String}}) > 0 AND NOT {_holds(place)}"
            parts.append(_part(place, beginning, f"{{w{place}:Float64}} * {PREFIX_WEIGHT}", where))
    sql = f"""
        SELECT interaction_id, held / {{whole:Float64}} AS covers,
            held * {_K1 + 1} / (1 + {_K1} * ({1 - _B} + {_B} * length / {{average:Float64}})) AS score
        FROM
        (
            SELECT interaction_id, any(length) AS length, sum(weight) AS held
            FROM (SELECT DISTINCT * FROM ({" UNION ALL ".join(parts)}))
            GROUP BY interaction_id
        )
        ORDER BY score DESC, interaction_id DESC
        LIMIT {{depth:UInt32}}
    """
    return sql, values


def _part(place: int, condition: str, weight: str, where: Filter) -> str:
    """Of each row as few bytes as will do: rows that hold a common word lie in all blocks."""
    columns = f"interaction_id, length, {place} AS term, {weight} AS weight"
    return f"SELECT {columns} FROM texts WHERE ({where.condition}) AND {condition}"
