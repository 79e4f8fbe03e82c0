"""The rankings themselves, on a real engine: of few texts as of many, and of texts whose embedding is not made yet."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.clickhouse import Engine
from collector.query.search import Mode
from collector.semantic import few, meaning, wording
from collector.semantic.embedder import PackagedEmbedder
from collector.semantic.ranking import Filter, Hit
from collector.semantic.search import Ask, Search
from collector.semantic.words import terms
from collector.wire.reflexio import SearchInteractions
from tests.bench.search_set import load
from tests.support.searchable import Said, open_in, store

pytestmark = pytest.mark.timeout(180)

EVERYONE = Filter("true", {})
ANN, BOB = Filter("user_key = {user:String}", {"user": "ann"}), Filter("user_key = {user:String}", {"user": "bob"})


@pytest.fixture(scope="module")
def embedder() -> PackagedEmbedder:
    return PackagedEmbedder()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, embedder: PackagedEmbedder) -> Iterator[Engine]:
    """Ann said some of the labelled set, all embedded; bob a few, of which the last two are not embedded."""
    folder = tmp_path_factory.mktemp("texts")
    opened = open_in(folder)
    texts = [Said("ann", line.text, place) for place, line in enumerate(load()[0][::5])]

    async def filled() -> None:
        await store(opened, folder, texts, embedder)
        await store(opened, folder, [Said("bob", "the zipper is stuck"), Said("bob", "I like this lamp")], embedder)
        await store(opened, folder, [Said("bob", "parcel number 4711"), Said("bob", "good")], None)
        await opened.command("OPTIMIZE TABLE texts FINAL")  # the engine counts copies that it has not merged yet

    asyncio.run(filled())
    yield opened
    asyncio.run(opened.close())


def ranking(hits: list[Hit]) -> list[tuple[str, float, float]]:
    return [(hit.key.event_id, round(hit.score, 2), round(hit.covers, 4)) for hit in hits]


@pytest.mark.parametrize("place", range(0, 240, 20))
def test_few_texts_are_ranked_as_many_are(engine: Engine, embedder: PackagedEmbedder, place: int) -> None:
    question = load()[1][place].text
    vector = embedder.embed([question])

    async def asked() -> None:
        texts = await few.read(engine, ANN, vector, embedder.model)
        assert texts is not None
        worded = await wording.by_words(engine, terms(question), ANN, 1000)
        assert dict(zip_ids(worded)) == dict(zip_ids(few.by_words(texts, terms(question), 1000)))
        near = await meaning.by_meaning(engine, vector, embedder.model, ANN, 1000, 0.1)
        assert dict(zip_ids(near)) == dict(zip_ids(few.by_meaning(texts, 1000, 0.1)))
        assert ranking(worded)[:1] == ranking(few.by_words(texts, terms(question), 1000))[:1]

    asyncio.run(asked())


def zip_ids(hits: list[Hit]) -> list[tuple[str, tuple[float, float]]]:
    return [(name, (score, covers)) for name, score, covers in ranking(hits)]


def test_more_than_few_are_left_to_the_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few, "MOST_ROWS", 3)
    assert asyncio.run(few.read(engine, ANN, None, "")) is None
    found = asyncio.run(Search(engine, PackagedEmbedder()).search(Ask("zipper", Mode.FTS, user="bob")))
    assert ["the zipper is stuck"] == [item["content"] for item in found.items]


@pytest.mark.parametrize("most", [few.MOST_ROWS, 3])
def test_as_many_may_be_asked_for_as_the_api_takes(
    engine: Engine, embedder: PackagedEmbedder, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """The engine's limits begin again at 0."""
    monkeypatch.setattr(few, "MOST_ROWS", most)
    asked = SearchInteractions(user_id="bob", top_k=2**31, most_recent_k=2**32)
    assert asked.top_k and asked.most_recent_k
    for mode in Mode:
        ask = Ask("the zipper", mode, user="bob", top_k=asked.top_k, most_recent=asked.most_recent_k)
        assert "the zipper is stuck" == asyncio.run(Search(engine, embedder).search(ask)).items[0]["content"]


@pytest.mark.parametrize("most", [few.MOST_ROWS, 3])
def test_a_text_without_its_embedding_stands_before_those_that_fit_less(
    engine: Engine, embedder: PackagedEmbedder, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(few, "MOST_ROWS", most)
    found = asyncio.run(Search(engine, embedder).search(Ask("parcel 4711 good lamp", user="bob")))
    assert found.degraded
    assert "parcel number 4711" == found.items[0]["content"]


@pytest.mark.parametrize("most", [few.MOST_ROWS, 3])
def test_a_threshold_holds_for_what_words_found_too(
    engine: Engine, embedder: PackagedEmbedder, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Only what waits for its embedding stays: how near it is, nobody knows."""
    monkeypatch.setattr(few, "MOST_ROWS", most)

    def found(threshold: float | None) -> set[str]:
        ask = Ask("parcel for the lamp", user="bob", threshold=threshold)
        return {item["content"] for item in asyncio.run(Search(engine, embedder).search(ask)).items}

    assert {"I like this lamp", "parcel number 4711"} <= found(None)
    assert {"parcel number 4711"} == found(0.99)
    assert "I like this lamp" in found(0.1)


def test_words_nearly_spelled_like_one_are_found_among_few_and_among_many(engine: Engine) -> None:
    async def found(user: Filter) -> None:
        texts = await few.read(engine, user, None, "")
        assert texts is not None
        for question in ("ziper", "zippre", "zipppers", "parcle", "4712"):
            worded = await wording.by_words(engine, terms(question), user, 10)
            assert ranking(worded) == ranking(few.by_words(texts, terms(question), 10)), question

    asyncio.run(found(BOB))


def test_beginnings_and_misspelled_words_are_found_as_soon_as_they_are_stored(engine: Engine, tmp_path: Path) -> None:
    who = Filter("user_key = {user:String}", {"user": "eve"})

    async def found(question: str) -> int:
        return len(await wording.by_words(engine, terms(question), who, 10))

    async def asked() -> list[int]:
        await store(engine, tmp_path, [Said("eve", "my trampoline squeaks"), Said("eve", "hello")], None)
        return [
            await found("trampo"),
            await found("trampolene "),
            await found("squaeks"),
            await found("trampolini xyz"),
        ]

    assert [1, 1, 1, 1] == asyncio.run(asked())


def test_a_few_texts_are_stored_with_their_embeddings(engine: Engine, tmp_path: Path) -> None:
    ready = PackagedEmbedder()
    ready.embed(["load it"])

    async def stored() -> list[dict[str, object]]:
        await store(engine, tmp_path, [Said("carl", "one"), Said("carl", "two")], ready, wait=False)
        return await engine.rows("SELECT model, length(embedding) AS length FROM texts WHERE user_key = 'carl'")

    assert [{"model": ready.model, "length": 512}] * 2 == asyncio.run(stored())


def test_equal_texts_and_many_texts_all_get_embeddings(engine: Engine, tmp_path: Path) -> None:
    said = [Said("dora", f"text {place % 300}") for place in range(900)]

    async def stored() -> list[dict[str, object]]:
        await store(engine, tmp_path, said, PackagedEmbedder())
        sql = "SELECT uniqExact(event_id) AS rows FROM texts WHERE user_key = 'dora' AND length(embedding) = 512"
        return await engine.rows(sql)

    assert [{"rows": 900}] == asyncio.run(stored())
