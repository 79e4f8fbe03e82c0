"""The file of the memory of batches: opened, made durable, and kept short. All but `open_file` is for threads."""

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from collector import telemetry

log = telemetry.logger("intake")

KEEP_SECONDS = 26 * 3600
MOST_CLAIMS = 256
_WALK_ROWS = 20_000
_PRUNE_ROWS = 500
_RESTART_PAGES = 16_384
"""A log of so many (64 MiB) begins anew by force, where nobody is in the way."""
LONG_LOG_BYTES = 16 * 1024 * 1024
"""A log of so many is copied back also while nothing is delivered."""
PATIENCE = 60.0
"""Intake waits rather than refuses: who syncs the log's header holds the lock, on a disk that stands still for long."""

_STARTED = time.time() - time.monotonic()


def _steady() -> float:
    """Unix time in s by a clock that is set once, at the start, and only runs; while the machine sleeps it stands."""
    return _STARTED + time.monotonic()


def now() -> int:
    """When an id is taken to have come, Unix s. No jump of the machine's clock, nor a sleep of the machine, makes an id
    look older than it is: it would be forgotten too soon."""
    return int(max(time.time(), _steady()))


def open_file(path: Path) -> sqlite3.Connection:
    """Open the memory; a file that is none is set aside, since beacons are worth more than their memory."""
    try:
        return connect(path, PATIENCE)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        log.error("the memory of batches can't be read; a new one begins, resends may double", kept=str(aside))
        return connect(path, PATIENCE)


def connect(path: Path, patience: float = 10) -> sqlite3.Connection:
    """A connection whose commits wait for no disk, and at most `patience` seconds for one another. Raises
    sqlite3.Error."""
    db = sqlite3.connect(
        path, isolation_level=None, timeout=patience, check_same_thread=False, cached_statements=MOST_CLAIMS + 16
    )
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA wal_autocheckpoint=0")
    return db


def sync(path: Path) -> None:
    """Make all confirmed ids of the memory at `path` durable and copy its log back; takes milliseconds. A log that
    is copied back whole, or has grown long, begins anew where nobody is in the way: intake must not wait for that. On
    a full disk the copying is left to a later call: it needs room, and what the caller deletes next makes some. Raises
    OSError, sqlite3.Error."""
    with suppress(FileNotFoundError):  # closed: everything is in the synced file
        descriptor = os.open(f"{path}-wal", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    with closing(connect(path)) as db:
        try:
            _, frames, copied = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            db.execute("PRAGMA busy_timeout=0")
            if frames > _RESTART_PAGES:
                db.execute("PRAGMA wal_checkpoint(RESTART)")
            if copied == frames or frames > _RESTART_PAGES:
                _begin_log(db)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            log.warning("the memory of batches could not be copied back; the disk is full", path=str(path))


def _begin_log(db: sqlite3.Connection) -> None:
    """Write something that says nothing: who writes first after the log was copied back syncs its header."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.execute(f"PRAGMA user_version = {1 - version}")


def keep_short(path: Path) -> None:
    """Copy a long log back. While nothing can be delivered nobody else does, and it is no part of the spool's budget.
    Raises OSError, sqlite3.Error."""
    with suppress(FileNotFoundError):
        if Path(f"{path}-wal").stat().st_size > LONG_LOG_BYTES:
            sync(path)


def prune(path: Path, keep_seconds: int = KEEP_SECONDS) -> int:
    """Forget ids older than `keep_seconds`; returns how many. The table is walked a piece at a time, since a long
    reader keeps the log from beginning anew, and a few hundred are deleted at once, since intake waits for that.
    Raises sqlite3.Error."""
    forgotten, oldest, last = 0, int(min(time.time(), _steady())) - keep_seconds, b""
    with closing(connect(path)) as db:
        while True:
            piece = "SELECT id FROM seen WHERE id > ? ORDER BY id LIMIT ?"
            end = db.execute(f"SELECT max(id) FROM ({piece})", (last, _WALK_ROWS)).fetchone()[0]
            if end is None:
                return forgotten
            found = db.execute("SELECT id FROM seen WHERE id > ? AND id <= ? AND at < ?", (last, end, oldest))
            old = [item for (item,) in found.fetchall()]
            for place in range(0, len(old), _PRUNE_ROWS):
                few = old[place : place + _PRUNE_ROWS]
                holes = ", ".join("?" * len(few))
                forgotten += db.execute(f"DELETE FROM seen WHERE id IN ({holes}) AND at < ?", (*few, oldest)).rowcount
            last = end
