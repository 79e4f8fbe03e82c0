"""The rankings of few texts, such as one person's or a small shop's: read once, ranked here.

The same rankings as `meaning.py` and `wording.py` make of many, but exact, and without the engine's planning of a
question for each step (5 to 20 ms each, however few the rows).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from collector.clickhouse import Engine
from collector.semantic.embedder import Vectors, short
from collector.semantic.ranking import KEY, Filter, Hit, best, hit_of
from collector.semantic.spelling import nearly
from collector.semantic.wording import PREFIX_WEIGHT, SPELLING_WEIGHT, WHOLE_ROWS, Weighed, rarity, score
from collector.semantic.words import Term

MOST_ROWS = 4000
"""Rows of the table, copies included, that are read."""

_NO_COSINE = -2


@dataclass(frozen=True)
class Text:
    """What the rankings need of a text. `cosine`: to the question; None without an embedding by the model in use."""

    hit: Hit
    stems: Sequence[str]
    length: int
    cosine: float | None


async def all_are(engine: Engine) -> bool:
    """Whether the texts of all people are few. Raises ClickHouseError, OSError."""
    return int((await engine.rows("SELECT count() AS rows FROM texts"))[0]["rows"]) <= MOST_ROWS


async def read(engine: Engine, where: Filter, vector: Vectors | None, model: str) -> list[Text] | None:
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
    kept: dict[str, Mapping[str, Any]] = {}
    for row in rows:  # a row may have a copy without its embedding
        seen = kept.get(row["event_id"])
        if seen is None or seen["score"] < row["score"]:
            kept[row["event_id"]] = row
    return [_text(row) for row in kept.values()]


def by_meaning(texts: Sequence[Text], depth: int, threshold: float | None) -> list[Hit]:
    """See `meaning.by_meaning`."""
    least = _NO_COSINE if threshold is None else threshold
    near = [text.hit for text in texts if text.cosine is not None and text.cosine >= least]
    return best(near)[:depth]


def by_words(texts: Sequence[Text], terms: Sequence[Term], depth: int) -> list[Hit]:
    """See `wording.by_words`."""
    if not texts or not terms:
        return []
    holding: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        for stem in text.stems:
            holding[stem].append(place)
    total = len(texts)
    average = sum(text.length for text in texts) / total or 1.0
    held: Counter[int] = Counter()
    whole = 0.0
    for term in terms:
        found = _weighed(term, holding)
        weight = found.weight * rarity(total, found.rows)
        whole += weight
        places = _places(found.term, holding)
        held.update(dict.fromkeys(places, weight))
        if found.term.prefix and found.rows < WHOLE_ROWS:
            begun = {place for stem in holding if stem.startswith(found.term.prefix) for place in holding[stem]}
            held.update(dict.fromkeys(begun - places, weight * PREFIX_WEIGHT))
    hits = [
        replace(texts[place].hit, score=score(weight, texts[place].length, average), covers=weight / whole)
        for place, weight in held.items()
    ]
    return best(hits)[:depth]


def _places(term: Term, holding: Mapping[str, list[int]]) -> set[int]:
    return {place for stem in term.stems for place in holding.get(stem, ())}


def _weighed(term: Term, holding: Mapping[str, list[int]]) -> Weighed:
    """A term with how many texts hold it; one that none holds as the words that are nearly spelled like it."""
    places = _places(term, holding)
    if places or not term.spelled:
        return Weighed(term, len(places))
    near = sorted(nearly(term, holding), key=lambda stem: len(holding[stem]), reverse=True)[:20]
    if not near:
        return Weighed(term, 0)
    return Weighed(Term(tuple(near), term.prefix), sum(len(holding[stem]) for stem in near), SPELLING_WEIGHT)


def _text(row: Mapping[str, Any]) -> Text:
    cosine = None if row["score"] == _NO_COSINE else float(row["score"])
    return Text(hit_of(row), row["stems"].split(), row["length"], cosine)
