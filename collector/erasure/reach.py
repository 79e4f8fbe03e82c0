"""How far a tombstone reaches in time, also where the machine's clock was wrong.

A deletion means what came before it, and `at` tells when that was. Two things a clock that was ahead leaves behind:
* It is put back after the deletion: what comes next would seem to have come before. So `at` is moved to where it is by
  the clock as it is now, which the time since then on the monotonic clock tells; what it was is kept in `ahead`.
* What came while it was ahead has a time that is still to come. It is meant up to `ahead`, while that is so.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from collector.intake.normalize import stamp

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
EVER = 7_258_118_400_000
"""2200: what the engine's column can hold."""


def wall() -> int:
    """The machine's clock, Unix ms."""
    return time.time_ns() // 1_000_000


def _boot() -> str:
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


BOOT = _boot()
"""Names the start of the machine; empty where it has no name."""


def steady() -> str:
    """A moment that no change of the clock moves: `<boot>/<ms since then>`."""
    return f"{BOOT}/{time.monotonic_ns() // 1_000_000}"


def by_this_clock(moment: str, now: int) -> int:
    """When a steady moment was, by the clock as it is now (`now`, Unix ms); of another start of the machine it is
    known that it was before."""
    boot, _, since = moment.partition("/")
    if not boot or boot != BOOT:
        return now
    return now - max(0, time.monotonic_ns() // 1_000_000 - int(since))


@dataclass
class Reach:
    """Of one tombstone, in times as record batches write them. `ahead` is empty where no clock was."""

    at: str
    ahead: str = ""

    def covers(self, came: str, received: str) -> bool:
        """Whether it means what came then. What was received later than now was so by a clock that was ahead."""
        return came <= self.at or (bool(self.ahead) and stamp(wall()) < received <= self.ahead)
