"""The ranking by words: rows that hold any of them, those with rarer words first (BM25 without repetition).

How rare each word is comes from the text index alone. A word that nobody wrote may be mistyped: it then stands for
the words that are nearly spelled like it. Across all people, words so common that they say little are left out of
the ranking once rarer ones have found enough rows: that bounds what is read.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.clickhouse import Engine
from collector.semantic.dictionary import begun_and_near
from collector.semantic.ranking import KEY, Filter, Hit, best, hits_of
from collector.semantic.words import Term

MOST_ROWS = 50_000
"""Rows that are ranked; rarer words first."""

WHOLE_ROWS = 10
"""A last word that so many rows hold is whole, and is no beginning."""

PREFIX_WEIGHT = 0.5
"""A beginning counts half the words it may become."""

SPELLING_WEIGHT = 0.7
"""So does, nearly, a word that is spelled like it."""

_K1, _B = 1.2, 0.4


@dataclass(frozen=True)
class Group:
    """Stems of which any counts as the question's term at that place; how many rows hold one, and what one is worth
    beside the term itself."""

    place: int
    stems: Sequence[str]
    rows: int
    factor: float = 1.0

    def weight(self, total: int) -> float:
        """What it is worth to hold one, of `total` rows."""
        return self.factor * rarity(total, self.rows)


async def by_words(engine: Engine, terms: Sequence[Term], where: Filter, depth: int) -> list[Hit]:
    """At most `depth` rows that hold any of the terms, best first. Raises ClickHouseError, OSError."""
    if not terms:
        return []
    total, length, counts = await _count(engine, [term.stems for term in terms], where)
    if not total:
        return []
    own = [Group(place, term.stems, rows) for place, (term, rows) in enumerate(zip(terms, counts, strict=True))]
    begun, near = await _others(engine, terms, own, where)
    whole = sum(near.get(group.place, group).weight(total) for group in own)
    groups = _rarest([*own, *begun, *near.values()])
    if not groups:
        return []
    sql, values = _rank(groups, total, where)
    top = await engine.rows(sql, {**values, "average": length / total or 1.0, "whole": whole, "depth": depth})
    return await _named(engine, top, where)


async def _others(
    engine: Engine, terms: Sequence[Term], own: Sequence[Group], where: Filter
) -> tuple[list[Group], dict[int, Group]]:
    """What else counts: words that the last one may become, and, by place, those nearly spelled like one nobody wrote."""
    found = await begun_and_near(
        engine,
        {group.place: terms[group.place] for group in own if terms[group.place].prefix and group.rows < WHOLE_ROWS},
        {group.place: terms[group.place] for group in own if terms[group.place].spelled and not group.rows},
    )
    wanted = [*found[0].items(), *found[1].items()]
    if not wanted:
        return [], {}
    _, _, counts = await _count(engine, [stems for _, stems in wanted], where)
    factors = [PREFIX_WEIGHT] * len(found[0]) + [SPELLING_WEIGHT] * len(found[1])
    groups = [
        Group(place, stems, rows, factor) for (place, stems), rows, factor in zip(wanted, counts, factors, strict=True)
    ]
    begun, near = groups[: len(found[0])], groups[len(found[0]) :]
    return begun, {group.place: group for group in near if group.rows}


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


def _rarest(groups: Iterable[Group]) -> list[Group]:
    """Groups from the rarest on until they stand for MOST_ROWS; at least one, if any row holds any."""
    chosen: list[Group] = []
    rows = 0
    for group in sorted(groups, key=lambda group: group.rows):
        if group.rows and (not chosen or rows + group.rows <= MOST_ROWS):
            rows += group.rows
            chosen.append(group)
    return chosen


async def _count(engine: Engine, groups: Sequence[Sequence[str]], where: Filter) -> tuple[int, int, list[int]]:
    """How many rows there are, how many words they have together, and how many rows hold one of each group's stems."""
    values: dict[str, Any] = dict(where.values)
    parts = [f"SELECT 0 AS place, count() AS rows, sum(length) AS length FROM texts WHERE {where.condition}"]
    for place, stems in enumerate(groups, 1):
        values[f"t{place}"] = list(stems)
        parts.append(f"SELECT {place}, count(), 0 FROM texts WHERE ({where.condition}) AND {_holds(place)}")
    first, *rest = await engine.rows(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY place", values)
    return int(first["rows"]), int(first["length"]), [int(row["rows"]) for row in rest]


def _holds(place: int) -> str:
    return f"hasAnyTokens(stems, {{t{place}:Array(String)}})"


def _rank(groups: Sequence[Group], total: int, where: Filter) -> tuple[str, Mapping[str, Any]]:
    """One pass for each group, so that the index answers which rows hold it and no text is read. Of each row as few
    bytes as will do: rows that hold a common word lie in all blocks. Who holds two groups of a term, or is there
    twice, holds the term once."""
    values: dict[str, Any] = dict(where.values)
    parts: list[str] = []
    for number, group in enumerate(groups):
        values |= {f"t{number}": list(group.stems), f"w{number}": group.weight(total)}
        columns = f"interaction_id, length, {group.place} AS term, {{w{number}:Float64}} AS weight"
        parts.append(f"SELECT {columns} FROM texts WHERE ({where.condition}) AND {_holds(number)}")
    sql = f"""
        SELECT interaction_id, held / {{whole:Float64}} AS covers,
            held * {_K1 + 1} / (1 + {_K1} * ({1 - _B} + {_B} * length / {{average:Float64}})) AS score
        FROM
        (
            SELECT interaction_id, any(length) AS length, sum(weight) AS held
            FROM
            (
                SELECT interaction_id, term, any(length) AS length, max(weight) AS weight
                FROM ({" UNION ALL ".join(parts)})
                GROUP BY interaction_id, term
            )
            GROUP BY interaction_id
        )
        ORDER BY score DESC, interaction_id DESC
        LIMIT {{depth:UInt32}}
    """
    return sql, values
