"""What is said becomes rows of the table `texts`."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from collector import recordbatch
from collector.interaction import is_conversational
from collector.query.window import sql_time
from collector.semantic.embedder import Embedder, Vectors, short, signs
from collector.semantic.words import stems

COLUMNS = (
    "user_key", "site", "at", "event_id", "event_name", "session_id", "request_id", "created_at", "text", "stems", "length",
)  # fmt: skip
"""What is known when a segment is stored."""

EMBEDDED_COLUMNS = (*COLUMNS, "model", "embedding", "signs", "version")
"""With what the embedder makes of it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OURS = frozenset({"wrote in the chat", "was told in the chat"})

Row = dict[str, Any]


def said(row: Mapping[str, Any]) -> bool:
    """Whether a row can be searched for: it is conversational, or a program described it (published items have
    a role; what the script tag describes by itself has none)."""
    return is_conversational(row) or bool(row.get("role") and row.get("user_action_description"))


def text_of(row: Mapping[str, Any]) -> str:
    """What a row says: content, expert's content, and a description that is not one of our own."""
    described = str(row.get("user_action_description") or "")
    if not row.get("role") or row.get("event_name") == "feedback" or described in _OURS:
        described = ""
    parts = (row.get("content"), row.get("expert_content"), described)
    return "\n".join(dict.fromkeys(str(part) for part in parts if part))


def rows_of(lines: Iterable[bytes]) -> list[Row]:
    """The rows of `texts` for record batches; what holds no text is not parsed."""
    spoken = filter(recordbatch.may_have_texts, lines)
    return [_row(row) for line in spoken for row in recordbatch.rows(line) if said(row)]


def lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as JSON lines."""
    return b"".join([orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows])


def with_words(row: Row) -> Row:
    """A row with the stems of its text."""
    found, length = stems(row["text"])
    return {**row, "stems": f" {' '.join(found)} ", "length": length}


def with_embeddings(rows: Sequence[Row], embedder: Embedder) -> list[Row]:
    """Rows with the embeddings of their texts, equal texts embedded once. Raises EmbedderError."""
    place_of = {text: place for place, text in enumerate(dict.fromkeys(row["text"] for row in rows))}
    vectors = embedder.embed(list(place_of))
    made = list(zip(short(vectors), signs(vectors), strict=True))
    version = time.time_ns() // 1_000_000
    embedded: list[Row] = []
    for row in rows:
        embedding, bits = made[place_of[row["text"]]]
        embedded.append(row | {"model": embedder.model, "embedding": embedding, "signs": bits, "version": version})
    return embedded


def without_meaning(row: Row, like: Vectors, model: str) -> Row:
    """A row that has no embedding for good: in its place stands one that is near to nothing."""
    nothing = np.zeros_like(like)
    version = time.time_ns() // 1_000_000
    return row | {"model": model, "embedding": short(nothing)[0], "signs": signs(nothing)[0], "version": version}


def _row(row: Mapping[str, Any]) -> Row:
    at = int(row["at_ms"])
    user = row.get("user_id") or row.get("visitor_id") or f"anon:{row.get('session_id', '')}"
    return with_words(
        {
            "user_key": user,
            "site": row["site"],
            "at": _time(at),
            "event_id": row["event_id"],
            "event_name": row["event_name"],
            "session_id": row.get("session_id", ""),
            "request_id": row.get("request_id", ""),
            "created_at": _time(at + int(row.get("offset_ms", 0))),
            "text": text_of(row),
        }
    )


def _time(milliseconds: int) -> str:
    return sql_time(_EPOCH + timedelta(milliseconds=milliseconds))
