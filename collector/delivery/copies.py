"""Copies: an event that came in two batches, or in one batch to two collectors, or whose insert was repeated because a
power cut came before the engine's token of it was durable, is two rows until ClickHouse merges their parts, which it
does when it likes. Questions leave copies out (FINAL); whoever counts in SQL should not have to.

So every few minutes we look for copies of what arrived meanwhile and merge the partitions that hold some. Where there
are none, which is nearly always, that costs a look (10 to 200 ms on two million rows). A merge rewrites a quarter
of a year, so that after one the next is not begun before PAUSE times as long has passed.
"""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse import Engine
from collector.query.window import sql_time
from collector.spool.folder import oldest_write

log = telemetry.logger("copies")

PAUSE = 20
OVERLAP = timedelta(minutes=10)
"""Clocks of other collectors differ, and what is spooled is stored later than received."""
FIRST_LOOK = timedelta(hours=26)
SLICE, LEAST_SLICE = timedelta(hours=1), timedelta(minutes=1)
"""What is looked at in one question; where that takes too much memory, less."""
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_OUT_OF_MEMORY = 241
FIRST_SECONDS = 10.0

_FIND = """
SELECT part, sum(surplus) AS copies
FROM (
    SELECT any(_partition_id) AS part, count() - 1 AS surplus FROM interactions
    WHERE toStartOfHour(at) IN (SELECT toStartOfHour(at) FROM interactions WHERE _CAME)
      AND event_id IN (SELECT event_id FROM interactions WHERE _CAME)
    GROUP BY site, event_name, session_id, at, event_id HAVING count() > 1
)
GROUP BY part ORDER BY part
""".replace("_CAME", "received_at >= {since:DateTime64(3, 'UTC')} AND received_at < {until:DateTime64(3, 'UTC')}")
_PARTS = """
SELECT name, min_block_number AS first, max_block_number AS last FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'interactions' AND partition_id = {part:String}
"""
_MERGE = "OPTIMIZE TABLE interactions PARTITION ID '{part}' FINAL SETTINGS optimize_throw_if_noop = 1"


class Copies:
    """Belongs in a supervised task; one process of a collector has it. What waits in `spools` is looked at when it is
    stored; `filling_seconds`: how long a segment is at most written to."""

    def __init__(self, engine: Engine, every_seconds: float, spools: Path, filling_seconds: float) -> None:
        self._engine = engine
        self._every = every_seconds
        self._spools = spools
        self._filling = timedelta(seconds=filling_seconds)
        self._since = datetime.now(UTC) - FIRST_LOOK
        self._slice = SLICE
        self._parts: dict[str, int] = {}
        self._tried: dict[str, list[dict[str, Any]]] = {}
        """What a partition was made of when a merge of it seemed to fail."""

    async def run(self) -> None:
        """Look and merge for ever; soon after a start, since an insert that the power cut short is repeated then."""
        wait = min(self._every, FIRST_SECONDS)
        while True:
            started = time.monotonic()
            await asyncio.sleep(wait)
            wait = self._every
            began = time.monotonic()
            try:
                busy_for = await self.merge()
            except (ClickHouseError, OSError) as error:
                log.warning("copies could not be merged; tried again later", problem=str(error).splitlines()[0][:300])
                busy_for = time.monotonic() - began  # a server may be merging still, whatever it said
            await asyncio.sleep(max(0.0, started + PAUSE * busy_for - time.monotonic()))

    async def merge(self) -> float:
        """Merge what holds copies of what was received since the last look, or waited then; returns the seconds that
        took. What fails is left to the next time, and that only. Raises ClickHouseError, OSError."""
        looked = datetime.now(UTC)
        waits = await asyncio.to_thread(oldest_write, self._spools)
        stored = min(looked, datetime.fromtimestamp(waits, UTC) - self._filling) if waits else looked
        started = time.monotonic()
        await self._look(looked, stored - OVERLAP)
        parts = len(self._parts)
        await self._merge_parts()
        return time.monotonic() - started if parts else 0.0

    async def _look(self, looked: datetime, following: datetime) -> None:
        """Find partitions with copies, slice by slice; the next look begins at `following`, or where this one failed."""
        found: Counter[str] = Counter()
        since, last = self._since, False
        while not last:
            until = since + self._slice
            last = until >= looked
            try:
                rows = await self._ask(since, _LATEST if last else until)
            except ClickHouseError as error:
                if getattr(error, "code", None) != _OUT_OF_MEMORY or self._slice <= LEAST_SLICE:
                    raise
                self._slice, last = self._slice / 2, False
                continue
            found.update({row["part"]: row["copies"] for row in rows})
            self._parts |= found
            since, self._since = until, following if last else min(until, following)

    async def _ask(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        return await self._engine.rows(_FIND, {"since": sql_time(since), "until": sql_time(until)})

    async def _merge_parts(self) -> None:
        """One that can't be merged holds no other up."""
        failed: Exception | None = None
        for part, copies in list(self._parts.items()):
            try:
                await self._merge_part(part)
            except (ClickHouseError, OSError) as error:
                failed = failed or error
                continue
            del self._parts[part]
            telemetry.COPIES_MERGED.inc(copies)
            log.info("copies merged", partition=part, copies=copies)
        if failed:
            raise failed

    async def _merge_part(self, part: str) -> None:
        """A merge takes longer than the patience with a server where a quarter is large: it goes on there, and has not to
        be done once more."""
        parts = await self._engine.rows(_PARTS, {"part": part})
        tried = self._tried.get(part)
        if not (tried and _are_one(tried, parts)):
            self._tried[part] = parts
            await self._engine.command(_MERGE.format(part=part))
        del self._tried[part]


def _are_one(before: list[dict[str, Any]], parts: list[dict[str, Any]]) -> bool:
    """Whether all that there was is in one part now that was made since."""
    known = {row["name"] for row in before}
    first, last = min(int(row["first"]) for row in before), max(int(row["last"]) for row in before)
    return any(int(row["first"]) <= first and last <= int(row["last"]) for row in parts if row["name"] not in known)
