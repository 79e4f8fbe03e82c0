"""Settling: what a deletion could not reach at once. Repeats until nothing is left, also after a start."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from collector import telemetry
from collector.delivery.replay import Entry, clean_up, entries
from collector.erasure import deleting
from collector.erasure.eraser import Eraser
from collector.erasure.tombstones import Tombstone, Tombstones
from collector.spool import Damage, encode, scan
from collector.spool.folder import SEALED
from collector.spool.frames import MAGIC

log = telemetry.logger("erasure")

QUIET_SECONDS = 60.0
"""After this, no insert that began before the deletion is still under way; an embedding looks before it inserts."""
EVERY_SECONDS = 5.0
_REWRITING = ".rewriting"
LONG_SECONDS = 6 * 3600.0
"""A segment that has waited so long is rewritten without what was deleted."""


class Settling:
    """`run` belongs in a supervised task, in one process of a data folder."""

    def __init__(self, eraser: Eraser, data_dir: Path, *, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._eraser = eraser
        self._data_dir = data_dir
        self._quiet = quiet_seconds

    async def run(self) -> None:
        """Settle for ever; a failure is logged and tried again."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._eraser.wake.wait(), EVERY_SECONDS)
            self._eraser.wake.clear()
            try:
                await self.settle()
            except (ClickHouseError, OSError) as error:
                if self._eraser.tombstones.unsettled():
                    log.warning("a deletion could not be settled yet", problem=str(error)[:300])

    async def settle(self) -> int:
        """Settle what is due and return how many tombstones that was. Raises ClickHouseError, OSError."""
        stones = self._eraser.tombstones
        await asyncio.to_thread(self._clean_up)
        await self._eraser.learn()
        await asyncio.to_thread(stones.refresh)
        await self._eraser.follow()
        await self._eraser.share()
        waiting = stones.unsettled()
        if not waiting:
            return 0
        await asyncio.to_thread(self._clean_files, waiting)
        now = time.time() * 1000
        due = [stone for stone in waiting if now - stone.at >= self._quiet * 1000]
        due = [stone for stone in due if not self._segment_before(stone)]
        done = await self._carry_out(due)
        if done:
            await deleting.rewrite(self._eraser.engine)
            await asyncio.to_thread(stones.settled, done)
            log.info("deletions settled", tombstones=len(done))
        return len(done)

    async def _carry_out(self, due: list[Tombstone]) -> list[Tombstone]:
        """Those that could be carried out: one that the engine refuses holds no other up. Raises OperationalError,
        OSError where there is no engine."""
        refused: dict[str, str] = {}
        for stone in due:
            try:
                await self._eraser.again(stone)
            except OperationalError:
                raise
            except ClickHouseError as error:
                refused[stone.id] = str(error)
        if refused:
            name, problem = next(iter(refused.items()))
            log.error("the engine refuses deletions", tombstones=len(refused), first=name, problem=problem[:300])
        return [stone for stone in due if stone.id not in refused]

    def _clean_up(self) -> None:
        """Remove what was written when a process was killed: nobody else looks for it, and it holds what visitors did."""
        clean_up(self._data_dir)
        for path in self._eraser.spools.glob(f"*/*{_REWRITING}"):
            path.unlink(missing_ok=True)

    def _clean_files(self, waiting: list[Tombstone]) -> None:
        for entry in entries(self._data_dir):
            clean_entry(entry, self._eraser.tombstones)
        long_ago = time.time() - LONG_SECONDS
        if min(stone.at for stone in waiting) / 1000 < long_ago:
            for path in sorted(self._eraser.spools.glob(f"*/*{SEALED}")):
                if path.stat().st_mtime < long_ago:
                    rewrite_segment(path, self._eraser.tombstones.strip)

    def _segment_before(self, stone: Tombstone) -> bool:
        """Whether a segment sealed before the deletion still waits: an insert of it may have begun before."""
        for path in self._eraser.spools.glob(f"*/*{SEALED}"):
            with suppress(FileNotFoundError):
                if stone.reaches(path.stat().st_mtime * 1000):
                    return True
        return False


def clean_entry(entry: Entry, stones: Tombstones) -> None:
    """Take what was deleted out of an entry of the quarantine; one that keeps nothing is dropped. Damaged bytes hold
    no whole interaction and stay for `collector spool drop`. Raises OSError."""
    with suppress(FileNotFoundError):  # replayed or dropped meanwhile
        lines = entry.read().splitlines(keepends=True)
        try:
            kept = [left for line in lines if (left := stones.strip(line))]
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        if not kept:
            entry.drop()
        elif kept != lines:
            part = entry.kept.name.removeprefix(f"{entry.kept.segment}.")
            entry.quarantine.put(entry.kept.segment, entry.kept.reason, b"".join(kept), part)


def rewrite_segment(path: Path, strip: Callable[[bytes], bytes]) -> None:
    """Write a sealed segment anew without what was deleted, under the same name: whether it was inserted before or
    not, its token is the same. Metas stay, since the memory of batches is rebuilt from them. Raises OSError."""
    data = path.read_bytes()
    parts = list(scan(data))
    if any(isinstance(part, Damage) for part in parts):
        return  # its consumer keeps damage aside first
    frames = [(part.meta, part.body, strip(part.body)) for part in parts if not isinstance(part, Damage)]
    if all(body == left for _, body, left in frames):
        return
    stat = path.stat()
    temporary = path.with_suffix(_REWRITING)
    with open(temporary, "wb") as file:
        file.write(MAGIC + b"".join(b"".join(encode(meta, left)) for meta, _, left in frames))
        file.flush()
        os.fsync(file.fileno())
    os.utime(temporary, (stat.st_atime, stat.st_mtime))
    if not path.exists():  # delivered meanwhile
        temporary.unlink()
        return
    os.replace(temporary, path)
    log.info("a waiting segment was rewritten without what was deleted", segment=path.stem)
