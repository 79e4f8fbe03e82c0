"""Search over HTTP: what people said is found by its words and by its meaning."""

from typing import Any

import pytest

from tests.support.collector import Collector, batch, event, eventually, uuid7

pytestmark = pytest.mark.timeout(180)

SAID = {
    "refund": "I would like my money back for the broken headphones",
    "parcel": "My parcel still has not arrived after two weeks",
    "sizes": "These shoes run very small, order one size up",
    "german": "Der Reißverschluss der Jacke ist schon nach einer Woche kaputt gegangen",
    "spanish": "El color de la camiseta no es el mismo que en la foto",
    "chinese": "耳机左边没有声音,我想退款",
}


@pytest.fixture(scope="module")
def said(collector: Collector) -> Collector:
    """A collector to which each of SAID was said, by a visitor of its own."""
    for name, text in SAID.items():
        sent = batch(event("feedback", text=text), event("click"), user_id=name, session_id=uuid7())
        assert 202 == collector.send(sent).status_code
    eventually(lambda: len(found(collector, "parcel", mode="fts")) == 1)
    eventually(lambda: not collector.get("/v1/search", q="parcel").json()["degraded"])
    return collector


def found(collector: Collector, query: str, **parameters: Any) -> list[str]:
    """The users whose texts are found, best first."""
    answer = collector.get("/v1/search", q=query, **parameters)
    assert 200 == answer.status_code, answer.text
    return [item["user_id"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("refund for faulty earphones", "refund"),
        ("where is my delivery", "parcel"),
        ("kaputter Reißverschluss", "german"),
        ("la foto y el color son distintos", "spanish"),
        ("没有声音", "chinese"),
    ],
)
def test_what_is_meant_is_found_in_other_words(said: Collector, query: str, best: str) -> None:
    assert best == found(said, query)[0]


@pytest.mark.parametrize(
    ("query", "users"),
    [
        ("sho", ["sizes"]),
        ("shoe sizes", ["sizes"]),
        ("reissverschluss", ["german"]),
        ("jacken", ["german"]),
        ("退款", ["chinese"]),
        ("nothing of this kind", []),
    ],
)
def test_words_are_found_by_stem_by_beginning_and_without_accents(
    said: Collector, query: str, users: list[str]
) -> None:
    assert users == found(said, query, mode="fts")


def test_only_what_the_filters_let_through_is_found(said: Collector) -> None:
    assert ["parcel"] == found(said, "money back", user_id="parcel")  # however little it fits
    assert [] == found(said, "money back", **{"from": "2001-01-01", "to": "2001-01-02"})
    assert [] == found(said, "money back", request_id="none")
    assert 2 == len(found(said, "money back", top_k=2))
    assert [] == found(said, "money back", mode="vector", threshold=0.99)


def test_without_a_query_nothing_or_the_newest_is_found(said: Collector) -> None:
    assert [] == found(said, "")
    assert ["chinese", "spanish"] == found(said, "", most_recent=2)
