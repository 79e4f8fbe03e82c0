"""How well search ranks: recall@10 and nDCG@10 on the labelled set, for each mode and kind of question.

"one language": the shop's texts are all in the question's language. "all": texts in four languages together, and
those of the question's topic in any language are right. Beside the packaged embedder stands each other that is
installed (`pip install wordllama`), ranked by cosine.

392 questions for 384 texts, recall@10 / nDCG@10; `all` also has 37 questions for a name or a number:

    texts in one language         en         en~          de          es          zh         all
    vector               0.68 / 0.52 0.57 / 0.50 0.86 / 0.70 0.89 / 0.67 0.92 / 0.72 0.80 / 0.66
    words                0.15 / 0.12 0.39 / 0.40 0.23 / 0.16 0.21 / 0.17 0.15 / 0.15 0.30 / 0.28
    hybrid               0.68 / 0.52 0.59 / 0.54 0.86 / 0.70 0.87 / 0.65 0.92 / 0.72 0.80 / 0.66
    texts in four languages, any of them right
    vector               0.56 / 0.55 0.53 / 0.52 0.60 / 0.58 0.59 / 0.58 0.60 / 0.59 0.61 / 0.60
    words                0.08 / 0.08 0.19 / 0.25 0.07 / 0.09 0.05 / 0.07 0.03 / 0.05 0.17 / 0.19
    hybrid               0.56 / 0.55 0.54 / 0.53 0.60 / 0.58 0.58 / 0.56 0.60 / 0.59 0.62 / 0.60

The questions are paraphrases that share few words with what they ask for, so that words alone find little.
"""

import asyncio
import importlib.util
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from collector.query.search import Mode
from collector.semantic.embedder import PackagedEmbedder
from collector.semantic.search import Ask, Search
from tests.bench.search_set import Line, load
from tests.support.searchable import Said, open_in, store

PLACES = 10
KINDS = ("en", "en~", "de", "es", "zh")
Ranking = list[int]
Scores = dict[str, list[tuple[float, float]]]


def recall(ranking: Ranking, right: set[int]) -> float:
    """Which part of what is right stands in the first ten."""
    return len(right & set(ranking[:PLACES])) / min(len(right), PLACES)


def ndcg(ranking: Ranking, right: set[int]) -> float:
    """Normalized discounted cumulative gain of the first ten (Järvelin, Kekäläinen 2002)."""
    gain = sum(1 / math.log2(place + 2) for place, item in enumerate(ranking[:PLACES]) if item in right)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(PLACES, len(right))))


def measure(
    texts: Sequence[Line], questions: Sequence[Line], rank: Callable[[Line, bool], Ranking]
) -> tuple[Scores, Scores]:
    """Scores by kind of question, with texts of one language and of all. `rank` takes a question and whether only
    texts of its language are asked for."""
    one: Scores = {}
    every: Scores = {}
    for question in questions:
        right = {place for place, text in enumerate(texts) if text.topic == question.topic}
        own = {place for place in right if texts[place].language == question.language}
        ranking = rank(question, True)
        one.setdefault(question.kind, []).append((recall(ranking, own), ndcg(ranking, own)))
        ranking = rank(question, False)
        every.setdefault(question.kind, []).append((recall(ranking, right), ndcg(ranking, right)))
    return one, every


def means(scores: Scores) -> dict[str, tuple[float, float]]:
    """Mean recall and nDCG of each kind, and of all questions."""
    grouped = {**scores, "": [pair for pairs in scores.values() for pair in pairs]}
    return {
        kind: (sum(r for r, _ in pairs) / len(pairs), sum(n for _, n in pairs) / len(pairs))
        for kind, pairs in grouped.items()
    }


def by_search() -> dict[Mode, tuple[Scores, Scores]]:
    """The product: texts stored and embedded as a collector does it, a site for each language."""
    texts, questions = load()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        engine = open_in(Path(folder))
        said = [Said(f"u{place}", text.text, place, text.language) for place, text in enumerate(texts)]
        ids = runner.run(store(engine, Path(folder), said, PackagedEmbedder()))
        place_of = {event_id: place for place, event_id in enumerate(ids)}
        search = Search(engine, PackagedEmbedder())

        def rank(mode: Mode) -> Callable[[Line, bool], Ranking]:
            def ranked(question: Line, own: bool) -> Ranking:
                sites = [question.language] if own else None
                found = runner.run(search.search(Ask(question.text, mode, PLACES, sites=sites, columns="event_id")))
                return [place_of[item["event_id"]] for item in found.items]

            return ranked

        measured = {mode: measure(texts, questions, rank(mode)) for mode in Mode}
        runner.run(engine.close())
    return measured


def by_cosine(embed: Callable[[list[str]], np.ndarray]) -> tuple[Scores, Scores]:
    """An embedder alone."""
    texts, questions = load()
    vectors = embed([text.text for text in texts])
    asked = dict(zip(questions, embed([question.text for question in questions]), strict=True))

    def rank(question: Line, own: bool) -> Ranking:
        near = np.argsort(-(vectors @ asked[question]), kind="stable").tolist()
        return [place for place in near if not own or texts[place].language == question.language]

    return measure(texts, questions, rank)


def _wordllama() -> Callable[[list[str]], np.ndarray] | None:
    if importlib.util.find_spec("wordllama") is None:
        return None
    import wordllama  # type: ignore[import-not-found]

    folder = Path(wordllama.__file__).parent  # where its weights are; without it it would download
    model = wordllama.WordLlama.load(config="l2_supercat", dim=256, cache_dir=folder, disable_download=True)
    return lambda texts: model.embed(texts, norm=True)  # type: ignore[no-any-return]


def quality(console: Console) -> None:
    """Print the tables."""
    rows = {f"search, {mode}": scores for mode, scores in by_search().items()}
    other = _wordllama()
    if other:
        rows["wordllama 256, cosine"] = by_cosine(other)
    for number, title in enumerate(("texts in one language", "texts in four languages, any of them right")):
        table = Table(title=f"{title}: recall@10 / nDCG@10", header_style="bold", box=None)
        table.add_column("")
        for kind in (*KINDS, "all"):
            table.add_column(kind, justify="right")
        for name, scores in rows.items():
            found = means(scores[number])
            table.add_row(name, *[f"{found[kind][0]:.2f} / {found[kind][1]:.2f}" for kind in (*KINDS, "")])
        console.print(table)
