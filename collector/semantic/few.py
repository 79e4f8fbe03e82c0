"""The rankings of few texts, such as one person's or a small shop's: read once, ranked here.

The same rankings as `meaning.py` and `wording.py` make of many, but exact, and without the engine's planning of a
question for each step (5 to 20 ms each, however few the rows).
"""

from bisect import bisect_right
from collections import Counter, defaultdict
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
from collector.semantic.wording import PREFIX_WEIGHT, SPELLING_WEIGHT, WHOLE_ROWS, Weighed, rarity, score
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
        found, places = _weighed(term, holding)
        weight = found.weight * rarity(total, found.rows)
        whole += weight
        for place in places:
            held[place] += weight
        if found.term.prefix and found.rows < WHOLE_ROWS:
            for place in holding.beginning(found.term.prefix) - places:
                held[place] += weight * PREFIX_WEIGHT
    ranked = (
        (score(weight, texts[place]["length"], average), texts[place]["created_at"], place)
        for place, weight in held.items()
    )
    return [
        replace(hit_of(texts[place]), score=worth, covers=held[place] / whole)
        for worth, _, place in nlargest(depth, ranked)
    ]


def _weighed(term: Term, holding: Holding) -> tuple[Weighed, set[int]]:
    """A term with how many texts hold it, and which; one that none holds as the words nearly spelled like it."""
    places = holding.any_of(term.stems)
    if places or not term.spelled:
        return Weighed(term, len(places)), places
    counts = Counter({stem: len(holding.any_of([stem])) for stem in nearly(term, holding.stems())}).most_common(20)
    if not counts:
        return Weighed(term, 0), places
    near = Term(tuple(stem for stem, _ in counts), term.prefix)
    return Weighed(near, sum(rows for _, rows in counts), SPELLING_WEIGHT), holding.any_of(near.stems)
