"""Filling: texts get their embeddings.

A few are embedded as they are stored (`indexing.py`). A row that has none from the model in use is found by its
words, and is embedded here: a moment after it was stored, later if the embedder was away, and again when another
model is chosen. One process of a data folder does it.
"""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from clickhouse_connect.driver.exceptions import ClickHouseError
from filelock import FileLock, Timeout

from collector import telemetry
from collector.clickhouse import Engine, step_back
from collector.semantic.embedder import Embedder, EmbedderError, TextRefusedError
from collector.semantic.sqlfiles import sql
from collector.semantic.texts import (
    COLUMNS,
    EMBEDDED_COLUMNS,
    Row,
    lines,
    with_embeddings,
    with_words,
    without_meaning,
)

log = telemetry.logger("search")

EVERY_SECONDS = 5.0
BATCH_ROWS = 4096
STORED_ROWS = 1024
"""At once, while the next are embedded: each insert is a part, to be synced and merged."""
LONGEST_WAIT = 60.0
THREADS = 2
"""That embed at once, at the engine's low priority: what arrives must not wait for them."""
HARMLESS = "lamp"
"""An embedder that refuses this too refuses everything: no text is to blame."""
_KEPT = (*COLUMNS, "stored_at")
"""Of a row; its retention counts from when it was stored for the first time."""


class Filling:
    """`run` belongs in a supervised task; `stored` wakes it."""

    def __init__(self, engine: Engine, embedder: Embedder, data_dir: Path) -> None:
        self._engine = engine
        self._embedder = embedder
        self._wake = asyncio.Event()
        self._threads = ThreadPoolExecutor(THREADS, "embedding", step_back)
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
        storing: asyncio.Future[None] | None = None
        try:
            for start in range(0, len(waiting), STORED_ROWS):
                made, problem = await self._embedded(waiting[start : start + STORED_ROWS])
                if storing:
                    await storing
                storing = asyncio.ensure_future(self._store(made))
                if problem:
                    raise problem
        finally:
            if storing:
                await storing
        return len(waiting)

    async def _embedded(self, rows: list[Row]) -> tuple[list[Row], BaseException | None]:
        """On all threads: those that could be, and why others could not."""
        run = asyncio.get_running_loop().run_in_executor
        size = self._embedder.batch
        parts = [rows[start : start + size] for start in range(0, len(rows), size)]
        work = [run(self._threads, self._embed, part) for part in parts]
        made: list[Row] = []
        problem: BaseException | None = None
        for one in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(one, BaseException):
                problem = problem or one
            else:
                made += one
        return made, problem

    async def _store(self, rows: list[Row]) -> None:
        """Those that are still there: what was deleted while it was embedded, for minutes perhaps, stays deleted."""
        ids = [row["event_id"] for row in rows]
        stored = await self._engine.rows(sql("still_stored"), {"ids": ids}) if ids else []
        there = {row["event_id"] for row in stored}
        rows = [row for row in rows if row["event_id"] in there]
        if not rows:
            return
        made = await asyncio.to_thread(lines, rows)
        await self._engine.insert("texts", (*EMBEDDED_COLUMNS, "stored_at"), made, f"embedding/{uuid.uuid4()}")
        telemetry.EMBEDDED_TEXTS.inc(len(rows))

    def _embed(self, rows: list[Row]) -> list[Row]:
        """With words too: texts of before there was a search have none."""
        kept = [{name: row[name] for name in _KEPT} for row in rows]
        return self._halving([row if row["stems"] else with_words(row) for row in kept])

    def _halving(self, rows: list[Row]) -> list[Row]:
        """Rows with embeddings; a text that the embedder refuses is found by halving, and never asked for again.
        Raises EmbedderError."""
        try:
            return with_embeddings(rows, self._embedder)
        except TextRefusedError as refused:
            if len(rows) > 1:
                middle = len(rows) // 2
                return [*self._halving(rows[:middle]), *self._halving(rows[middle:])]
            like = self._embedder.embed([HARMLESS])
            telemetry.EMBEDDING_REFUSED.inc()
            log.error(
                "the embedder refuses a text; only its words are found",
                event_id=rows[0]["event_id"],
                problem=str(refused)[:300],
            )
            return [without_meaning(rows[0], like, self._embedder.model)]
