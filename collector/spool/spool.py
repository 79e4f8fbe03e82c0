"""The spool itself: append with one fsync for a group, seal, recover, hand segments to the consumer."""

import asyncio
import errno
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from collector import telemetry
from collector.spool.disk import Disk
from collector.spool.folder import LOOK_SECONDS, SEALED, Segment, SegmentFolder
from collector.spool.frames import MAGIC, Frame
from collector.spool.lock import hold
from collector.spool.recovery import recover
from collector.spool.syncer import Syncer
from collector.spool.uncancelled import to_its_end

log = telemetry.logger("spool")
T = TypeVar("T")

RESERVE_BYTES = 1024 * 1024
"""Room left on the disk for what is written beside frames."""
MOST_AGES = 20
"""A segment is sealed at this many times its age at the latest, while the consumer lags."""
OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)


class SpoolFull(Exception):
    """The disk, or the spool's share of it, is spent; nothing of the append was kept."""


class SpoolFailed(Exception):
    """The disk refused to write or to sync; nothing of the append was kept."""


@dataclass(frozen=True)
class SpoolLimits:
    """`budget`: bytes of all segments together; a segment is sealed at `segment_bytes` or `segment_age` seconds."""

    budget: int
    segment_bytes: int
    segment_age: float


@dataclass
class _Open:
    name: str
    path: Path
    descriptor: int
    size: int
    since: float


