"""Copies: an event that came in two batches, or in one batch to two collectors, or whose insert was repeated because a
power cut came before the engine's token of it was durable, is two rows until ClickHouse merges their parts, which it
does when it likes. Questions leave copies out (FINAL); whoever counts in SQL should not have to.

So every few minutes we look for copies of what arrived meanwhile and merge the partitions that hold some. Where there
are none, which is nearly always, that costs a look (10 to 200 ms on two million rows). A merge rewrites a quarter
of a year, so that after one the next is not begun before PAUSE times as long has passed.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse import Engine
from collector.spool.folder import oldest_write

log = telemetry.logger("copies")

PAUSE = 20
OVERLAP = timedelta(minutes=10)
"""Clocks of other collectors differ, and what is spooled is stored later than received."""
FIRST_LOOK = timedelta(hours=26)
FIRST_SECONDS = 10.0

_FIND = """
SELECT part, sum(surplus) AS copies
FROM (
    SELECT any(_partition_id) AS part, count() - 1 AS surplus FROM interactions
    WHERE toStartOfHour(at) IN (SELECT toStartOfHour(at) FROM interactions WHERE received_at >= {since:DateTime64(3, 'UTC')})
      AND event_id IN (SELECT event_id FROM interactions WHERE received_at >= {since:DateTime64(3, 'UTC')})
    GROUP BY site, event_name, session_id, at, event_id HAVING count() > 1
)
GROUP BY part ORDER BY part
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

    async def run(self) -> None:
        """Look and merge for ever; soon after a start, since an insert that the power cut short is repeated then."""
        wait = min(self._every, FIRST_SECONDS)
        while True:
            started = time.monotonic()
            await asyncio.sleep(wait)
            wait = self._every
            try:
                merged_for = await self.merge()
            except (ClickHouseError, OSError) as error:
                log.warning("copies could not be merged; tried again later", problem=str(error).splitlines()[0][:300])
                continue
            await asyncio.sleep(max(0.0, started + PAUSE * merged_for - time.monotonic()))

    async def merge(self) -> float:
        """Merge what holds copies of what was received since the last look, or waited then; returns the seconds that
        took. Raises ClickHouseError, OSError."""
        looked = datetime.now(UTC)
        waits = await asyncio.to_thread(oldest_write, self._spools)
        stored = min(looked, datetime.fromtimestamp(waits, UTC) - self._filling) if waits else looked
        since = self._since.strftime("%Y-%m-%d %H:%M:%S")
        started = time.monotonic()
        found = await self._engine.rows(_FIND, {"since": since})
        for row in found:
            await self._engine.command(_MERGE.format(part=row["part"]))
            telemetry.COPIES_MERGED.inc(row["copies"])
            log.info("copies merged", partition=row["part"], copies=row["copies"])
        self._since = stored - OVERLAP
        return time.monotonic() - started if found else 0.0
