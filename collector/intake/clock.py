"""Clock correction: a browser whose clock is off by more than 5 s has all its times moved by the difference."""

from collector.intake.check import Checked, refusal, remove
from collector.rejection import Reason

TOLERANCE_MS = 5_000
AHEAD_MS = 24 * 3600 * 1000
DAY_MS = 24 * 3600 * 1000
_EARLIEST, _LATEST = 0, 7_258_118_400_000  # 1970 and 2200: what the engine's column can hold


def correct(checked: Checked, *, received_at: int, retention_days: int) -> list[int]:
    """`created_at` in Unix ms for each event that stays; events out of range move to `rejected`."""
    offset = received_at - checked.batch["sent_at"]
    if -TOLERANCE_MS <= offset <= TOLERANCE_MS:
        offset = 0
    earliest, latest = received_at - retention_days * DAY_MS, received_at + AHEAD_MS
    times = [event["at"] + offset for event in checked.events]
    faulty = {}
    for position, (event, time) in enumerate(zip(checked.events, times, strict=True)):
        if not (earliest <= time <= latest and _EARLIEST <= event["at"] <= _LATEST):
            faulty[position] = refusal(
                -1,
                event["event_id"],
                Reason.TIMESTAMP_OUT_OF_RANGE,
                f"at: must be at most 24 h ahead and {retention_days} days old",
                "at",
            )
    if not faulty:
        return times
    remove(checked, faulty)
    return [time for position, time in enumerate(times) if position not in faulty]
