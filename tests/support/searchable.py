"""An engine in this process, filled with texts the way a collector fills it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collector import recordbatch
from collector.clickhouse import Engine, migrate, open_engine
from collector.delivery.writer import is_poison
from collector.semantic.embedder import Embedder, EmbedderError, Vectors
from collector.semantic.filling import Filling
from collector.semantic.indexing import Indexing
from collector.settings import Settings
from tests.support.collector import now_ms, uuid7


@dataclass(frozen=True)
class Said:
    """Something said: by whom, what, and how long ago."""

    user: str
    text: str
    seconds_ago: float = 0.0
    site: str = "shop"


class NoEmbedder:
    """Answers nothing."""

    model = "none"
    batch = 64
    at_hand = False

    def embed(self, _: Sequence[str]) -> Vectors:
        raise EmbedderError("there is none")

    def close(self) -> None:
        """There is nothing."""


def open_in(folder: Path) -> Engine:
    """A new embedded engine with the tables; a process can have one at a time."""
    engine = open_engine(Settings(data_dir=folder))
    migrate(engine)
    return engine


async def store(
    engine: Engine, folder: Path, said: Sequence[Said], embedder: Embedder | None, *, wait: bool = True
) -> list[str]:
    """Store and embed; returns the event ids, in order. Without an embedder the texts wait for one; without `wait`
    only those are embedded that are as they are stored."""
    ids = [uuid7() for _ in said]
    lines = [_batch(item, event_id) for item, event_id in zip(said, ids, strict=True)]
    token = uuid7()
    await engine.insert("incoming", recordbatch.FIELDS, b"".join(lines), token)
    await Indexing(engine, embedder or NoEmbedder(), lambda: None, is_poison).index(token, lines)
    if embedder and wait:
        filling = Filling(engine, embedder, folder)
        while await filling.fill():
            await asyncio.sleep(0)
    return ids


def _batch(said: Said, event_id: str) -> bytes:
    shared = {"site": said.site, "session_id": f"s-{said.user}", "user_id": said.user, "request_id": event_id,
              "received_at": "2026-11-23 08:00:00.000"}  # fmt: skip
    at = now_ms() - round(said.seconds_ago * 1000)
    row = {"event_id": event_id, "at_ms": at, "event_name": "feedback", "content": said.text, "role": "User"}
    return recordbatch.encode(shared, recordbatch.columns([row]), 1)
