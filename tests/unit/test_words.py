"""Words as search sees them: stems by language, beginnings, scripts without spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.semantic.words import stems, terms


def finds(query: str, text: str) -> bool:
    """Whether some word of the query is in the text."""
    stored = f" {' '.join(stems(text)[0])} "
    return any(
        any(f" {stem} " in stored for stem in term.stems) or (bool(term.prefix) and f" {term.prefix}" in stored)
        for term in terms(query)
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("refunds", "I was refunded yesterday"),
        ("Lieferungen", "Die Lieferung ist nicht da"),
        ("devoluciones", "¿Cómo hago una devolución?"),
        ("remboursé", "Je voudrais un remboursement"),
        ("uber", "Ich ärgere mich über das Paket"),
        ("strasse", "Die Straße ist falsch"),
        ("Ｒｅｆｕｎｄ", "refund"),
        ("退款", "我想退款"),
        ("款", "款式"),
        ("返品", "返品したいです"),
        ("환불", "환불해 주세요"),
        ("คืนเงิน", "ขอคืนเงินหน่อย"),
        ("iphone15", "my iPhone15 is dead"),
        ("war", "warranty"),
        ("iPhone手机", "手机坏了"),
    ],
)
def test_a_word_is_found_in_its_other_forms(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"), [("war ", "warranty"), ("ran", "orange"), ("退货", "退款"), ("", "anything"), ("!?", "what!?")]
)
def test_a_word_is_not_found_in_others(query: str, text: str) -> None:
    assert not finds(query, text)


def test_only_the_last_word_is_a_beginning_and_only_while_it_is_being_written() -> None:
    assert ["", "siz"] == [term.prefix for term in terms("shoe siz")]
    assert ["", ""] == [term.prefix for term in terms("shoe siz ")]


def test_of_a_question_without_end_its_beginning_is_asked() -> None:
    """Stemming a megabyte took seconds, of which 32 words were wanted."""
    assert ["zebra"] == [term.stems[0] for term in terms("the " * 900 + "zebra")]
    assert terms("the ") == terms("the " * 250_000 + "zebra")


def test_a_word_that_is_repeated_is_stored_once_and_counted_each_time() -> None:
    assert (["red", "shoe"], 4) == stems("red red shoes shoe")


@given(st.text(max_size=200))
def test_any_text_finds_itself(text: str) -> None:
    stored, count = stems(text)
    assert len(stored) <= count
    assert all(stem and not any(c.isspace() for c in stem) for stem in stored)
    assert not terms(text) or finds(text, text)
