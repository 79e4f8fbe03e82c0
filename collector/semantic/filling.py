"""Filling: texts get their embeddings.

A row that has none from the model in use is found by its words, and is embedded here: a moment after it was stored,
later if the embedder was away, and again when another model is chosen. One process of a data folder does it.
"""

import asyncio
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from filelock import FileLock, Timeout

from collector import telemetry
from collector.clickhouse import Engine
from collector.semantic.embedder import Embedder, EmbedderError, short, signs
from collector.semantic.sqlfiles import sql
from collector.semantic.texts import COLUMNS, Row, lines, with_words

log = telemetry.logger("search")

EVERY_SECONDS = 5.0
BATCH_ROWS = 512
LONGEST_WAIT = 60.0
EMBEDDED_COLUMNS = (*COLUMNS, "model", "embedding", "signs", "version")


class Filling:
    """`run` belongs in a supervised task; `stored` wakes it."""

    def __init__(self, engine: Engine, embedder: Embedder, data_dir: Path) -> None:
        self._engine = engine
        self._embedder = embedder
        self._wake = asyncio.Event()
        self._lock = FileLock(data_dir / "embedding.lock", thread_local=False)

    def stored(self) -> None:
        """Texts were stored."""
        self._wake.set()

    async def run(self) -> None:
        """Embed for ever; a failure is logged and tried again, ever more slowly."""
        wait = EVERY_SECONDS
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
            self._wake.clear()
            try:
                with self._lock.acquire(timeout=0):
                    while await self.fill():
                        pass
                wait = EVERY_SECONDS
            except Timeout:
                wait = EVERY_SECONDS  # another process of this folder embeds
            except (EmbedderError, ClickHouseError, OSError) as error:
                wait = min(LONGEST_WAIT, wait * 2)
                telemetry.EMBEDDING_FAILURES.inc()
                log.warning("texts could not be embedded yet; words find them", problem=str(error)[:300])
                await asyncio.sleep(wait / 2)  # what arrives meanwhile must not hurry it

    async def fill(self) -> int:
        """Embed some of what waits, and return how many. Raises EmbedderError, ClickHouseError, OSError."""
        waiting = await self._engine.rows(sql("waiting"), {"model": self._embedder.model, "limit": BATCH_ROWS})
        for start in range(0, len(waiting), self._embedder.batch):
            part = waiting[start : start + self._embedder.batch]
            made = await asyncio.to_thread(self._embed, part)
            await self._engine.insert("texts", EMBEDDED_COLUMNS, made, f"embedding/{uuid.uuid4()}")
            telemetry.EMBEDDED_TEXTS.inc(len(part))
        return len(waiting)

    def _embed(self, rows: list[dict[str, Any]]) -> bytes:
        vectors = self._embedder.embed([row["text"] for row in rows])
        version = time.time_ns() // 1_000_000
        made: list[Row] = []
        for row, vector, bits in zip(rows, short(vectors), signs(vectors), strict=True):
            kept = {name: row[name] for name in COLUMNS if name in row}
            made.append(
                with_words(kept)
                | {"model": self._embedder.model, "embedding": vector, "signs": bits, "version": version}
            )
        return lines(made)
