"""Replay: what is in quarantine is put into a spool of its own, `spool/replay`, that the writer delivers too.

The segment's name, and so the insert's deduplication token, follows from the entry: a replay that was interrupted
and is repeated makes the same segment, and is stored once.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from collector import recordbatch, telemetry
from collector.ownership import give_to_owner_of
from collector.spool import Disk, Quarantine, encode
from collector.spool.folder import SEALED
from collector.spool.frames import MAGIC
from collector.spool.quarantine import Quarantined

log = telemetry.logger("replay")

FOLDER = "replay"
LONG_SECONDS = 600.0
"""No replay takes so long."""


class NotReplayable(Exception):
    """The entry holds no interactions; the message says what to do."""


@dataclass(frozen=True)
class Entry:
    """One thing in quarantine: `name` is `<spool>/<entry>`."""

    name: str
    quarantine: Quarantine
    kept: Quarantined

    def read(self) -> bytes:
        """Its bytes. Raises FileNotFoundError."""
        return self.quarantine.read(self.kept.name)

    def drop(self) -> None:
        """Delete it for good. Raises FileNotFoundError."""
        self.quarantine.drop(self.kept.name)


def entries(data_dir: Path) -> Iterator[Entry]:
    """Everything in quarantine, spool by spool, oldest first."""
    for folder in sorted((data_dir / "spool").glob("*/quarantine")):
        quarantine = Quarantine(folder)
        for kept in quarantine.entries():
            yield Entry(f"{folder.parent.name}/{kept.name}", quarantine, kept)


def find(data_dir: Path, name: str) -> Entry | None:
    """The entry of that name."""
    return next((entry for entry in entries(data_dir) if entry.name == name), None)


def interactions(entry: Entry) -> list[recordbatch.Row]:
    """The interactions of an entry; none when its bytes are damaged."""
    try:
        return [row for line in entry.read().splitlines(keepends=True) for row in recordbatch.rows(line)]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return []


def replay(data_dir: Path, entry: Entry) -> int:
    """Hand an entry to the writer and take it out of quarantine, durably; returns how many interactions it holds.
    Raises NotReplayable, OSError."""
    count = len(interactions(entry))
    if not count:
        raise NotReplayable("its bytes are damaged; look at it with `show`, then `drop` it")
    _seal(data_dir / "spool" / FOLDER, entry, entry.read())
    entry.drop()
    return count


def _seal(folder: Path, entry: Entry, lines: bytes) -> None:
    digest = hashlib.blake2b(f"{entry.name}\0".encode() + lines, digest_size=6).hexdigest()
    name = f"{entry.kept.segment.partition('-')[0]}-{digest}"
    opened, disk = folder / f"{name}.open", Disk()
    disk.make_folder(folder)
    opened.unlink(missing_ok=True)  # of a replay that was interrupted
    frames = b"".join(b"".join(encode(b"", line)) for line in lines.splitlines(keepends=True))
    try:
        descriptor = disk.create(opened, MAGIC + frames)
        os.close(descriptor)
        give_to_owner_of(folder.parent, folder, opened)  # or the writer can't delete the segment
        disk.rename(opened, folder / f"{name}{SEALED}")
    except BaseException:  # an interruption too: it holds what visitors did, and who deletes that would not find it
        opened.unlink(missing_ok=True)
        raise


def clean_up(data_dir: Path) -> None:
    """Remove what replays left that were killed; they may be made again. Raises OSError."""
    for opened in (data_dir / "spool" / FOLDER).glob("*.open"):
        with suppress(FileNotFoundError):
            if opened.stat().st_mtime < time.time() - LONG_SECONDS:
                opened.unlink()
                log.warning("a replay that broke off was removed; its entry is in quarantine", segment=opened.stem)
