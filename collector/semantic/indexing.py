"""Indexing: the writer's second insert. A segment that holds texts has them stored in `texts` before it is deleted,
under a token of its own, so that a writer that died in between neither loses nor doubles them.

A few are stored with their embeddings; of more (a bulk publish) the words come first, since they would be seen late.
"""

import asyncio
import hashlib
from collections.abc import Callable

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse import Engine
from collector.semantic.embedder import Embedder, EmbedderError
from collector.semantic.texts import COLUMNS, EMBEDDED_COLUMNS, Row, lines, rows_of, with_embeddings

log = telemetry.logger("search")

FEW = 64
"""Texts that are embedded at once; some 40 ms."""


class Indexing:
    """Called by a writer for each segment; `waiting` is called when there is something to embed. `is_poison`:
    whether the engine refused the data itself, for good."""

    def __init__(
        self,
        engine: Engine,
        embedder: Embedder,
        waiting: Callable[[], None],
        is_poison: Callable[[BaseException], bool],
    ) -> None:
        self._engine = engine
        self._embedder = embedder
        self._waiting = waiting
        self._is_poison = is_poison

    async def index(self, segment: str, batches: list[bytes]) -> None:
        """Store the texts of a segment's record batches. Raises ClickHouseError, OSError; repeat it then."""
        rows, embedded = await asyncio.to_thread(self._rows, batches)
        if rows:
            await self._insert(rows, EMBEDDED_COLUMNS if embedded else COLUMNS, f"{segment}/texts")
            telemetry.EMBEDDED_TEXTS.inc(len(rows) if embedded else 0)
        if rows and not embedded:
            self._waiting()

    def _rows(self, batches: list[bytes]) -> tuple[list[Row], bool]:
        """Rows, and whether they have embeddings."""
        rows = rows_of(batches)
        if not rows or len(rows) > FEW or not self._embedder.at_hand:
            return rows, False
        try:
            return with_embeddings(rows, self._embedder), True
        except EmbedderError:
            return rows, False  # tried again, and told of, where all that waits is embedded

    async def _insert(self, rows: list[Row], columns: tuple[str, ...], token: str) -> None:
        """One that the engine can never take is found by halving and left out: it is stored and found by no search.
        Halves are known by what they hold: a repeat after a deletion has others."""
        try:
            await self._engine.insert("texts", columns, lines(rows), token)
        except ClickHouseError as error:
            if not self._is_poison(error):
                raise
            if len(rows) > 1:
                middle = len(rows) // 2
                for half in (rows[:middle], rows[middle:]):
                    await self._insert(half, columns, f"{token.partition('/')[0]}/texts/{_digest(half)}")
                return
            telemetry.UNSEARCHABLE_ROWS.inc()
            log.error("a text can't be searched for", event_id=rows[0]["event_id"], problem=str(error)[:300])


def _digest(rows: list[Row]) -> str:
    return hashlib.blake2b("".join(row["event_id"] for row in rows).encode(), digest_size=8).hexdigest()
