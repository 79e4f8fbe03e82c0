"""The live feed: interactions as they become readable, to all who watch.

While anyone watches, the table is asked for what arrived since: at once when this process has stored a
segment, and every second for rows that other collectors stored.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.analytics.interactions import Scope, tidy
from collector.analytics.sqlfiles import sql
from collector.clickhouse import Engine
from collector.query.window import sql_time

log = telemetry.logger("live")

OVERLAP = timedelta(seconds=15)
EVERY_SECONDS = 1.0
MOST_ROWS = 2000
_QUEUE_ROWS = 2000

Row = dict[str, Any]


class Watcher:
    """One open stream: rows wait here; when it can't keep up the oldest are dropped and counted."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._rows: list[Row] = []
        self._dropped = 0
        self._ready = asyncio.Event()

    def offer(self, row: Row) -> None:
        if self._scope.sites is not None and row["site"] not in self._scope.sites:
            return
        self._rows.append(row)
        if len(self._rows) > _QUEUE_ROWS:
            self._dropped += len(self._rows) - _QUEUE_ROWS
            del self._rows[:-_QUEUE_ROWS]
        self._ready.set()

    async def take(self, timeout: float) -> tuple[list[Row], int]:
        """What arrived, oldest first, and how many rows were dropped; empty after `timeout` seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), timeout)
        self._ready.clear()
        rows, dropped, self._rows, self._dropped = self._rows, self._dropped, [], 0
        return rows, dropped


class LiveFeed:
    """Asks once for all watchers. `run` belongs in a supervised task; `stored` wakes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watchers: set[Watcher] = set()
        self._wake = asyncio.Event()
        self._sent: dict[int, float] = {}

    def stored(self) -> None:
        """A segment was stored."""
        self._wake.set()

    async def watch(self, scope: Scope) -> AsyncGenerator[Watcher, None]:
        """Register a watcher for as long as the iteration is open."""
        if not self._watchers:
            self._sent.clear()
            await self._look()  # what is stored already is not news
        watcher = Watcher(scope)
        self._watchers.add(watcher)
        telemetry.LIVE_VIEWERS.inc()
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
            telemetry.LIVE_VIEWERS.dec()

    async def run(self) -> None:
        """Look for new rows for ever."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), EVERY_SECONDS)
            self._wake.clear()
            if self._watchers:
                try:
                    await self._look()
                except ClickHouseError as error:
                    log.warning("the live feed could not ask the engine", problem=str(error)[:300])

    async def _look(self) -> None:
        looked = datetime.now(UTC)
        rows = await self._engine.rows(
            sql("live"), {"since": sql_time(looked - OVERLAP), "until": sql_time(looked + OVERLAP), "limit": MOST_ROWS}
        )
        now = time.monotonic()
        for row in reversed(rows):
            if row["interaction_id"] not in self._sent:
                self._sent[row["interaction_id"]] = now
                tidied = tidy(row)
                for watcher in self._watchers:
                    watcher.offer(tidied)
        forget = now - 2 * OVERLAP.total_seconds()
        self._sent = {row_id: at for row_id, at in self._sent.items() if at > forget}