class Spool(SegmentFolder):
    """One stream of frames and its one consumer. All methods belong to one event loop."""

    def __init__(
        self,
        folder: Path,
        limits: SpoolLimits,
        disk: Disk | None = None,
        *,
        syncer: Syncer | None = None,
        delivered_elsewhere: bool = False,
    ) -> None:
        """Open the folder and recover what a crash left. Frames are synced by `syncer`, or on the spool's own
        thread. With `delivered_elsewhere` another process consumes it (`SpoolReader`), and segments are gone when
        their files are. Raises SpoolBusy, OSError."""
        super().__init__(folder, disk)
        self.limits = limits
        self.disk.make_folder(folder)
        self._lock_file = hold(folder / "lock")
        self._delivered_elsewhere = delivered_elsewhere
        self._open: _Open | None = None
        self.broken = ""
        self.full = False
        self._refused = 0
        self._syncer = syncer
        self._changing = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._arrived = asyncio.Event()
        self._sealed: deque[Segment] = deque(recover(self))
        self._bytes = sum(segment.size for segment in self._sealed)
        self._sequence = int(self._sealed[-1].name.split("-")[0]) + 1 if self._sealed else 1
        if self._sealed:
            self._arrived.set()

    # what is there

    @property
    def size(self) -> int:
        """Bytes in all segments."""
        return self._bytes

    @property
    def backlog(self) -> int:
        """Sealed segments not delivered yet."""
        return len(self._sealed)

    def metas(self) -> Iterator[bytes]:
        """The meta of every valid frame in the sealed segments, oldest first; for use after a start."""
        for segment in list(self._sealed):
            for part in self.scan(segment.name):
                if isinstance(part, Frame):
                    yield part.meta

    # writing

    def check_room(self, expected: int) -> None:
        """Raise SpoolFull when that many bytes will not fit, before anything is written for them: what stands
        beside the spool, the memory of batches, say, must not fill the disk with what is then refused."""
        self._check_budget(expected)
        if (free := self.disk.free(self.folder)) < expected + RESERVE_BYTES:
            self._note_full(expected)
            raise SpoolFull(f"{self.folder}: the disk has {free} bytes left")

    def _check_budget(self, more: int) -> None:
        if self._bytes + more > self.limits.budget:
            self._note_full(more)
            raise SpoolFull(f"the spool holds {self._bytes} bytes, its budget is {self.limits.budget}")

    def _note_full(self, refused: int) -> None:
        self.full, self._refused = True, refused

    def _look_for_room(self) -> None:
        """Who asks whether there is room may send nothing until we say so: no append would ever tell."""
        if not self.full or self._bytes + self._refused > self.limits.budget:
            return
        with suppress(OSError):
            self.full = self.disk.free(self.folder) < self._refused + RESERVE_BYTES

    async def append(self, data: bytes) -> None:
        """Write joined frames and return when they are durable, all of them.

        Raises SpoolFull or SpoolFailed; then none of them is kept.
        """
        async with self._changing:
            if self._open and self._open.size + len(data) > self.limits.segment_bytes and not self.broken:
                await self._seal()
            await self._write(data)

    async def seal(self) -> None:
        """Seal the open segment, if it holds anything. One that may end in a refused frame is left as it is.
        Cancelled, it is sealed all the same before this returns."""
        await to_its_end(self._seal_open())

    async def _seal_open(self) -> None:
        async with self._changing:
            if self._open and not self.broken:
                await self._seal()

    async def seal_by_age(self) -> None:
        """Run for ever: seal segments as they come of age. While the consumer lags, segments grow older
        and so larger, which costs the engine less."""
        while True:
            if self._delivered_elsewhere:
                async with self._changing:  # or one just being sealed, in the folder and not in our list, counts twice
                    self._forget_delivered()
            self._look_for_room()
            age = self.limits.segment_age * min(MOST_AGES, 1 + len(self._sealed))
            waiting = self._open.since + age - time.monotonic() if self._open else self.limits.segment_age / 4
            if self.broken:
                raise SpoolFailed(f"{self.broken}; check the disk, then start again")
            if waiting <= 0:
                await self.seal()
            else:
                await asyncio.sleep(min(waiting, self.limits.segment_age / 4))

    def _forget_delivered(self) -> None:
        there = self.sealed()
        if len(there) != len(self._sealed):
            self._bytes -= sum(segment.size for segment in self._sealed) - sum(segment.size for segment in there)
            self._sealed = deque(there)
            self.full = False
            telemetry.SPOOL_BYTES.set(self._bytes)
            telemetry.SPOOL_SEGMENTS.set(len(self._sealed))

    async def _seal(self) -> None:
        try:
            segment = await self._off_loop(self._seal_now)
        except OSError as error:
            # it may be renamed all the same, and delivered and deleted by its consumer: nothing more goes into it
            self.broken = f"{self.folder}: could not seal a segment: {error.strerror}"
            raise SpoolFailed(self.broken) from error
        self._sealed.append(segment)
        self._arrived.set()
        telemetry.SPOOL_SEGMENTS.set(len(self._sealed))

    async def _off_loop(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _write(self, data: bytes) -> None:
        if self.broken:
            raise SpoolFailed(self.broken)
        self._check_budget(len(data))
        started = time.perf_counter()
        try:
            if self._open is None:
                self._open = await self._off_loop(self._create)
            segment = self._open
            self.disk.write(segment.descriptor, data)
            await self._sync(segment.descriptor)
        except Exception as error:
            await self._off_loop(self._undo, error)
            if not isinstance(error, OSError):
                raise
            self.full, self._refused = error.errno in OUT_OF_SPACE, len(data)
            kind = SpoolFull if self.full else SpoolFailed
            raise kind(f"{self.folder}: {error.strerror}") from error
        telemetry.COMMIT_SECONDS.observe(time.perf_counter() - started)
        self.full = False
        segment.size += len(data)
        self._bytes += len(data)
        telemetry.SPOOL_BYTES.set(self._bytes)

    async def _sync(self, descriptor: int) -> None:
        if self._syncer:
            await self._syncer.sync(descriptor)
        else:
            await self._off_loop(self.disk.sync, descriptor)

    # the spool's own thread

    def _create(self) -> _Open:
        name = f"{self._sequence:012d}-{secrets.token_hex(6)}"
        path = self.folder / f"{name}.open"
        descriptor = self.disk.create(path, MAGIC)
        self._sequence += 1
        self._bytes += len(MAGIC)
        return _Open(name, path, descriptor, len(MAGIC), time.monotonic())

    def _undo(self, error: Exception) -> None:
        """Take an append that failed back out, so that what was refused is never delivered."""
        log.error("the spool could not write", folder=str(self.folder), problem=str(error))
        if self._open is None:
            return
        try:
            self.disk.truncate(self._open.descriptor, self._open.size)
            if self._open.size == len(MAGIC):  # none is sealed that holds nothing
                self._remove_open(self._open)
        except OSError as second:
            self.broken = f"{self._open.path}: could not be cut back after a failed write: {second.strerror}"

    def _remove_open(self, segment: _Open) -> None:
        self.disk.unlink(segment.path)
        self._open = None
        self._bytes -= segment.size
        self.disk.close(segment.descriptor)

    def _seal_now(self) -> Segment:
        assert self._open is not None
        segment = self._open
        sealed = self.folder / f"{segment.name}{SEALED}"
        if (lost := segment.size - self.disk.length(segment.descriptor)) > 0:
            log.error("an open segment was cut by another hand", segment=segment.name, lost_bytes=lost)
            telemetry.SPOOL_DAMAGED.inc(lost)
        try:
            self.disk.rename(segment.path, sealed)
        except FileNotFoundError:
            self.disk.write_again(segment.descriptor, sealed)
            log.error("an open segment was removed by another hand; it is there again", segment=segment.name)
        self._open = None
        self.disk.close(segment.descriptor)
        return Segment(segment.name, segment.size)

    # consuming

    async def next(self) -> Segment:
        """Wait for the oldest sealed segment. It stays first until `done`."""
        while not self._sealed:
            self._arrived.clear()
            await self._arrived.wait()
        return self._sealed[0]

    async def done(self, segment: Segment) -> None:
        """Delete the first segment: what it held is safe elsewhere. Cancelled, it is deleted all the same."""
        await to_its_end(self._done(segment))

    async def _done(self, segment: Segment) -> None:
        assert self._sealed and self._sealed[0] == segment
        await asyncio.to_thread(self.disk.unlink, self.folder / f"{segment.name}{SEALED}")
        self._sealed.popleft()
        self.full = False
        self._bytes -= segment.size
        telemetry.SPOOL_BYTES.set(self._bytes)
        telemetry.SPOOL_SEGMENTS.set(len(self._sealed))

    async def delivered(self, seconds: float) -> bool:
        """Wait until all that was appended before is delivered, at most so long; whether it is. A consumer that has
        nothing else to do gets it at once, before the segment's age has come. Raises SpoolFailed."""
        if not self._sealed:
            await self.seal()
        name = self._open.name if self._open else self._sealed[-1].name if self._sealed else ""
        kinds = (".open", SEALED)  # looked for in this order: it may be sealed meanwhile
        files = [self.folder / f"{name}{kind}" for kind in kinds]
        deadline = time.monotonic() + seconds
        while any(await asyncio.to_thread(lambda: [path.exists() for path in files])):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(LOOK_SECONDS / 2)
        return True

    async def close(self) -> None:
        """Let the folder go; what is not sealed is recovered at the next start."""
        await asyncio.to_thread(self._thread.shutdown)
        if self._syncer:
            await self._syncer.close()
        if self._open:
            self.disk.close(self._open.descriptor)
            self._open = None
        self._lock_file.close()
