"""An OpenAI-compatible embedder: what it answers becomes vectors of length one, or an error that says what is wrong."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from collector.semantic.embedder import EmbedderError
from collector.semantic.remote import RemoteEmbedder
from tests.support.embeddings import KEY, MODEL, EmbeddingServer, answer


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


@pytest.fixture
def server(running: EmbeddingServer) -> Iterator[EmbeddingServer]:
    yield running
    running.answer = answer


def embed(server: EmbeddingServer, *texts: str, model: str = MODEL, key: str = KEY) -> Any:
    embedder = RemoteEmbedder(server.url, model, key)
    try:
        return embedder.embed(texts)
    finally:
        embedder.close()


def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(server: EmbeddingServer) -> None:
    vectors = embed(server, "my parcel", "where is the light", "")
    assert (3, 3) == vectors.shape and np.float32 == vectors.dtype
    assert [1, 2] == vectors.argmax(axis=1).tolist()[:2]
    assert np.allclose(1, np.linalg.norm(vectors, axis=1))


def test_of_a_long_text_the_beginning_is_sent(server: EmbeddingServer) -> None:
    seen: list[dict[str, Any]] = []

    def note(body: dict[str, Any]) -> tuple[int, Any]:
        seen.append(body)
        return answer(body)

    server.answer = note
    embed(server, "x" * 5000)
    assert [{"model": MODEL, "input": ["x" * 2000]}] == seen


@pytest.mark.parametrize(
    ("status", "told", "words"),
    [
        (500, {"error": "busy"}, "answered 500"),
        (200, b"<html>", "no embeddings"),
        (200, {"data": [{"index": 0}]}, "data.0.embedding"),
        (200, {"data": [{"index": 0, "embedding": [1.0]}]}, "1 embeddings came for 2 texts"),
        (200, {"data": [{"index": 0, "embedding": [1.0]}] * 2}, "`index` does not count them"),
        (200, {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2]}]}, "different lengths"),
        (200, {"data": [{"index": 0, "embedding": [0.0]}, {"index": 1, "embedding": [1.0]}]}, "zeros"),
        (200, b'{"data": [{"index": 0, "embedding": [NaN]}]}', "data.0.embedding.0"),
    ],
)
def test_what_is_no_answer_is_told(server: EmbeddingServer, status: int, told: Any, words: str) -> None:
    server.answer = lambda _: (status, told)
    with pytest.raises(EmbedderError, match=words):
        embed(server, "a", "b")


def test_wrong_keys_models_and_addresses_are_told(server: EmbeddingServer) -> None:
    with pytest.raises(EmbedderError, match="answered 401"):
        embed(server, "a", key="sk-wrong")
    with pytest.raises(EmbedderError, match="answered 404"):
        embed(server, "a", model="other")
    nobody = EmbeddingServer()
    with pytest.raises(EmbedderError, match="ConnectError"):
        embed(nobody, "a")
