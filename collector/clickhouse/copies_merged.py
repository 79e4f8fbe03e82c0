"""Merges that took copies away while a question ran: it may have read them before, and who looks afterwards finds none.

The engine lists parts for some minutes after they were merged, each with its rows; a merge that left rows out has fewer
than the parts it was made of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ALL_PARTS = """
SELECT partition_id, min_block_number AS first_block, max_block_number AS last_block, level, rows,
    toUnixTimestamp(modification_time) AS modified
FROM system.parts WHERE database = currentDatabase() AND table = '$table'
"""


@dataclass(frozen=True)
class Span:
    """A part of the table, active or merged into another; `modified`: when it was made, Unix s."""

    partition_id: str
    first_block: int
    last_block: int
    level: int
    rows: int
    modified: int

    def holds(self, other: "Span") -> bool:
        """Whether it was made of the other."""
        return (
            self.partition_id == other.partition_id
            and self.first_block <= other.first_block
            and other.last_block <= self.last_block
            and other.level < self.level
        )


def left_rows_out(parts: Sequence[Span], since: int) -> bool:
    """Whether a merge since then (Unix s) has fewer rows than what it was made of, or that is not known any more."""
    return any(_made_of(part, parts) != part.rows for part in parts if part.level and part.modified >= since)


def _made_of(merged: Span, parts: Sequence[Span]) -> int:
    """The rows of those it was made of, as they were last."""
    within = [part for part in parts if merged.holds(part)]
    return sum(part.rows for part in within if not any(other.holds(part) for other in within))
