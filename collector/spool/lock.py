"""One process a spool: its lock."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

LOCK_SECONDS = 2
"""A process that was killed may take a moment to be gone."""


class SpoolBusy(Exception):
    """Another process holds this spool."""


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether a process holds this spool."""
    try:
        with open(path, "a+", encoding="ascii") as file:
            return not _try_lock(file)
    except FileNotFoundError:
        return False


def hold(path: Path) -> IO[str]:
    """Lock a spool until the file that is returned is closed, or this process ends. Raises SpoolBusy, OSError."""
    file = open(path, "a+", encoding="ascii")  # noqa: SIM115 - held until close()
    deadline = time.monotonic() + LOCK_SECONDS
    while not _try_lock(file):
        if time.monotonic() < deadline:
            time.sleep(0.05)
            continue
        file.close()
        raise SpoolBusy(
            f"{path.parent} is in use by another collector; stop it, or give this one its own COLLECTOR_DATA_DIR"
        )
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
