"""The book the journal is kept in: one SQLite file, shared by the processes.

Each change is one transaction and on disk when it returns. States of a request: `queued`, `forwarded`, `refused`, and
`dropped`, which only erasures see.
A note (an interaction to forward) is `waiting` until a request holds it, or `refused` where there was no room.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (
    event_id TEXT PRIMARY KEY,
    site TEXT NOT NULL, session_id TEXT NOT NULL, user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,         -- the browser's time: what the table is sorted by
    noted_s REAL NOT NULL,
    state TEXT NOT NULL,            -- waiting, planned, done, refused, gone
    request_id TEXT,
    came_ms INTEGER,                -- what an erasure is measured by; see came_ms() in erasing.py
    missed_s REAL                   -- since when its row is looked for in vain
);
CREATE INDEX IF NOT EXISTS notes_turn ON notes (state, noted_s) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS notes_open ON notes (state, site) WHERE state IN ('waiting', 'planned');
CREATE INDEX IF NOT EXISTS notes_refused ON notes (state, site) WHERE state = 'refused';
CREATE INDEX IF NOT EXISTS notes_request ON notes (request_id);
CREATE INDEX IF NOT EXISTS notes_session ON notes (site, session_id);
CREATE TABLE IF NOT EXISTS used (event_id TEXT PRIMARY KEY, request_id TEXT NOT NULL, at_s REAL NOT NULL);
CREATE INDEX IF NOT EXISTS used_request ON used (request_id);
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL UNIQUE,
    site TEXT NOT NULL, session_id TEXT NOT NULL, user_id TEXT NOT NULL,
    items INTEGER NOT NULL,
    body BLOB,                      -- JSON; emptied once forwarded
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_s REAL NOT NULL DEFAULT 0,
    created_s REAL NOT NULL, settled_s REAL,
    came_ms INTEGER                 -- when the first of its items came
);
CREATE INDEX IF NOT EXISTS requests_turn ON requests (state, number, next_s) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS requests_session ON requests (site, session_id);
CREATE TABLE IF NOT EXISTS erasures (
    number INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, body BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', next_s REAL
);
DROP INDEX IF EXISTS notes_waiting; -- of an earlier version
DROP INDEX IF EXISTS requests_queued;
"""
_ADDED = (
    ("notes", "came_ms", "INTEGER"),
    ("notes", "missed_s", "REAL"),
    ("requests", "came_ms", "INTEGER"),
    ("erasures", "next_s", "REAL"),
)
"""Columns that a book of an earlier version has not."""


@dataclass(frozen=True)
class Request:
    """A request as the journal knows it. `body`: the publish, or None once forwarded."""

    number: int
    request_id: str
    site: str
    session_id: str
    user_id: str
    items: int
    body: bytes | None
    state: str
    reason: str
    attempts: int
    created_s: float
    settled_s: float | None


REQUEST = "number, request_id, site, session_id, user_id, items, body, state, reason, attempts, created_s, settled_s"


@dataclass(frozen=True)
class Waiting:
    """The notes of one session that wait for a request: event ids, each with its browser time in ms."""

    site: str
    session_id: str
    at_ms: Mapping[str, int]

    @property
    def event_ids(self) -> frozenset[str]:
        return frozenset(self.at_ms)

    @property
    def first_ms(self) -> int:
        return min(self.at_ms.values())

    @property
    def last_ms(self) -> int:
        return max(self.at_ms.values())

    def first(self) -> "Waiting":
        """Those of the first moment alone."""
        first = self.first_ms
        return replace(self, at_ms={one: at for one, at in self.at_ms.items() if at == first})


class Book:
    """An open book. Its methods use the disk, so they belong on a thread. They raise OSError."""

    def __init__(self, path: Path, *, most_waiting: int, keep_days: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._most = most_waiting
        self._keep_seconds = keep_days * 24 * 3600
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")
        self._add_columns()

    def _add_columns(self) -> None:
        with self._change() as db:
            for table, column, kind in _ADDED:
                if column not in [one[1] for one in db.execute(f"PRAGMA table_info({table})")]:
                    db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise OSError(f"the journal of the forwarder: {error}") from error
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise OSError(f"the journal of the forwarder: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._db.close()
