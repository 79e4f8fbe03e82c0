"""What waits to be stored and shows a picture: the table does not know of it yet, but the picture must stay."""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from collector import recordbatch
from collector.delivery.replay import entries
from collector.erasure.tombstones import Tombstones
from collector.spool import Frame, scan
from collector.spool.folder import SEALED

Picture = tuple[str, str]
"""Site and address."""

_ADDRESS = re.compile(rb"/images/[0-9a-f]{64}")


def shown(data_dir: Path, pictures: Collection[Picture], stones: Tombstones) -> set[Picture]:
    """Which of these pictures are shown by something that waits and is not deleted. Ask the table after it: what is
    delivered meanwhile is found there. Raises OSError."""
    wanted = {address.encode() for _, address in pictures}
    found: set[Picture] = set()
    for batch in _batches(data_dir, wanted):
        with suppress(ValueError, KeyError, TypeError, AttributeError):  # damaged bytes hold nothing whole
            if kept := stones.strip(batch):
                found |= {(row["site"], row.get("interacted_image_url", "")) for row in recordbatch.rows(kept)}
    return found & set(pictures)


def _batches(data_dir: Path, wanted: Collection[bytes]) -> Iterator[bytes]:
    """The record batches that hold one of these addresses."""
    yield from _in_quarantine(data_dir, wanted)
    for kind in ("*/*.open", f"*/*{SEALED}"):  # in this order: an open one may be sealed meanwhile
        for path in (data_dir / "spool").glob(kind):
            data = _read(path)
            if _has(data, wanted):
                yield from [part.body for part in scan(data) if isinstance(part, Frame) and _has(part.body, wanted)]
    yield from _in_quarantine(data_dir, wanted)  # again: a replay takes out of it, a writer puts into it


def _in_quarantine(data_dir: Path, wanted: Collection[bytes]) -> Iterator[bytes]:
    for entry in entries(data_dir):
        with suppress(FileNotFoundError):  # replayed or dropped meanwhile
            yield from [line for line in entry.read().splitlines(keepends=True) if _has(line, wanted)]


def _read(path: Path) -> bytes:
    """A segment; nothing when it was sealed, and is yet to come, or delivered meanwhile."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


def _has(data: bytes, wanted: Collection[bytes]) -> bool:
    return any(address in wanted for address in _ADDRESS.findall(data))
