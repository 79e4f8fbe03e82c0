"""Indexing: the writer's second insert. A segment that holds texts has them stored in `texts` before it is deleted,
under a token of its own, so that a writer that died in between neither loses nor doubles them."""

import asyncio
from collections.abc import Callable

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse import Engine
from collector.semantic.texts import COLUMNS, Row, lines, rows_of

log = telemetry.logger("search")


class Indexing:
    """Called by a writer for each segment; `stored` is called when there was something. `is_poison`: whether the
    engine refused the data itself, for good."""

    def __init__(self, engine: Engine, stored: Callable[[], None], is_poison: Callable[[BaseException], bool]) -> None:
        self._engine = engine
        self._stored = stored
        self._is_poison = is_poison

    async def index(self, segment: str, batches: list[bytes]) -> None:
        """Store the texts of a segment's record batches. Raises ClickHouseError, OSError; repeat it then."""
        rows = await asyncio.to_thread(rows_of, batches)
        if rows:
            await self._insert(rows, f"{segment}/texts")
            self._stored()

    async def _insert(self, rows: list[Row], token: str) -> None:
        """One that the engine can never take is found by halving and left out: it is in quarantine already, or
        stored and found by no search."""
        try:
            await self._engine.insert("texts", COLUMNS, lines(rows), token)
        except ClickHouseError as error:
            if not self._is_poison(error):
                raise
            if len(rows) > 1:
                middle = len(rows) // 2
                await self._insert(rows[:middle], f"{token}/0")
                await self._insert(rows[middle:], f"{token}/1")
                return
            telemetry.UNSEARCHABLE_ROWS.inc()
            log.error("a text can't be searched for", event_id=rows[0]["event_id"], problem=str(error)[:300])
