"""Reading segments: what the spool that writes them and a process that only delivers them share."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from collector import telemetry
from collector.spool.disk import Disk
from collector.spool.frames import MAGIC, Damage, Frame, scan
from collector.spool.quarantine import Quarantine
from collector.spool.uncancelled import to_its_end

log = telemetry.logger("spool")

SEALED = ".sealed"
_SEALED_NAME = re.compile(r"\d{12}-[0-9a-f]{12}\.sealed")
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Segment:
    """A sealed segment: its name, which is its insert's deduplication token, and its size in bytes."""

    name: str
    size: int


class SegmentFolder:
    """A spool's folder, to read from."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self.disk = disk or Disk()
        self.quarantine = Quarantine(folder / "quarantine")

    def sealed(self) -> list[Segment]:
        """The sealed segments in the folder, oldest first."""
        if not self.folder.is_dir():
            return []
        found = []
        for name in self.disk.names(self.folder):
            path = self.folder / name
            if _SEALED_NAME.fullmatch(name):
                with suppress(FileNotFoundError):
                    found.append(Segment(path.stem, self.disk.size(path)))
        return found

    def bodies(self, segment: Segment) -> list[bytes]:
        """The bodies of a segment's valid frames; reads the disk, so it belongs on a thread.

        Damage is logged, counted and kept in quarantine. A segment that was removed or emptied behind our back is
        reported and reads as empty.
        """
        return [part.body for part in self.scan(segment.name, keep_damage=True) if isinstance(part, Frame)]

    def scan(self, name: str, *, keep_damage: bool = False) -> Iterator[Frame | Damage]:
        """The frames of a sealed segment, and what is damaged."""
        try:
            data = self.disk.read(self.folder / f"{name}{SEALED}")
        except FileNotFoundError:
            log.error("a sealed segment is gone; someone else removed it", segment=name)
            return
        if keep_damage and len(data) <= len(MAGIC):  # none is sealed before it holds a frame
            log.error("a sealed segment is empty; someone else emptied it", segment=name, bytes=len(data))
        for part in scan(data):
            if isinstance(part, Damage) and keep_damage:
                log.error("damaged bytes in a segment", segment=name, start=part.start, end=part.end)
                telemetry.SPOOL_DAMAGED.inc(part.end - part.start)
                damaged = data[part.start : part.end]
                self.quarantine.put(name, f"damaged bytes {part.start} to {part.end}", damaged, f"damage-{part.start}")
            yield part


def oldest_write(spools: Path) -> float | None:
    """When the oldest segment of all these spools was last written to (Unix time in s); None where none waits."""
    times = []
    for kind in ("*/*.open", f"*/*{SEALED}"):
        for path in spools.glob(kind):
            with suppress(FileNotFoundError):  # sealed or delivered meanwhile
                times.append(path.stat().st_mtime)
    return min(times, default=None)


def waiting_bytes(spools: Path) -> int:
    """What all these spools hold that is not delivered, in bytes."""
    found = 0
    for kind in ("*/*.open", f"*/*{SEALED}"):
        for path in spools.glob(kind):
            with suppress(FileNotFoundError):
                found += max(0, path.stat().st_size - len(MAGIC))
    return found


class SpoolReader(SegmentFolder):
    """Delivers the segments of a spool that another process writes; looks for them twenty times a second, once that
    process has `recovered`: until then only they may know which batches are here."""

    def __init__(self, folder: Path, disk: Disk | None = None, *, recovered: Callable[[], bool] = lambda: True) -> None:
        super().__init__(folder, disk)
        self._recovered = recovered
        self._seen: list[Segment] = []

    @property
    def backlog(self) -> int:
        """Sealed segments not delivered yet, when last looked."""
        return len(self._seen)

    @property
    def size(self) -> int:
        """Bytes in them."""
        return sum(segment.size for segment in self._seen)

    def look(self) -> None:
        """Look for segments now."""
        self._seen = self.sealed() if self._recovered() else []

    async def next(self) -> Segment:
        """Wait for the oldest sealed segment. It stays first until `done`."""
        while True:
            self.look()
            if self._seen:
                return self._seen[0]
            await asyncio.sleep(LOOK_SECONDS)

    async def done(self, segment: Segment) -> None:
        """Delete a segment: what it held is safe elsewhere. Cancelled, it is deleted all the same."""
        await to_its_end(self._done(segment))

    async def _done(self, segment: Segment) -> None:
        await asyncio.to_thread(self.disk.unlink, self.folder / f"{segment.name}{SEALED}")
        self._seen = [one for one in self._seen if one != segment]
