"""An embedder behind an OpenAI-compatible endpoint: `POST <url>/embeddings`."""

import math
from collections.abc import Sequence
from typing import Annotated

import httpx
import numpy as np
from pydantic import BaseModel, Field, ValidationError

from collector.semantic.embedder import MOST_CHARACTERS, EmbedderError, TextRefusedError, Vectors

TIMEOUT = httpx.Timeout(10, connect=3)
"""A question waits for it; after this only its words are looked for."""
_REFUSED = frozenset({400, 413, 422})
"""Statuses that may blame a text."""


class _One(BaseModel):
    index: int
    embedding: list[Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)


class _Answer(BaseModel):
    data: list[_One]


class RemoteEmbedder:
    """See `Embedder`. What is sent there are the texts; the answer's vectors are brought to length one."""

    batch = 64
    at_hand = False

    def __init__(self, url: str, model: str, api_key: str) -> None:
        self.model = model
        self._url = f"{url}/embeddings"
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.Client(timeout=TIMEOUT, headers=headers)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length one for each text. Raises EmbedderError, TextRefusedError."""
        body = {"model": self.model, "input": [text[:MOST_CHARACTERS] or " " for text in texts]}
        try:
            response = self._http.post(self._url, json=body)
        except httpx.HTTPError as error:
            raise EmbedderError(f"{self._url}: {type(error).__name__}: {error}") from error
        if response.status_code != 200:
            kind = TextRefusedError if response.status_code in _REFUSED else EmbedderError
            raise kind(f"{self._url} answered {response.status_code}: {response.text[:200]}")
        try:
            answer = _Answer.model_validate_json(response.content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise EmbedderError(f"{self._url} answered no embeddings: {place}: {first['msg']}") from error
        return _vectors(answer.data, len(texts))

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


def _vectors(data: list[_One], count: int) -> Vectors:
    ordered = sorted(data, key=lambda one: one.index)
    if [one.index for one in ordered] != list(range(count)):
        raise EmbedderError(f"{len(data)} embeddings came for {count} texts, or their `index` does not count them")
    if len({len(one.embedding) for one in ordered}) > 1:
        raise EmbedderError("embeddings of different lengths came in one answer")
    if not all(math.hypot(*one.embedding) > 0 for one in ordered):
        raise EmbedderError("an embedding of zeros came")
    vectors = np.array([one.embedding for one in ordered], dtype=np.float64)
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit
