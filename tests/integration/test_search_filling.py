"""Filling with an embedder behind HTTP: what it refuses, what it fails on, and what is deleted meanwhile."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from collector.clickhouse import Engine
from collector.semantic.embedder import EmbedderError
from collector.semantic.filling import Filling
from collector.semantic.remote import RemoteEmbedder
from collector.semantic.search import Ask, Search
from tests.support.embeddings import KEY, MODEL, EmbeddingServer, answer
from tests.support.searchable import Said, store

Body = dict[str, Any]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        yield running


@pytest.fixture
def embedder(server: EmbeddingServer, engine: Engine) -> Iterator[RemoteEmbedder]:
    """Of an engine without texts."""
    engine.write(lambda client: client.command("TRUNCATE TABLE texts"))
    made = RemoteEmbedder(server.url, MODEL, KEY)
    yield made
    made.close()


def fill(engine: Engine, embedder: RemoteEmbedder, folder: Path) -> int:
    return asyncio.run(Filling(engine, embedder, folder).fill())


def embedded(engine: Engine) -> set[str]:
    rows = asyncio.run(engine.rows(f"SELECT DISTINCT text FROM texts WHERE model = '{MODEL}'"))
    return {row["text"] for row in rows}


def failing(status: int, word: str) -> Callable[[Body], tuple[int, Any]]:
    """Answers with a status where a text holds a word."""
    return lambda body: (status, {}) if word in str(body["input"]) else answer(body)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_text_that_is_refused_stops_no_other_and_is_not_asked_for_again(
    engine: Engine, server: EmbeddingServer, embedder: RemoteEmbedder, tmp_path: Path, status: int
) -> None:
    said = [Said("ann", f"parcel {number}") for number in range(100)]
    said[50] = Said("ann", "the odd one, refund me")
    asyncio.run(store(engine, tmp_path, said, None))
    server.answer = failing(status, "odd")
    assert 100 == fill(engine, embedder, tmp_path)
    assert {one.text for one in said} == embedded(engine)
    assert 0 == fill(engine, embedder, tmp_path)
    found = asyncio.run(Search(engine, embedder).search(Ask("odd", user="ann", top_k=1)))
    assert (["the odd one, refund me"], True) == ([row["content"] for row in found.items], found.degraded)
    found = asyncio.run(Search(engine, embedder).search(Ask("refund", user="ann", top_k=1)))
    assert (["the odd one, refund me"], False) == ([row["content"] for row in found.items], found.degraded)


def test_embedder_that_refuses_everything_sets_nothing_aside(
    engine: Engine, server: EmbeddingServer, embedder: RemoteEmbedder, tmp_path: Path
) -> None:
    asyncio.run(store(engine, tmp_path, [Said("ann", "parcel"), Said("ann", "refund")], None))
    server.answer = lambda _: (400, {"error": "no such model"})
    with pytest.raises(EmbedderError, match="no such model"):
        fill(engine, embedder, tmp_path)
    server.answer = answer
    assert 2 == fill(engine, embedder, tmp_path)


def test_batches_beside_one_that_fails_are_stored(
    engine: Engine, server: EmbeddingServer, embedder: RemoteEmbedder, tmp_path: Path
) -> None:
    said = [Said("ann", f"parcel {number}", -number) for number in range(3 * embedder.batch)]
    asyncio.run(store(engine, tmp_path, said, None))
    server.answer = failing(500, f"'parcel {embedder.batch}'")
    with pytest.raises(EmbedderError, match="500"):
        fill(engine, embedder, tmp_path)
    assert {one.text for one in [*said[: embedder.batch], *said[2 * embedder.batch :]]} == embedded(engine)


def test_text_that_is_deleted_while_it_is_embedded_stays_deleted(
    engine: Engine, server: EmbeddingServer, embedder: RemoteEmbedder, tmp_path: Path
) -> None:
    asyncio.run(store(engine, tmp_path, [Said("dave", "my parcel"), Said("eve", "a refund")], None))

    def deleting(body: Body) -> tuple[int, Any]:
        engine.write(lambda client: client.command("DELETE FROM texts WHERE user_key = 'dave'"))
        return answer(body)

    server.answer = deleting
    fill(engine, embedder, tmp_path)
    rows = asyncio.run(engine.rows("SELECT DISTINCT user_key FROM texts"))
    assert ["eve"] == [row["user_key"] for row in rows]


def test_embedding_does_not_lengthen_retention(engine: Engine, embedder: RemoteEmbedder, tmp_path: Path) -> None:
    asyncio.run(store(engine, tmp_path, [Said("ann", "parcel")], None))
    long_ago = "2026-11-01T08:00:00Z"
    engine.write(
        lambda client: client.command(
            f"ALTER TABLE texts UPDATE stored_at = parseDateTimeBestEffort('{long_ago}') WHERE 1",
            settings={"mutations_sync": 2},
        )
    )
    assert 1 == fill(engine, embedder, tmp_path)
    rows = asyncio.run(engine.rows("SELECT DISTINCT toTimeZone(stored_at, 'UTC') AS at FROM texts"))
    assert [long_ago] == [row["at"] for row in rows]


def test_questions_to_an_embedder_that_hangs_take_no_thread_from_others(
    engine: Engine, server: EmbeddingServer, embedder: RemoteEmbedder
) -> None:
    """The writer and publishes work on threads that are few."""
    asked, go_on = threading.Semaphore(0), threading.Event()

    def hang(body: Body) -> tuple[int, Any]:
        asked.release()
        go_on.wait(30)
        return answer(body)

    async def ask() -> None:
        search = Search(engine, embedder)
        asking = [asyncio.create_task(search.search(Ask("refund", user="ann"))) for _ in range(40)]
        with ThreadPoolExecutor(1) as own:
            await asyncio.get_running_loop().run_in_executor(own, asked.acquire)
        try:
            await asyncio.wait_for(asyncio.gather(*[asyncio.to_thread(int) for _ in range(40)]), 5)
        finally:
            go_on.set()
            await asyncio.gather(*asking)

    server.answer = hang
    asyncio.run(ask())
