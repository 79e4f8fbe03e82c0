"""The machine's clock: refused at the start when it can't be right, watched for jumps afterwards.

Times of events are corrected by it (`clock.py`), so that a clock that is off by an hour stores times that are off by
an hour. What arrives is kept all the same, once, with the browser's own time beside it (`at`).
"""

import asyncio
import time
from datetime import UTC, datetime

from collector import telemetry

log = telemetry.logger("clock")

WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)
"""It was later when this was written."""
LOOK_SECONDS = 1.0
JUMP_SECONDS = 2.0


class WrongClock(Exception):
    """The machine's clock can't be right; the message says what to do."""


def check_clock() -> None:
    """Raises WrongClock."""
    now = datetime.now(UTC)
    if now < WRITTEN:
        raise WrongClock(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, which is over; set it first: "
            "what arrives now would be deleted as too old as soon as the clock is right"
        )


async def watch_clock() -> None:
    """Say when the clock jumps, for ever."""
    before = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = time.time() - time.monotonic()
        if abs(now - before) > JUMP_SECONDS:
            telemetry.CLOCK_JUMPS.inc()
            log.warning("the machine's clock jumped; times of events follow it", seconds=round(now - before, 1))
        before = now
