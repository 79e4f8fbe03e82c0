"""Quarantine: what was accepted and can never be delivered, kept where a person can look at it.

quarantine/<segment>.<n>.json     {"segment", "reason", "at", "rows"}: why, in words
quarantine/<segment>.<n>.rows     the bytes, for interactions one record batch a line

Where there are bytes there is an entry: a kill may have kept them from their reason, or taken that first.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.spool.disk import Disk

_UNKNOWN = "not known any more: the collector was killed while this was put here or dropped"


@dataclass(frozen=True)
class Quarantined:
    """One entry: `name` is what commands take, `rows` counts lines, `size` is in bytes."""

    name: str
    segment: str
    reason: str
    at: str
    rows: int
    size: int


class Quarantine:
    """The `quarantine` folder of one spool."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, segment: str, reason: str, data: bytes, part: str = "0") -> str:
        """Keep `data` durably and return the entry's name. The same segment and part overwrite, so a
        delivery that is repeated after a crash leaves one entry."""
        Disk().make_folder(self.folder)
        name = f"{segment}.{part}"
        about = {
            "segment": segment,
            "reason": reason,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "rows": data.count(b"\n"),
        }
        self._write(self.folder / f"{name}.rows", data)
        self._write(self.folder / f"{name}.json", json.dumps(about, ensure_ascii=False).encode())
        return name

    def _write(self, path: Path, data: bytes) -> None:
        temporary = path.with_name(path.name + ".new")
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        Disk().sync_folder(self.folder)

    def entries(self) -> Iterator[Quarantined]:
        """All entries, oldest segment first."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.glob("*.rows")):
            with suppress(FileNotFoundError):  # dropped or replayed meanwhile
                yield self._entry(path)

    def _entry(self, path: Path) -> Quarantined:
        stat = path.stat()
        try:
            about = json.loads(path.with_suffix(".json").read_bytes())
        except FileNotFoundError:
            at = datetime.fromtimestamp(stat.st_mtime, UTC).isoformat(timespec="milliseconds")
            about = {"segment": path.name.partition(".")[0], "reason": _UNKNOWN, "at": at}
            about["rows"] = path.read_bytes().count(b"\n")
        return Quarantined(path.stem, about["segment"], about["reason"], about["at"], about["rows"], stat.st_size)

    def read(self, name: str) -> bytes:
        """The bytes of an entry. Raises FileNotFoundError."""
        return (self.folder / f"{name}.rows").read_bytes()

    def drop(self, name: str) -> None:
        """Delete an entry for good, durably. Raises FileNotFoundError, OSError."""
        (self.folder / f"{name}.json").unlink(missing_ok=True)
        (self.folder / f"{name}.rows").unlink()
        Disk().sync_folder(self.folder)
