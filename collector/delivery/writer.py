"""The writer: one sealed segment becomes one insert.

An insert that fails for a passing reason is repeated until it succeeds, with the segment's name as its
deduplication token, so that repeating is harmless. Rows that the engine can never take are found by
halving the segment and go to quarantine alone.
"""

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from collector import recordbatch, telemetry
from collector.clickhouse import Engine, SchemaFault, check
from collector.spool import Segment, Spool, SpoolReader

log = telemetry.logger("writer")
T = TypeVar("T")

POISON_CODES = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 130, 131, 321, 376, 441, 469, 467, 691})
"""Engine error codes that blame the data (can't parse, out of bounds, wrong type, violated constraint):
repeating such an insert can never help."""


_DISK_AGAIN_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 5


def is_poison(error: BaseException) -> bool:
    """Whether the engine refused the data itself, for good."""
    return isinstance(error, ClickHouseError) and getattr(error, "code", None) in POISON_CODES


async def _nothing() -> None:
    """For a writer that is alone."""


async def _no_index(_segment: str, _batches: list[bytes]) -> None:
    """For a writer that only stores."""


class Writer:
    """Takes segments from the spool in order until cancelled.

    `ahead` runs before each segment and `screen` takes out of each block what was deleted, on a thread. `index` stores what
    search needs of a segment's batches, then `before_delete` takes them, on a thread; both run between an insert and
    the deletion of its segment; `inserted` is called with the batches after. None of them gets what went to
    quarantine: a replay brings it here again.
    """

    def __init__(
        self,
        spool: Spool | SpoolReader,
        engine: Engine,
        before_delete: Callable[[list[bytes]], None],
        inserted: Callable[[Sequence[bytes]], None],
        index: Callable[[str, list[bytes]], Awaitable[None]] = _no_index,
        screen: Callable[[Sequence[bytes]], list[bytes]] = list,
        ahead: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._spool = spool
        self._engine = engine
        self._before_delete = before_delete
        self._inserted = inserted
        self._index = index
        self._screen = screen
        self._sound = False
        self._ahead = ahead
        self.last_error = ""

    async def run(self) -> None:
        """Deliver segments for ever."""
        while True:
            await self._deliver(await self._spool.next())

    async def drain(self) -> None:
        """Deliver what is sealed now; returns when the spool is empty."""
        while self._spool.backlog:
            await self._deliver(await self._spool.next())

    async def _deliver(self, segment: Segment) -> None:
        started = time.perf_counter()
        await self._patiently(self._ahead)
        bodies = await self._on_disk(segment.name, lambda: self._spool.bodies(segment))
        batches = await self._insert(segment.name, bodies, segment.name)
        if batches:
            await self._patiently(lambda: self._index(segment.name, batches))
        await self._on_disk(segment.name, lambda: self._before_delete(batches))
        await self._spool.done(segment)
        count = sum(map(recordbatch.count, batches))
        seconds = time.perf_counter() - started
        telemetry.INSERT_SECONDS.observe(seconds)
        telemetry.INSERTED_ROWS.inc(count)
        log.info("segment stored", segment=segment.name, rows=count, bytes=segment.size, ms=round(seconds * 1000))
        self._inserted(batches)

    async def _on_disk(self, segment: str, work: Callable[[], T]) -> T:
        """Work on a thread. A disk that refuses, because it is full, say, is asked again."""
        while True:
            try:
                done = await asyncio.to_thread(work)
            except (OSError, sqlite3.Error) as error:
                self.last_error = f"{segment}: {error}"
                log.error("the disk refuses; the segment waits", segment=segment, problem=str(error))
                await asyncio.sleep(_DISK_AGAIN_SECONDS)
            else:
                self.last_error = ""
                return done

    async def _insert(self, segment: str, bodies: list[bytes], token: str) -> list[bytes]:
        """Returns what is stored: all of it, but for what was deleted and what went to quarantine."""
        batches = await self._on_disk(segment, lambda: self._screen([body for body in bodies if body]))
        rows = b"".join(batches)
        try:
            if rows:
                await self._patiently(lambda: self._checked_insert(rows, token))
        except ClickHouseError as error:
            if not is_poison(error):
                raise
            return await self._isolate(segment, bodies, token, error)
        _tell_screened(segment, bodies, batches)
        return batches

    async def _checked_insert(self, rows: bytes, token: str) -> None:
        """Insert, and be sure that there was a way to the table: looked at before, and after for what was dropped
        between. The embedded engine is ours alone, so that one look is enough. Raises SchemaFault, ClickHouseError,
        OSError; repeating is harmless."""
        if self._sound and self._engine.embedded:
            await self._engine.insert("incoming", recordbatch.FIELDS, rows, token)
            return
        view = await check(self._engine)
        await self._engine.insert("incoming", recordbatch.FIELDS, rows, token)
        self._sound = await check(self._engine) == view
        if not self._sound:
            raise SchemaFault("the view behind `incoming` was replaced during an insert")

    async def _isolate(self, segment: str, bodies: list[bytes], token: str, error: ClickHouseError) -> list[bytes]:
        """Store the halves of a poisoned block, each under its own token, down to the single bad interaction.
        The cut and the tokens depend on what was spooled alone, not on what was deleted since: a repeat after a crash
        makes the same blocks, and a token never stands for another one."""
        halves = _halves(bodies)
        if halves:
            parts = [await self._insert(segment, half, f"{segment}/{_digest(half)}") for half in halves]
            return [batch for part in parts for batch in part]
        part = token.removeprefix(segment).replace("/", "") or "0"
        reason = _first_line(error)
        name = await self._on_disk(segment, lambda: self._spool.quarantine.put(segment, reason, bodies[0], part))
        telemetry.QUARANTINED_ROWS.inc()
        log.error("a row can't be stored and is in quarantine", entry=name, problem=reason)
        return []

    async def _patiently(self, insert: Callable[[], Awaitable[None]]) -> None:
        """Repeat an insert until it succeeds or the data is to blame."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, Exception) and not is_poison(error)),
            wait=wait_exponential_jitter(multiplier=0.2, max=_LONGEST_WAIT_SECONDS, jitter=0.5),
            before_sleep=self._note,
            reraise=True,
        ):
            with attempt:
                await insert()
        self.last_error = ""

    def _note(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.last_error = _first_line(error) if error else "unknown"
        telemetry.INSERT_FAILURES.inc()
        log.warning(
            "an insert failed and will be repeated", problem=self.last_error, attempt=state.attempt_number,
            backlog=self._spool.backlog,
        )  # fmt: skip


def _tell_screened(segment: str, bodies: list[bytes], batches: list[bytes]) -> None:
    gone = [] if bodies == batches else [body for body in bodies if body]
    if rows := sum(map(recordbatch.count, gone)) - (sum(map(recordbatch.count, batches)) if gone else 0):
        telemetry.SCREENED_ROWS.inc(rows)
        log.info("rows were deleted while they waited", segment=segment, rows=rows)


def _halves(bodies: list[bytes]) -> list[list[bytes]]:
    """Two halves of the bodies, or of the one batch's interactions; none where there is a single interaction. A body
    that was deleted while it waited is empty and keeps its place, or the others' would change."""
    if len(bodies) > 1:
        middle = len(bodies) // 2
        return [bodies[:middle], bodies[middle:]]
    count = recordbatch.count(bodies[0])
    places = [range(count // 2), range(count // 2, count)]
    return [[recordbatch.select(bodies[0], part)] for part in places] if count > 1 else []


def _digest(bodies: list[bytes]) -> str:
    return hashlib.blake2b(b"".join(bodies), digest_size=8).hexdigest()


def _first_line(error: BaseException) -> str:
    with suppress(IndexError):
        return str(error).splitlines()[0][:500]
    return type(error).__name__
