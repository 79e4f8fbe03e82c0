"""The live feed: interactions as they become readable, to all who watch.

While anyone watches, the table is asked for what arrived since: at once when this process has stored a
segment, and every second for rows that other collectors stored. A look takes the newest rows; what does not fit
is counted and told as skipped, and so is what was stored long after it came, when the engine had been away.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import recordbatch, telemetry
from collector.analytics.interactions import Reach, tidy
from collector.analytics.record import with_record
from collector.analytics.sqlfiles import sql
from collector.clickhouse import Engine
from collector.query.window import sql_time

log = telemetry.logger("live")

OVERLAP = timedelta(seconds=15)
EVERY_SECONDS = 1.0
MOST_ROWS = 2000
_QUEUE_ROWS = 2000

Row = dict[str, Any]
Place = tuple[str, int]
"""A site and a second of arrival (Unix)."""


class Watcher:
    """One open stream: rows wait here; when it can't keep up the oldest are dropped and counted."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._rows: list[Row] = []
        self._dropped = 0
        self._ready = asyncio.Event()

    def offer(self, row: Row) -> None:
        """A row arrived."""
        if not self._watches(row["site"]):
            return
        self._rows.append(row)
        if len(self._rows) > _QUEUE_ROWS:
            self._dropped += len(self._rows) - _QUEUE_ROWS
            del self._rows[:-_QUEUE_ROWS]
        self._ready.set()

    def skip(self, site: str, rows: int) -> None:
        """So many rows of a site arrived and are not shown."""
        if self._watches(site):
            self._dropped += rows
            self._ready.set()

    def _watches(self, site: str) -> bool:
        return self._reach.sites is None or site in self._reach.sites

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
        self._sent: dict[tuple[str, str | None, int], float] = {}
        self._told: Counter[Place] = Counter()
        self._full = False
        self._since: datetime | None = None
        """From when on the next look has to take what came."""

    def stored(self, batches: Sequence[bytes]) -> None:
        """A segment of these record batches was stored."""
        if self._watchers:
            self._since = self._since or _since()
            self._skip_late(batches, sql_time(self._since))
        self._wake.set()

    def _skip_late(self, batches: Sequence[bytes], since: str) -> None:
        """What no look will take any more."""
        for batch in batches:
            site, received = recordbatch.arrival(batch)
            if received >= since:
                return  # they stand in the order they came
            for watcher in self._watchers:
                watcher.skip(site, recordbatch.count(batch))

    async def watch(self, reach: Reach) -> AsyncGenerator[Watcher, None]:
        """Register a watcher for as long as the iteration is open."""
        if not self._watchers:
            self._sent.clear()
            self._told.clear()
            self._since = None  # of those who watched before
            await self._look()  # what is stored already is not news
        watcher = Watcher(reach)
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
                except Exception as error:  # who takes beacons must not end with who watches
                    log.error("the live feed failed; it goes on", exc_info=error)

    async def _look(self) -> None:
        since, self._since = self._since or _since(), None
        window = {"since": sql_time(since), "until": sql_time(since + 2 * OVERLAP)}
        stored = await self._counts(window) if self._full else None
        rows = await self._rows(window)
        self._full = len(rows) == MOST_ROWS
        if self._full and stored is None:
            stored = await self._counts(window)  # before the rows: what comes in between must not count as skipped
            rows = await self._rows(window)
        self._tell(rows)
        if stored:
            self._skip(stored)
        self._forget(since)

    async def _rows(self, window: dict[str, str]) -> list[Row]:
        return await self._engine.rows(with_record("live"), {**window, "limit": MOST_ROWS})

    async def _counts(self, window: dict[str, str]) -> dict[Place, int]:
        rows = await self._engine.rows(sql("live_counts"), window)
        return {(row["site"], row["second"]): row["interactions"] for row in rows}

    def _tell(self, rows: list[Row]) -> None:
        now = time.monotonic()
        for row in reversed(rows):
            place = (row["site"], row.get("session_id"), row["interaction_id"])  # one id may stand for several
            if place in self._sent:
                continue
            self._sent[place] = now
            self._told[row["site"], int(datetime.fromisoformat(row["received_at"]).timestamp())] += 1
            tidied = tidy(row)
            for watcher in self._watchers:
                watcher.offer(tidied)

    def _skip(self, stored: dict[Place, int]) -> None:
        for place, rows in stored.items():
            missed = rows - self._told[place]
            if missed > 0:
                self._told[place] = rows
                for watcher in self._watchers:
                    watcher.skip(place[0], missed)

    def _forget(self, since: datetime) -> None:
        old = time.monotonic() - 2 * OVERLAP.total_seconds()
        self._sent = {row_id: at for row_id, at in self._sent.items() if at > old}
        first = since.timestamp()
        self._told = Counter({place: rows for place, rows in self._told.items() if place[1] >= first})


def _since() -> datetime:
    """What a look now takes from. Whole seconds, so that a second that is counted is counted whole."""
    return (datetime.now(UTC) - OVERLAP).replace(microsecond=0)
