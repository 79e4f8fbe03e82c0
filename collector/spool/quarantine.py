"""Quarantine: what was accepted and can never be delivered, kept where a person can look at it.

quarantine/<segment>.<n>.json     {"segment", "reason", "at", "rows"}: why, in words
quarantine/<segment>.<n>.rows     the bytes, for interactions one record batch a line
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.spool.disk import Disk


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
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def entries(self) -> Iterator[Quarantined]:
        """All entries, oldest segment first."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.glob("*.json")):
            about = json.loads(path.read_bytes())
            size = path.with_suffix(".rows").stat().st_size
            yield Quarantined(path.stem, about["segment"], about["reason"], about["at"], about["rows"], size)

    def read(self, name: str) -> bytes:
        """The bytes of an entry. Raises FileNotFoundError."""
        return (self.folder / f"{name}.rows").read_bytes()

    def drop(self, name: str) -> None:
        """Delete an entry for good. Raises FileNotFoundError."""
        (self.folder / f"{name}.json").unlink()
        (self.folder / f"{name}.rows").unlink()
