"""What is erased here is taken out of the journal, and the server is told of what it may have."""

import math
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from collector.delivery.forwarder.book import Book
from collector.intake.clock import came


@dataclass(frozen=True)
class Erasure:
    """A delete the server has not confirmed yet."""

    number: int
    path: str
    body: dict[str, Any]
    attempts: int


class Erasing(Book):
    """The journal's part for erasures."""

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

    def forget_session(self, site: str, session_id: str, at_ms: int, ahead_ms: int = 0) -> None:
        """Erase what came of a session until then (Unix ms), here and on the server; also what came, by a clock that
        was ahead, at a time still to come, up to `ahead_ms`."""
        self._forget("site = ? AND session_id = ?", (site, session_id), at_ms, ahead_ms)

    def forget_user(self, site: str, user_id: str, at_ms: int, ahead_ms: int = 0) -> None:
        """Erase what came of a user until then, here and on the server."""
        self._forget("site = ? AND user_id = ?", (site, user_id), at_ms, ahead_ms)

    def forget_site(self, site: str, at_ms: int, ahead_ms: int = 0) -> None:
        """Erase everything that came of a site until then, here and on the server."""
        self._forget("site = ?", (site,), at_ms, ahead_ms)

    def _forget(self, which: str, values: tuple[str, ...], at_ms: int, ahead_ms: int) -> None:
        """A deletion is carried out more than once, and what came after it must stay. A request that holds some of
        both is undone, and what came after goes in a new one. Rows of an earlier version do not say when they came."""
        meant = (*values, at_ms, time.time() * 1000, ahead_ms)
        with self._change() as db:
            for (request_id,) in db.execute(
                f"SELECT request_id FROM requests WHERE {which} AND {_reached('coalesce(came_ms, 0)')}", meant
            ).fetchall():
                _undo(db, request_id)
            came = "coalesce(came_ms, min(at_ms, noted_s * 1000))"
            db.execute(f"UPDATE notes SET state = 'gone', request_id = NULL WHERE {which} AND {_reached(came)}", meant)

    def erasure(self, now: float = math.inf) -> Erasure | None:
        """What the server is to be told next, of what is due at that time (Unix s)."""
        found = self._ask(
            "SELECT number, path, body, attempts FROM erasures WHERE coalesce(next_s, 0) <= ? "
            "ORDER BY coalesce(next_s, 0), number LIMIT 1",
            now,
        )
        return Erasure(found[0][0], found[0][1], orjson.loads(found[0][2]), found[0][3]) if found else None

    def erased(self, number: int) -> None:
        with self._change() as db:
            db.execute("DELETE FROM erasures WHERE number = ?", (number,))

    def erase_again(self, number: int, reason: str, seconds: float) -> None:
        with self._change() as db:
            db.execute(
                "UPDATE erasures SET attempts = attempts + 1, reason = ?, next_s = ? WHERE number = ?",
                (reason, time.time() + seconds, number),
            )


def came_ms(row: Mapping[str, Any]) -> int:
    """When a row of the spool came, as deletions measure it (Unix ms)."""
    text = came(row)
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) if text else 0


def _reached(came: str) -> str:
    """As `Reach.covers`; its parameters are until when, now, and until when by a clock that was ahead."""
    return f"({came} <= ? OR ({came} > ? AND {came} <= ?))"


def _undo(db: sqlite3.Connection, request_id: str) -> None:
    """Take a request back: tell the server if it may have it, and let its members wait for a new one, but those of one
    that was dropped."""
    found = db.execute("SELECT attempts FROM requests WHERE request_id = ?", (request_id,)).fetchone()
    if found and found[0]:
        body = orjson.dumps({"request_id": request_id})
        db.execute("INSERT INTO erasures (path, body) VALUES ('/api/delete_request', ?)", (body,))
    db.execute("DELETE FROM requests WHERE request_id = ?", (request_id,))
    db.execute("DELETE FROM used WHERE request_id = ?", (request_id,))
    db.execute(
        "UPDATE notes SET state = iif(state = 'gone', state, 'waiting'), request_id = NULL WHERE request_id = ?",
        (request_id,),
    )
