"""How fast search answers at a million texts, for one person and across all, and what the pass over signs misses.

A tenth of the texts are mixed from the labelled set's, two at a time, and really embedded. The others are made in the
engine: said once more with other words, of a made-up vocabulary, the common ones more often (Zipf), and an embedding
that is turned a little (by 13 degrees). `BENCH_ROWS` changes how many.
"""

import asyncio
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import track
from rich.table import Table

from collector.clickhouse import Engine
from collector.query.search import Mode
from collector.semantic.embedder import PackagedEmbedder
from collector.semantic.meaning import NEAREST, by_meaning
from collector.semantic.ranking import Filter
from collector.semantic.search import Ask, Search
from collector.semantic.texts import lines, with_words
from tests.bench.search_set import load
from tests.support.searchable import open_in

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
MIXED = max(1, ROWS // 10)
PEOPLE = max(1, ROWS // 50)
BLOCK = 100_000
QUESTIONS = 60

_BASE = "CREATE TABLE base (place UInt32, text String, stems String, length UInt32, embedding Array(Float32)) ENGINE = Memory"
_INTERACTIONS = """
INSERT INTO interactions (site, event_id, event_name, user_action, content, role, at, created_at, received_at, user_id, session_id)
SELECT 'shop', generateUUIDv4(number), 'feedback', 'none', base.text, 'User',
    now64(3) - toIntervalSecond(number * 25) AS moment, moment, moment,
    concat('customer-', toString(cityHash64(number) % {people:UInt32})), concat('s-', toString(intDiv(number, 4)))
FROM numbers({first:UInt64}, {count:UInt64}) AS n
JOIN base ON base.place = number % (SELECT count() FROM base)
"""
_TEXTS = """
INSERT INTO texts (user_key, site, at, event_id, event_name, session_id, request_id, created_at, text, stems, length, model, embedding, signs, version)
WITH arrayMap((b, i) -> b + 0.01 * randNormal(0, 1, i), base.embedding, range(length(base.embedding))) AS away, L2Norm(away) AS norm
SELECT user_id, site, at, event_id, event_name, session_id, '', created_at, content,
    concat(base.stems, arrayStringConcat(arrayMap(i -> concat('v', toString(toUInt32(pow(rand(i) / 4294967296., 3) * 30000))), range(8)), ' '), ' '),
    base.length + 8, {model:String},
    arrayMap(x -> x / norm, away) AS turned,
    arrayMap(w -> arraySum(arrayMap(i -> bitShiftLeft(toUInt64(turned[w * 64 + i + 1] > 0), i), range(64))), range(intDiv(length(turned), 64))),
    1
FROM interactions LEFT ANY JOIN base ON base.text = content
WHERE created_at >= now64(3) - toIntervalSecond({last:UInt64} * 25 + 600) AND cityHash64(event_id) % {blocks:UInt32} = {block:UInt32}
"""


def _mixed(count: int) -> Iterator[str]:
    """How one of the labelled set's texts begins, then a part of another."""
    known, _ = load()
    words = [text.text.split() for text in known]
    luck = random.Random(1)
    for _ in range(count):
        first, second = luck.choice(words), luck.choice(words)
        start = luck.randrange(len(second))
        part = second[start : luck.randrange(start, len(second)) + 1]
        yield " ".join(first[: luck.randrange(len(first)) + 1] + part)


def _embedded(embedder: PackagedEmbedder) -> Iterator[bytes]:
    """Rows of `base`, as JSON lines, so many at a time."""
    mixed = enumerate(_mixed(MIXED))
    while chunk := list(islice(mixed, embedder.batch)):
        vectors = embedder.embed([text for _, text in chunk])
        yield lines(
            [
                {"place": place, **with_words({"text": text}), "embedding": vector.tolist()}
                for (place, text), vector in zip(chunk, vectors, strict=True)
            ]
        )


def _fill(engine: Engine, embedder: PackagedEmbedder) -> None:
    blocks = max(1, ROWS // BLOCK)

    def run(sql: str, **parameters: object) -> None:
        engine.write(lambda client: client.command(sql, parameters=parameters))

    def insert(rows: bytes, client: Client) -> None:
        client.raw_insert("base", insert_block=rows, fmt="JSONEachRow")

    run(_BASE)
    for rows in track(_embedded(embedder), "embedding", total=math.ceil(MIXED / embedder.batch)):
        engine.write(partial(insert, rows))
    for first in range(0, ROWS, BLOCK):
        run(_INTERACTIONS, people=PEOPLE, first=first, count=min(BLOCK, ROWS - first))
    for block in range(blocks):
        run(_TEXTS, model=embedder.model, last=ROWS, blocks=blocks, block=block)
    run("OPTIMIZE TABLE texts FINAL")
    made = engine.write(lambda client: client.command("SELECT count() FROM texts"))
    assert made == ROWS, f"{made} texts, not {ROWS}"


def _timed(runner: asyncio.Runner, search: Search, asks: list[Ask]) -> tuple[float, float]:
    """Milliseconds at the median and the 95th percentile; the first question of each kind warms up."""
    taken: list[float] = []
    runner.run(search.search(asks[0]))
    for ask in asks:
        started = time.perf_counter()
        assert runner.run(search.search(ask)).items or ask.mode is Mode.FTS
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def _recall(runner: asyncio.Runner, engine: Engine, embedder: PackagedEmbedder, questions: list[str]) -> float:
    """Which part of the exactly nearest ten the pass over signs finds."""
    everything = Filter("true", {})
    found = 0
    for question in questions:
        vector = embedder.embed([question])
        quick = runner.run(by_meaning(engine, vector, embedder.model, everything, 10, None))
        exact = runner.run(by_meaning(engine, vector, embedder.model, everything, 10, None, nearest=ROWS))
        found += len({hit.key.event_id for hit in quick} & {hit.key.event_id for hit in exact})
    return found / (10 * len(questions))


def speed(console: Console) -> None:
    """Print the table."""
    _, questions = load()
    some = [question.text for question in questions[:: max(1, len(questions) // QUESTIONS)]]
    embedder = PackagedEmbedder()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        engine = open_in(Path(folder))
        started = time.perf_counter()
        _fill(engine, embedder)
        console.print(f"{ROWS:,} texts made in {time.perf_counter() - started:.0f} s")
        search = Search(engine, embedder)
        table = Table(
            title=f"{len(some)} questions at {ROWS:,} texts of {PEOPLE:,} people", header_style="bold", box=None
        )
        for name in ("", "p50 ms", "p95 ms"):
            table.add_column(name, justify="right")
        who: dict[str, Callable[[int], dict[str, object]]] = {
            "one person": lambda n: {"user": f"customer-{n * 37 % PEOPLE}"},
            "everyone": lambda _: {},
        }
        for name, narrow in who.items():
            for mode in Mode:
                asks = [Ask(text, mode, **narrow(n)) for n, text in enumerate(some)]  # type: ignore[arg-type]
                if mode is Mode.FTS and name == "one person":
                    continue  # most of one person's texts hold none of the words
                p50, p95 = _timed(runner, search, asks)
                table.add_row(f"{name}, {mode}", f"{p50:.0f}", f"{p95:.0f}")
        console.print(table)
        part = _recall(runner, engine, embedder, some[:20])
        console.print(f"nearest {NEAREST} by signs, then exactly: recall@10 against exact search {part:.3f}")
        size = runner.run(
            engine.rows("SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE table = 'texts' AND active")
        )
        console.print(f"{size[0]['n'] / ROWS:.0f} bytes a text on disk")
        runner.run(engine.close())
