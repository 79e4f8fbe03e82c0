"""The rankings of few texts, such as one person's or a small shop's: read once, ranked here.

The same rankings as `meaning.py` and `wording.py` make of many, but exact, and without the engine's planning of a
question for each step (5 to 20 ms each, however few the rows).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any

from collector.clickhouse import Engine
from collector.semantic.embedder import Vectors, short
from collector.semantic.ranking import KEY, Filter, Hit, hit_of
from collector.semantic.spelling import nearly
from collector.semantic.wording import PREFIX_WEIGHT, SPELLING_WEIGHT, WHOLE_ROWS, rarity, score
from collector.semantic.words import Term

MOST_ROWS = 4000
"""Rows of the table, copies included, that are read."""

_NO_COSINE = -2


Row = Mapping[str, Any]
"""What the rankings need of a text: the columns of KEY, `stems`, `length`, and `score`, which is its cosine to the
question. A dictionary, since most are read only to be left out."""


class Holding:
    """Which texts hold a stem. They are searched as one string: that is faster than taking each apart."""

    def __init__(self, texts: Sequence[Row]) -> None:
        self._all = "\n".join([text["stems"] for text in texts])
        self._ends = list(accumulate(len(text["stems"]) + 1 for text in texts))

    def any_of(self, stems: Iterable[str]) -> set[int]:
        """The places of the texts that hold one of them."""
        return set(chain.from_iterable(self._find(f" {stem} ") for stem in stems))

    def beginning(self, prefix: str) -> set[int]:
        """The places of the texts that hold a stem with this beginning."""
        return set(self._find(f" {prefix}"))

    def stems(self) -> set[str]:
        return set(self._all.split())

    def _find(self, wanted: str) -> Iterator[int]:
        at = self._all.find(wanted)
        while at >= 0:
            place = bisect_right(self._ends, at)
            yield place
            at = self._all.find(wanted, self._ends[place])


async def all_are(engine: Engine) -> bool:
    """Whether the texts of all people are few. Raises ClickHouseError, OSError."""
    return int((await engine.rows("SELECT count() AS rows FROM texts"))[0]["rows"]) <= MOST_ROWS


async def read(engine: Engine, where: Filter, vector: Vectors | None, model: str) -> list[Row] | None:
    """The texts that pass the filter, each once; None if they are not few. Without a `vector` no text has a cosine.
    Raises ClickHouseError, OSError."""
    cosine, values = str(_NO_COSINE), dict(where.values)
    if vector is not None:
        same = "arrayResize(embedding, {length:UInt32})"  # of another model, or of none, they have another length
        cosine = f"if(model = {{model:String}}, arrayDotProduct({same}, {{vector:Array(BFloat16)}}), {_NO_COSINE})"
        values |= {"model": model, "vector": short(vector)[0], "length": vector.shape[1]}
    rows = await engine.rows(
        f"SELECT {KEY}, stems, length, {cosine} AS score FROM texts WHERE {where.condition} LIMIT {MOST_ROWS + 1}",
        values,
    )
    if len(rows) > MOST_ROWS:
        return None
    rows.sort(key=itemgetter("score"))  # of copies the last stays: one with its embedding
    return list({row["event_id"]: row for row in rows}.values())


def waiting(texts: Iterable[Row]) -> set[str]:
    """The event ids of those that have no embedding yet."""
    return {text["event_id"] for text in texts if text["score"] == _NO_COSINE}


def far(texts: Iterable[Row], threshold: float) -> set[str]:
    """The event ids of those whose cosine is known and below the threshold."""
    return {text["event_id"] for text in texts if _NO_COSINE != text["score"] < threshold}


def by_meaning(texts: Sequence[Row], depth: int, threshold: float | None) -> list[Hit]:
    """See `meaning.by_meaning`."""
    least = _NO_COSINE if threshold is None else threshold
    near = [text for text in texts if text["score"] != _NO_COSINE and text["score"] >= least]
    return [hit_of(text) for text in nlargest(depth, near, itemgetter("score", "created_at"))]


def by_words(texts: Sequence[Row], terms: Sequence[Term], depth: int) -> list[Hit]:
    """See `wording.by_words`."""
    if not texts or not terms:
        return []
    holding = Holding(texts)
    total = len(texts)
    average = sum(text["length"] for text in texts) / total or 1.0
    held: dict[int, float] = defaultdict(float)
    whole = 0.0
    for term in terms:
        ways = _ways(term, holding, total)
        whole += ways[0][1]
        most: dict[int, float] = {}
        for places, weight in ways:
            for place in places:
                most[place] = max(most.get(place, 0.0), weight)
        for place, weight in most.items():
            held[place] += weight
    ranked = (
        (score(weight, texts[place]["length"], average), texts[place]["created_at"], place)
        for place, weight in held.items()
    )
    return [
        replace(hit_of(texts[place]), score=worth, covers=held[place] / whole)
        for worth, _, place in nlargest(depth, ranked)
    ]


def _ways(term: Term, holding: Holding, total: int) -> list[tuple[set[int], float]]:
    """The texts that hold a term, and what that is worth: itself, or the words nearly spelled like it where no text
    holds it; then those that hold what it may become."""
    places, factor = holding.any_of(term.stems), 1.0
    whole = len(places) >= WHOLE_ROWS
    if not places and term.spelled and (near := holding.any_of(nearly(term, holding.stems()))):
        places, factor = near, SPELLING_WEIGHT
    ways = [(places, factor * rarity(total, len(places)))]
    if term.prefix and not whole:
        begun = holding.beginning(term.prefix)
        ways.append((begun, PREFIX_WEIGHT * rarity(total, len(begun))))
    return ways
