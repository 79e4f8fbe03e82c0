"""Search with an embedder of one's own: away, words are found and the answer says so; back, what is meant is found."""

from pathlib import Path

from tests.integration.test_publish import call, publish
from tests.support.collector import Collector, eventually
from tests.support.embeddings import KEY, MODEL, EmbeddingServer


def test_texts_are_embedded_when_the_embedder_is_back(tmp_path: Path) -> None:
    server = EmbeddingServer()
    settings = {"embeddings_url": server.url, "embeddings_model": MODEL, "embeddings_api_key": KEY}
    with Collector(tmp_path / "data", **settings) as collector:
        publish(collector, {"content": "I want my money back"}, {"content": "the bulb is dark"}, user_id="ann")

        def ask(query: str) -> tuple[list[str], bool]:
            body = {"user_id": "ann", "query": query, "top_k": 1}
            told = call(collector, "/api/search_interactions", body)
            return [one["content"] for one in told["interactions"]], bool(told.get("degraded"))

        assert (["I want my money back"], True) == ask("money")
        assert ([], True) == ask("refund")
        with server:
            publish(collector, {"content": "something else"}, user_id="bob")
            eventually(lambda: ask("refund"), lambda found: found == (["I want my money back"], False), seconds=60)
            assert (["the bulb is dark"], False) == ask("light")
