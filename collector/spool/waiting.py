"""What waits in the spools of a data folder, for those that neither write nor deliver it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from collector.spool.folder import SEALED
from collector.spool.frames import Frame, scan

_OPEN = ".open"


def waiting(spools: Path, begin: bytes) -> Iterator[bytes]:
    """The bodies, as far as they were not deleted, of frames whose meta begins so; of each spool the newest segment
    first. Reads the disk, so it belongs on a thread."""
    found = list(spools.glob(f"*/*{_OPEN}"))  # before the sealed ones, or one that is sealed meanwhile is missed
    found += spools.glob(f"*/*{SEALED}")
    for path in sorted(found, key=lambda path: path.name, reverse=True):
        data = _read(path)
        if begin in data:
            for part in scan(data):
                if isinstance(part, Frame) and part.body and part.meta.startswith(begin):
                    yield part.body


def _read(path: Path) -> bytes:
    """Its bytes, also if it was sealed meanwhile; none of one that was delivered."""
    for name in (path, path.with_suffix(SEALED)):
        with suppress(FileNotFoundError):
            return name.read_bytes()
    return b""
