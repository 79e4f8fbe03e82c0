"""A disk that fails on command, and short ways to fill and empty a spool."""

import errno
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from collector.spool import Disk, Segment, Spool, SpoolLimits, encode
from collector.spool.frames import MAGIC

MIB = 1024 * 1024


def limits(*, budget: int = 100 * MIB, segment_bytes: int = MIB, segment_age: float = 60) -> SpoolLimits:
    return SpoolLimits(budget, segment_bytes, segment_age)


@dataclass
class FaultyDisk(Disk):
    """Real files below. `appends` and `truncates` are errors to raise, one a call; an append that fails has
    written `keep` bytes before."""

    appends: list[int] = field(default_factory=list)
    truncates: list[int] = field(default_factory=list)
    renames: list[int] = field(default_factory=list)
    keep: int = 7
    room: int = 1 << 40
    rename_first: bool = False

    def write(self, descriptor: int, data: bytes) -> None:
        if self.appends:
            super().write(descriptor, data[: self.keep])
            raise _error(self.appends.pop(0))
        super().write(descriptor, data)

    def free(self, folder: Path) -> int:
        return self.room

    def truncate(self, descriptor: int, size: int) -> None:
        if self.truncates:
            raise _error(self.truncates.pop(0))
        super().truncate(descriptor, size)

    def rename(self, old: Path, new: Path) -> None:
        if self.renames:
            if self.rename_first:
                super().rename(old, new)
            raise _error(self.renames.pop(0))
        super().rename(old, new)


class SlowDisk(Disk):
    """Stops right after a rename until it may go on."""

    def __init__(self) -> None:
        self.renamed, self.go_on = threading.Event(), threading.Event()

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self.renamed.set()
        self.go_on.wait(10)


def _error(number: int) -> OSError:
    return OSError(number, errno.errorcode[number])


def frame(body: bytes, meta: bytes = b"") -> bytes:
    return b"".join(encode(meta, body))


def seal(folder: Path, *bodies: bytes) -> Path:
    """A sealed segment with these bodies, written by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"000000000001-{secrets.token_hex(6)}.sealed"  # its name is the insert's token
    path.write_bytes(MAGIC + b"".join(frame(body, b"meta") for body in bodies))
    return path


async def put(spool: Spool, *bodies: bytes) -> None:
    """Append the bodies as one group."""
    await spool.append(b"".join(map(frame, bodies)))


async def take(spool: Spool) -> list[list[bytes]]:
    """Deliver everything that is sealed; the bodies of each segment."""
    found = []
    while spool.backlog:
        segment = await spool.next()
        found.append(spool.bodies(segment))
        await spool.done(segment)
    return found


def crash(spool: Spool) -> None:
    """End as a killed process does: nothing is sealed or synced, only the lock is let go."""
    spool._lock_file.close()
    spool._thread.shutdown()
    if spool._open:
        spool.disk.close(spool._open.descriptor)


def path_of(spool: Spool, segment: Segment) -> Path:
    return spool.folder / f"{segment.name}.sealed"
