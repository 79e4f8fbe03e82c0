"""The packaged sentence encoder (Universal Sentence Encoder, multilingual, version 3), run twice as fast as its
package runs it, with the same vectors to the sixth digit.

What a piece of a word gives to the first layers does not depend on its neighbours: it is kept from text to text, and
so are a word's pieces. What is left for each text is the second convolution and the head.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

KEPT_PIECES = 6144
"""Pieces whose share in the first layers is kept, 13 KB each."""

KEPT_WORDS = 50_000
_LONGEST_KEPT_WORD = 40

TOKENS = 512
"""Pieces that go through the layers together: about what the processor's cache holds."""

_BEGIN, _UNKNOWN, _END = 1, 0, 2


class Encoder:
    """Texts become rows of length one. One thread at a time."""

    def __init__(self, backend: Any) -> None:
        """`backend`: the package's, for its weights and its tokenizer; shared by encoders, which only read it."""
        self._weights = backend
        self._words: dict[str, list[int]] = {}
        self._branches = [_Branch(order, left, at) for at, (order, left) in enumerate(((2, 0), (3, 1), (5, 2)))]
        self._size = backend.w2[0].shape[1]
        self._plain = backend.table.shape[1]
        self._slot = np.full(backend.table.shape[0], -1, dtype=np.int64)
        self._slots = 0
        places = sum(branch.order for branch in self._branches)
        self._pieces = np.empty((KEPT_PIECES, self._plain), dtype=np.float32)
        self._projected = np.empty((KEPT_PIECES, 3 * self._size), dtype=np.float32)
        self._shares = np.empty((places, KEPT_PIECES + 1, self._size), dtype=np.float32)
        self._shares[:, KEPT_PIECES] = 0  # the share of a neighbour that is not there

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row for each text, whatever its length."""
        out = np.empty((len(texts), self._weights.d3.shape[1]), dtype=np.float32)
        group: list[list[int]] = []
        first = count = 0
        for place, text in enumerate(texts):
            ids = self._ids(text)
            if group and count + len(ids) > TOKENS:
                out[first:place] = self._through(group)
                group, first, count = [], place, 0
            group.append(ids)
            count += len(ids)
        if group:
            out[first:] = self._through(group)
        return out

    # pieces

    def _ids(self, text: str) -> list[int]:
        """The numbers of a text's pieces; none reaches over a space."""
        found = [_BEGIN, *chain.from_iterable(self._word(word) for word in text.split(" ") if word)]
        return [*(found if len(found) > 1 else (_BEGIN, _UNKNOWN)), _END]

    def _word(self, word: str) -> list[int]:
        known = self._words.get(word)
        if known is None:
            known = _pieces(self._weights.sp, word)
            if len(word) <= _LONGEST_KEPT_WORD:
                if len(self._words) >= KEPT_WORDS:
                    self._words.clear()
                self._words[word] = known
        return known

    def _slots_of(self, flat: Places) -> Places:
        """Where what is kept of each piece stands; it is made for those of which nothing is kept."""
        slots: Places = self._slot[flat]
        if (slots < 0).any():
            missing = np.unique(flat[slots < 0])
            if self._slots + len(missing) > KEPT_PIECES:
                self._slot.fill(-1)
                self._slots = 0
                missing = np.unique(flat)
            for start in range(0, len(missing), TOKENS):
                self._keep(missing[start : start + TOKENS])
            slots = self._slot[flat]
        return slots

    def _keep(self, pieces: Places) -> None:
        weights, slots = self._weights, np.arange(self._slots, self._slots + len(pieces))
        chunk = pieces % len(weights.scale)
        rows = weights.table[pieces] * weights.scale[chunk, None] + weights.lo[chunk, None]
        projected = _normal(rows @ weights.proj_W + weights.proj_b, weights.ln_g_all, weights.ln_b_all, weights.eps)
        self._pieces[slots] = rows
        self._projected[slots] = projected
        place = 0
        for branch in self._branches:
            own = projected[:, branch.at * self._size : (branch.at + 1) * self._size]
            for step in range(branch.order):
                part = weights.w1[branch.at][step * self._size : (step + 1) * self._size]
                self._shares[place, slots] = own @ part
                place += 1
        self._slot[pieces] = slots
        self._slots += len(pieces)

    # layers

    def _through(self, group: Sequence[Sequence[int]]) -> Floats:
        """The rows of some texts, whose pieces go through the layers together."""
        weights, size = self._weights, self._size
        lengths = np.fromiter(map(len, group), dtype=np.int64, count=len(group))
        flat = np.fromiter(chain.from_iterable(group), dtype=np.int64, count=int(lengths.sum()))
        starts = np.cumsum(lengths) - lengths
        slots = np.append(self._slots_of(flat), KEPT_PIECES)
        window = _window(starts, lengths)
        features = np.empty((len(flat), self._plain + 3 * size), dtype=np.float32)
        features[:, : self._plain] = self._pieces[slots[:-1]]
        beside = np.zeros((len(flat) + 1, size), dtype=np.float32)  # the last row stands for what is no neighbour
        place = 0
        for branch in self._branches:
            columns = window[:, _LEFT - branch.left : _LEFT - branch.left + branch.order]
            first = np.tile(weights.b1[branch.at], (len(flat), 1))
            for step in range(branch.order):
                first += self._shares[place][slots[columns[:, step]]]
                place += 1
            np.maximum(first, 0, out=first)
            first += self._projected[slots[:-1], branch.at * size : (branch.at + 1) * size]
            beside[:-1] = first
            second = beside[columns].reshape(len(flat), branch.order * size) @ weights.w2[branch.at]
            second += weights.b2[branch.at]
            np.maximum(second, 0, out=second)
            second += first
            begin = self._plain + branch.at * size
            features[:, begin : begin + size] = second
        features = _normal(features, weights.ln_g, weights.ln_b, weights.eps)
        return self._head(np.add.reduceat(features, starts, axis=0), lengths.astype(np.float32))

    def _head(self, summed: Floats, lengths: Floats) -> Floats:
        weights = self._weights
        mean = (summed @ weights.cnn_W + lengths[:, None] * weights.cnn_b) / np.sqrt(lengths)[:, None]
        hidden = np.maximum(mean @ weights.p1 + np.maximum(mean @ weights.d0, 0) @ weights.d1, 0)
        out = np.tanh(hidden @ weights.p3 + np.maximum(hidden @ weights.d2, 0) @ weights.d3)
        unit: Floats = out / np.linalg.norm(out, axis=1, keepdims=True)
        return unit


class _Branch:
    """A convolution over `order` pieces, of which `left` stand before."""

    def __init__(self, order: int, left: int, at: int) -> None:
        self.order, self.left, self.at = order, left, at


_LEFT, _RIGHT = 2, 2


def _window(starts: Places, lengths: Places) -> Places:
    """For each piece the places of its neighbours; the count of all where there is none in its text."""
    count = int(lengths.sum())
    places = np.arange(count, dtype=np.int64)[:, None] + np.arange(-_LEFT, _RIGHT + 1)
    outside = places < np.repeat(starts, lengths)[:, None]
    outside |= places >= np.repeat(starts + lengths, lengths)[:, None]
    places[outside] = count
    return places


def _normal(rows: Floats, scale: Floats, shift: Floats, least: float) -> Floats:
    """Layer normalization, in place."""
    rows -= rows.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", rows, rows) / rows.shape[-1]
    rows *= (1 / np.sqrt(variance + least))[:, None]
    rows *= scale
    rows += shift
    return rows


def _pieces(tokenizer: Any, word: str) -> list[int]:
    normal = tokenizer._normalizer.normalize(word)
    found: list[int] = tokenizer._viterbi(normal) if normal else []
    return found
