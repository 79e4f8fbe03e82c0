"""What is known of copies in a table, and the file it is kept in from one start to the next: to look through a hundred
million rows anew takes half a minute, in which questions need FINAL.

The file may be older than the table: what is newer is looked at. It must not be younger, or of another table: blocks
that were never looked at would be taken for known ones. So it names the table by its UUID, and one that knows of blocks
which the table does not have (a backup, a power cut) counts for nothing.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from collector import telemetry

log = telemetry.logger("copyfree")

Copies = Mapping[int, tuple[int, int]]
"""Hours (Unix s) that hold copies: the first and last `created_at` (Unix ms) of these."""


@dataclass(frozen=True)
class Part:
    """An active part of the table; `level`: how often it was merged, `modified`: when it was made, Unix s."""

    name: str
    partition_id: str
    last_block: int
    rows: int
    level: int = 0
    modified: int = 0


@dataclass
class Known:
    """What was looked at, and what was found."""

    blocks: dict[str, int] = field(default_factory=dict)
    """The newest block that was looked at, by partition."""
    copies: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, copies: Copies) -> None:
        """Note where copies are."""
        for hour, (first, last) in copies.items():
            since, until = self.copies.get(hour, (first, last))
            self.copies[hour] = (min(first, since), max(last, until))

    def note(self, parts: Iterable[Part]) -> None:
        """All copies in these parts are known."""
        for part in parts:
            self.blocks[part.partition_id] = max(part.last_block, self.blocks.get(part.partition_id, -1))


def load(path: Path, uuid: str, parts: Iterable[Part]) -> Known:
    """What the file knows of the table with this UUID and these parts; nothing where it does not fit, and then the file
    goes: the table may yet grow to where it would. Raises OSError."""
    known = _read(path, uuid)
    newest = max((part.last_block for part in parts), default=-1)
    if known is None or max(known.blocks.values(), default=-1) > newest:
        path.unlink(missing_ok=True)
        return Known()
    return known


def _read(path: Path, uuid: str) -> Known | None:
    try:
        kept = json.loads(path.read_bytes())
        known = Known(
            {str(partition): int(block) for partition, block in kept["blocks"].items()},
            {int(hour): (int(first), int(last)) for hour, (first, last) in kept["copies"].items()},
        )
        return known if kept["table"] == uuid else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problem = str(error)
        log.warning("what was known of copies can't be read; they are looked for anew", path=str(path), problem=problem)
        return None


def save(path: Path, uuid: str, known: Known) -> None:
    """Keep it. Raises OSError."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(json.dumps({"table": uuid, "blocks": known.blocks, "copies": known.copies}))
    os.replace(temporary, path)
