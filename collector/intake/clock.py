"""Clock correction: a browser whose clock is off by more than 5 s has all its times moved by the difference; and when
what is stored came."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from collector.intake.check import Checked, refusal, remove
from collector.intake.normalize import stamp
from collector.rejection import Reason

TOLERANCE_MS = 5_000
AHEAD_MS = 24 * 3600 * 1000
DAY_MS = 24 * 3600 * 1000
_AT = attrgetter("at_ms")
_EARLIEST, _LATEST = 0, 7_258_118_400_000  # 1970 and 2200: what the engine's column can hold


def correct(checked: Checked, *, received_at: int, retention_days: int) -> int:
    """What to add to the batch's times, in ms; events that are out of range after it move to `rejected`."""
    offset: int = received_at - checked.batch.sent_at
    if -TOLERANCE_MS <= offset <= TOLERANCE_MS:
        offset = 0
    low = max(received_at - retention_days * DAY_MS - offset, _EARLIEST)
    high = min(received_at + AHEAD_MS - offset, _LATEST)
    times = [*map(_AT, checked.events)]
    if times and (min(times) < low or max(times) > high):
        message = f"at: must be at most 24 h ahead and {retention_days} days old"
        faulty = {
            position: refusal(-1, event.event_id, Reason.TIMESTAMP_OUT_OF_RANGE, message, "at")
            for position, event in enumerate(checked.events)
            if not low <= event.at_ms <= high
        }
        remove(checked, faulty)
    return offset


def came(row: Mapping[str, Any]) -> str:
    """When a row came, as deletions measure it (`stamp`): received, or, in a page, happened: a page may send late, and
    again."""
    received: str = row.get("received_at", "")
    return min(received, stamp(row["at_ms"] + (row.get("offset_ms") or 0))) if row.get("visitor_id") else received
