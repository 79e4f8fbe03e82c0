"""A machine's clock that a test sets while the collector runs: Debian's `faketime`, preloaded."""

from pathlib import Path

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


class Clock:
    """Goes by the true time plus `set` seconds; the monotonic clock is left alone, as by a real jump."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.environment = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        self.set(0)

    def set(self, seconds: float) -> None:
        """Jump to so many seconds ahead of the true time; negative: behind. Within a second it has."""
        following = self._file.with_suffix(".new")
        following.write_text(f"{seconds:+f}\n")
        following.replace(self._file)
