"""The dictionary: all stems that stand in any text, as the table's text index has them. No text is read for it.

It knows nothing of filters, and stems of deleted rows stay until the engine merges: what is found here is a hint which
stems to look for, and how many rows of a question's hold them has to be counted.
"""

from collections.abc import Mapping
from typing import Any

from collector.clickhouse import Engine
from collector.semantic.spelling import FEWEST_LETTERS, far
from collector.semantic.words import Term

MOST_BEGUN = 100
"""Stems with one beginning, those that most rows hold."""
MOST_NEAR = 20
MOST_COMPARED = 5000
"""Stems of about a word's length whose spelling is compared with it, those that most rows hold."""

_STEMS = "SELECT token AS stem, sum(cardinality) AS rows FROM mergeTreeTextIndex(currentDatabase(), texts, stem_index)"


async def begun_and_near(
    engine: Engine, begun: Mapping[int, Term], near: Mapping[int, Term]
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """By the terms' places: the stems that begin like one of `begun`, and those that are spelled nearly
    like one of `near`. Raises ClickHouseError, OSError."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for place, term in begun.items():
        parts.append(_begun(place))
        values[f"prefix{place}"] = term.prefix
    for place, term in near.items():
        parts.append(_near(place))
        values |= {f"like{place}": list(term.stems), f"length{place}": len(term.stems[0]), f"far{place}": far(term)}
    found: tuple[dict[int, list[str]], dict[int, list[str]]] = ({}, {})
    if parts:
        for row in await engine.rows(" UNION ALL ".join(parts), values):
            found[row["kind"]].setdefault(row["place"], []).append(row["stem"])
    return found


def _begun(place: int) -> str:
    return f"""
        SELECT 0 AS kind, {place} AS place, stem FROM
        (
            {_STEMS}
            WHERE startsWith(token, {{prefix{place}:String}})
            GROUP BY stem ORDER BY rows DESC, stem LIMIT {MOST_BEGUN}
        )"""


def _near(place: int) -> str:
    """The distance is asked last, of what is left: it takes microseconds each."""
    return f"""
        SELECT 1 AS kind, {place} AS place, stem FROM
        (
            {_STEMS}
            WHERE abs(toInt32(lengthUTF8(token)) - {{length{place}:Int32}}) <= {{far{place}:UInt8}}
                AND lengthUTF8(token) >= {FEWEST_LETTERS} AND NOT match(token, '[0-9]')
            GROUP BY stem ORDER BY rows DESC, stem LIMIT {MOST_COMPARED}
        )
        WHERE arrayExists(t -> damerauLevenshteinDistance(t, stem) <= {{far{place}:UInt8}}, {{like{place}:Array(String)}})
        ORDER BY rows DESC, stem LIMIT {MOST_NEAR}"""
