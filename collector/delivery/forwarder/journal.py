"""The journal: what is to be forwarded, what was, and how far it is. One SQLite file, shared by the processes.

Each change is one transaction and on disk when it returns. States of a request: `queued`, `forwarded`, `refused`.
A note (an interaction to forward) is `waiting` until a request holds it, or `refused` where there was no room.
"""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from collector.delivery.forwarder.plan import Draft

_SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (
    event_id TEXT PRIMARY KEY,
    site TEXT NOT NULL, session_id TEXT NOT NULL, user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,         -- the browser's time: what the table is sorted by
    noted_s REAL NOT NULL,
    state TEXT NOT NULL,            -- waiting, planned, done, refused, gone
    request_id TEXT
);
CREATE INDEX IF NOT EXISTS notes_waiting ON notes (noted_s) WHERE state = 'waiting';
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
    created_s REAL NOT NULL, settled_s REAL
);
CREATE INDEX IF NOT EXISTS requests_queued ON requests (number) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS requests_session ON requests (site, session_id);
CREATE TABLE IF NOT EXISTS erasures (
    number INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, body BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''
);
"""


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


_REQUEST = "number, request_id, site, session_id, user_id, items, body, state, reason, attempts, created_s, settled_s"


@dataclass(frozen=True)
class Waiting:
    """The notes of one session that wait for a request: event ids, and the first and last browser time in ms."""

    site: str
    session_id: str
    event_ids: frozenset[str]
    first_ms: int
    last_ms: int


class Journal:
    """An open journal. Its methods use the disk, so they belong on a thread. They raise OSError."""

    def __init__(self, path: Path, *, most_waiting: int, keep_days: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._most = most_waiting
        self._keep_seconds = keep_days * 24 * 3600
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")

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

    # notes

    def note(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Note rows that are to be forwarded; one that is noted already stays as it is. Returns how many were refused
        because too many wait."""
        now = time.time()
        with self._change() as db:
            (waiting,) = db.execute("SELECT count(*) FROM notes WHERE state IN ('waiting', 'planned')").fetchone()
            room = max(0, self._most - int(waiting))
            db.executemany(
                "INSERT OR IGNORE INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                [
                    (row["event_id"], row["site"], row["session_id"], _user(row), row["at_ms"], now,
                     "waiting" if place < room else "refused")
                    for place, row in enumerate(rows)
                ],
            )  # fmt: skip
        return max(0, len(rows) - int(room))

    def waiting(self, noted_before: float) -> Waiting | None:
        """The session whose notes have waited longest, if any was made before that time (Unix s)."""
        found = self._ask(
            "SELECT site, session_id FROM notes WHERE state = 'waiting' AND noted_s <= ? ORDER BY noted_s LIMIT 1",
            noted_before,
        )
        if not found:
            return None
        site, session_id = found[0]
        notes = self._ask(
            "SELECT event_id, at_ms FROM notes WHERE site = ? AND session_id = ? AND state = 'waiting' "
            "ORDER BY at_ms, rowid LIMIT 1000",
            site, session_id,
        )  # fmt: skip
        times = [at for _, at in notes]
        return Waiting(site, session_id, frozenset(one for one, _ in notes), min(times), max(times))

    def used(self, event_ids: Sequence[str]) -> set[str]:
        """Which of these actions went with an earlier request."""
        found: set[str] = set()
        for start in range(0, len(event_ids), 500):
            some = event_ids[start : start + 500]
            marks = ",".join("?" * len(some))
            found |= {one for (one,) in self._ask(f"SELECT event_id FROM used WHERE event_id IN ({marks})", *some)}
        return found

    def plan(self, waiting: Waiting, drafts: Sequence[Draft]) -> None:
        """Write requests down before their first attempt. Notes that none of them holds are gone: their rows are no
        longer stored."""
        now = time.time()
        with self._change() as db:
            for draft in drafts:
                db.execute(
                    "INSERT INTO requests (request_id, site, session_id, user_id, items, body, state, created_s) "
                    "VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)",
                    (draft.request_id, waiting.site, draft.session_id, draft.user_id, len(draft.items),
                     orjson.dumps(draft.body), now),
                )  # fmt: skip
                db.executemany(
                    "UPDATE notes SET state = 'planned', request_id = ? WHERE event_id = ?",
                    [(draft.request_id, one) for one in draft.said],
                )
                db.executemany(
                    "INSERT OR IGNORE INTO used VALUES (?, ?, ?)",
                    [(one, draft.request_id, now) for one in draft.context],
                )
            held = {one for draft in drafts for one in draft.said}
            db.executemany(
                "UPDATE notes SET state = 'gone' WHERE event_id = ? AND state = 'waiting'",
                [(one,) for one in waiting.event_ids - held],
            )

    # requests

    def load(self) -> tuple[int, int]:
        """How many notes wait for a request, and how many requests for their turn."""
        ((waiting,),) = self._ask("SELECT count(*) FROM notes WHERE state = 'waiting'")
        ((queued,),) = self._ask("SELECT count(*) FROM requests WHERE state = 'queued'")
        return waiting, queued

    def due(self, now: float) -> Request | None:
        """The oldest request that may be tried, and that no older one of its session holds back."""
        found = self._ask(
            f"SELECT {_REQUEST} FROM requests AS one WHERE state = 'queued' AND next_s <= ? AND NOT EXISTS ("
            "SELECT 1 FROM requests AS older WHERE older.site = one.site AND older.session_id = one.session_id "
            "AND older.state = 'queued' AND older.number < one.number) ORDER BY number LIMIT 1",
            now,
        )
        return Request(*found[0]) if found else None

    def attempt(self, request: Request) -> None:
        """Note, before an attempt, that one is made: from here on the server may have it."""
        with self._change() as db:
            db.execute("UPDATE requests SET attempts = attempts + 1 WHERE number = ?", (request.number,))

    def settle(self, request: Request, state: str, reason: str = "") -> None:
        """A request is `forwarded` or `refused`. One that was forgotten meanwhile stays so."""
        keep = "body" if state == "refused" else "NULL"
        with self._change() as db:
            db.execute(
                f"UPDATE requests SET state = ?, reason = ?, settled_s = ?, body = {keep} WHERE number = ?",
                (state, reason, time.time(), request.number),
            )
            if state == "forwarded":
                db.execute("UPDATE notes SET state = 'done' WHERE request_id = ?", (request.request_id,))

    def postpone(self, request: Request, reason: str, seconds: float) -> None:
        with self._change() as db:
            db.execute(
                "UPDATE requests SET reason = ?, next_s = ? WHERE number = ?",
                (reason, time.time() + seconds, request.number),
            )

    def replace_body(self, request: Request, body: bytes, reason: str) -> None:
        """Change what a request that the server refused whole will send."""
        with self._change() as db:
            db.execute("UPDATE requests SET body = ?, reason = ? WHERE number = ?", (body, reason, request.number))

    def listed(
        self, state: str = "", *, sites: Sequence[str] | None = None, below: int = 2**62, limit: int = 100
    ) -> list[Request]:
        """Requests, newest first; of some sites, or of all."""
        found = self._ask(
            f"SELECT {_REQUEST} FROM requests WHERE (? = '' OR state = ?) AND number < ? AND {_of(sites)} "
            "ORDER BY number DESC LIMIT ?",
            state, state, below, *(sites or ()), limit,
        )  # fmt: skip
        return [Request(*one) for one in found]

    def find(self, request_id: str) -> Request | None:
        found = self._ask(f"SELECT {_REQUEST} FROM requests WHERE request_id = ?", request_id)
        return Request(*found[0]) if found else None

    def members(self, request_id: str) -> list[str]:
        """The ids of the conversational interactions a request holds, in order of time."""
        return [
            one
            for (one,) in self._ask("SELECT event_id FROM notes WHERE request_id = ? ORDER BY at_ms, rowid", request_id)
        ]

    def counts(self, sites: Sequence[str] | None = None) -> dict[str, int]:
        """How many notes wait or had no room, and requests by state."""
        some = sites or ()
        requests = dict(self._ask(f"SELECT state, count(*) FROM requests WHERE {_of(sites)} GROUP BY state", *some))
        notes = dict(
            self._ask(
                f"SELECT state, count(*) FROM notes WHERE state IN ('waiting', 'refused') AND {_of(sites)} GROUP BY state",
                *some,
            )
        )
        return {
            "waiting": notes.get("waiting", 0),
            "no_room": notes.get("refused", 0),
            **{state: requests.get(state, 0) for state in ("queued", "forwarded", "refused")},
        }

    def retry(self, request_id: str | None = None) -> int:
        """Queue refused requests again, or all of them and the notes that found no room. Returns how many."""
        with self._change() as db:
            which = "AND request_id = ?" if request_id else ""
            changed = db.execute(
                f"UPDATE requests SET state = 'queued', next_s = 0 WHERE state = 'refused' {which}",
                (request_id,) if request_id else (),
            ).rowcount
            if not request_id:
                changed += db.execute("UPDATE notes SET state = 'waiting' WHERE state = 'refused'").rowcount
        return changed

    def drop(self, request_id: str) -> bool:
        """Take a refused request out for good; what it held is not forwarded."""
        with self._change() as db:
            gone = db.execute("DELETE FROM requests WHERE request_id = ? AND state = 'refused'", (request_id,)).rowcount
            if gone:
                db.execute("UPDATE notes SET state = 'gone', request_id = NULL WHERE request_id = ?", (request_id,))
        return gone > 0

    def prune(self) -> None:
        """Forget what is older than the interactions themselves: until then an erasure must find it."""
        before = time.time() - self._keep_seconds
        with self._change() as db:
            db.execute("DELETE FROM notes WHERE noted_s < ? AND state IN ('done', 'gone')", (before,))
            db.execute("DELETE FROM used WHERE at_s < ?", (before,))
            db.execute("DELETE FROM requests WHERE settled_s < ? AND state = 'forwarded'", (before,))

    # erasure

    def forget_events(self, event_ids: Iterable[str]) -> None:
        """Erase interactions, here and on the server: a request that holds one is deleted there if an attempt was
        made, and what else it held goes in a new one."""
        with self._change() as db:
            for event_id in event_ids:
                found = db.execute(
                    "SELECT request_id FROM notes WHERE event_id = ? AND request_id IS NOT NULL "
                    "UNION SELECT request_id FROM used WHERE event_id = ?",
                    (event_id, event_id),
                ).fetchall()
                for (request_id,) in found:
                    _undo(db, request_id)
                db.execute("UPDATE notes SET state = 'gone', request_id = NULL WHERE event_id = ?", (event_id,))

    def forget_session(self, site: str, session_id: str) -> None:
        """Erase a session, here and on the server."""
        self._forget_requests("site = ? AND session_id = ?", (site, session_id))

    def forget_user(self, site: str, user_id: str) -> None:
        """Erase a user, here and on the server."""
        self._forget_requests("site = ? AND user_id = ?", (site, user_id))

    def forget_site(self, site: str) -> None:
        """Erase everything of a site, here and on the server."""
        self._forget_requests("site = ?", (site,))

    def _forget_requests(self, which: str, values: tuple[str, ...]) -> None:
        with self._change() as db:
            for (request_id,) in db.execute(f"SELECT request_id FROM requests WHERE {which}", values).fetchall():
                _undo(db, request_id)
            db.execute(f"UPDATE notes SET state = 'gone', request_id = NULL WHERE {which}", values)

    def sites(self) -> list[str]:
        """All sites it knows of."""
        return [site for (site,) in self._ask("SELECT site FROM notes UNION SELECT site FROM requests")]

    def erasure(self) -> tuple[int, str, dict[str, Any], int] | None:
        """The oldest erasure the server is to be told: number, path, body, attempts so far."""
        found = self._ask("SELECT number, path, body, attempts FROM erasures ORDER BY number LIMIT 1")
        return (found[0][0], found[0][1], orjson.loads(found[0][2]), found[0][3]) if found else None

    def erased(self, number: int) -> None:
        with self._change() as db:
            db.execute("DELETE FROM erasures WHERE number = ?", (number,))

    def erase_again(self, number: int, reason: str) -> None:
        with self._change() as db:
            db.execute("UPDATE erasures SET attempts = attempts + 1, reason = ? WHERE number = ?", (reason, number))

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _undo(db: sqlite3.Connection, request_id: str) -> None:
    """Take a request back: tell the server if it may have it, and let its members wait for a new one."""
    found = db.execute("SELECT attempts FROM requests WHERE request_id = ?", (request_id,)).fetchone()
    if found and found[0]:
        body = orjson.dumps({"request_id": request_id})
        db.execute("INSERT INTO erasures (path, body) VALUES ('/api/delete_request', ?)", (body,))
    db.execute("DELETE FROM requests WHERE request_id = ?", (request_id,))
    db.execute("DELETE FROM used WHERE request_id = ?", (request_id,))
    db.execute("UPDATE notes SET state = 'waiting', request_id = NULL WHERE request_id = ?", (request_id,))


def _of(sites: Sequence[str] | None) -> str:
    return "1" if sites is None else f"site IN ({','.join('?' * len(sites))})"


def _user(row: Mapping[str, Any]) -> str:
    return row.get("user_id") or row.get("visitor_id") or f"anon:{row['session_id']}"
