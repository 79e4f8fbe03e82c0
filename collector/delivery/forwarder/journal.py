"""The journal: what is to be forwarded, what was, and how far it is."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from collector.delivery.forwarder.book import REQUEST, Request, Waiting
from collector.delivery.forwarder.erasing import Erasing, came_ms
from collector.delivery.forwarder.plan import Draft

MISSED_AGAIN_SECONDS = 5.0
"""After so long what was not found is looked for again, others first."""
_NOTE = """
INSERT INTO notes (event_id, site, session_id, user_id, at_ms, noted_s, state, came_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (event_id) DO UPDATE SET
    site = excluded.site, session_id = excluded.session_id, user_id = excluded.user_id, at_ms = excluded.at_ms,
    noted_s = excluded.noted_s, state = excluded.state, came_ms = excluded.came_ms, request_id = NULL, missed_s = NULL
WHERE state = 'gone' AND came_ms < excluded.came_ms
"""


class Journal(Erasing):
    """An open journal. Its methods use the disk, so they belong on a thread. They raise OSError."""

    # notes

    def note(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Note rows that are to be forwarded; one that is noted already stays as it is, but what was deleted and has
        come anew, as a publish that is made again, begins anew. Returns how many were refused because too many wait."""
        now = time.time()
        with self._change() as db:
            (waiting,) = db.execute("SELECT count(*) FROM notes WHERE state IN ('waiting', 'planned')").fetchone()
            room = max(0, self._most - int(waiting))
            db.executemany(
                _NOTE,
                [
                    (row["event_id"], row["site"], row["session_id"], _user(row), row["at_ms"], now,
                     "waiting" if place < room else "refused", came_ms(row))
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
        return Waiting(site, session_id, dict(notes))

    def used(self, event_ids: Sequence[str]) -> set[str]:
        """Which of these actions went with an earlier request."""
        found: set[str] = set()
        for start in range(0, len(event_ids), 500):
            some = event_ids[start : start + 500]
            marks = ",".join("?" * len(some))
            found |= {one for (one,) in self._ask(f"SELECT event_id FROM used WHERE event_id IN ({marks})", *some)}
        return found

    def plan(
        self, waiting: Waiting, drafts: Sequence[Draft], *, whole: bool = True, patience_seconds: float = 0.0
    ) -> int:
        """Write requests down before their first attempt. Where `whole`, all rows of that time were looked at: notes
        that no request holds are gone once they have been missed for so long, since their rows are no longer stored.
        Returns how many."""
        now = time.time()
        with self._change() as db:
            for draft in drafts:
                db.execute(
                    "INSERT INTO requests (request_id, site, session_id, user_id, items, body, state, created_s, "
                    "came_ms) VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?)",
                    (draft.request_id, waiting.site, draft.session_id, draft.user_id, len(draft.items),
                     orjson.dumps(draft.body), now, draft.came_ms),
                )  # fmt: skip
                db.executemany(
                    "UPDATE notes SET state = 'planned', request_id = ?, missed_s = NULL WHERE event_id = ?",
                    [(draft.request_id, one) for one in draft.said],
                )
                db.executemany(
                    "INSERT OR IGNORE INTO used VALUES (?, ?, ?)",
                    [(one, draft.request_id, now) for one in draft.context],
                )
            held = {one for draft in drafts for one in draft.said}
            missed = [one for one in waiting.event_ids - held if whole]
            db.executemany(
                "UPDATE notes SET missed_s = coalesce(missed_s, ?), noted_s = ? WHERE event_id = ? AND state = 'waiting'",
                [(now, now + MISSED_AGAIN_SECONDS, one) for one in missed],
            )
            return db.executemany(
                "UPDATE notes SET state = 'gone' WHERE event_id = ? AND state = 'waiting' AND missed_s <= ?",
                [(one, now - patience_seconds) for one in missed],
            ).rowcount

    # requests

    def load(self) -> tuple[int, int]:
        """How many notes wait for a request, and how many requests for their turn."""
        ((waiting,),) = self._ask("SELECT count(*) FROM notes WHERE state = 'waiting'")
        ((queued,),) = self._ask("SELECT count(*) FROM requests WHERE state = 'queued'")
        return waiting, queued

    def ahead(self, now: float) -> int:
        """How many requests wait for nothing but their turn."""
        ((ready,),) = self._ask("SELECT count(*) FROM requests WHERE state = 'queued' AND next_s <= ?", now)
        return int(ready)

    def due(self, now: float) -> Request | None:
        """The oldest request that may be tried, and that no older one of its session holds back."""
        found = self._ask(
            f"SELECT {REQUEST} FROM requests AS one WHERE state = 'queued' AND next_s <= ? AND NOT EXISTS ("
            "SELECT 1 FROM requests AS older WHERE older.site = one.site AND older.session_id = one.session_id "
            "AND older.state = 'queued' AND older.number < one.number) ORDER BY number LIMIT 1",
            now,
        )
        return Request(*found[0]) if found else None

    def attempt(self, request: Request) -> bool:
        """Note, before an attempt, that one is made: from here on the server may have it. False: it was forgotten or
        settled meanwhile and must not be sent, since no erasure would follow it."""
        with self._change() as db:
            noted = db.execute(
                "UPDATE requests SET attempts = attempts + 1 WHERE number = ? AND state = 'queued'", (request.number,)
            ).rowcount
        return noted > 0

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
            f"SELECT {REQUEST} FROM requests WHERE (? = '' OR state = ?) AND state != 'dropped' AND number < ? "
            f"AND {_of(sites)} ORDER BY number DESC LIMIT ?",
            state, state, below, *(sites or ()), limit,
        )  # fmt: skip
        return [Request(*one) for one in found]

    def find(self, request_id: str) -> Request | None:
        found = self._ask(f"SELECT {REQUEST} FROM requests WHERE request_id = ? AND state != 'dropped'", request_id)
        return Request(*found[0]) if found else None

    def members(self, request_id: str) -> list[str]:
        """The ids of the conversational interactions a request holds, in order of time."""
        return [
            one
            for (one,) in self._ask("SELECT event_id FROM notes WHERE request_id = ? ORDER BY at_ms, rowid", request_id)
        ]

    def sites(self) -> list[str]:
        """All sites it knows of."""
        return [site for (site,) in self._ask("SELECT site FROM notes UNION SELECT site FROM requests")]

    def counts(self, sites: Sequence[str] | None = None) -> dict[str, int]:
        """How many notes wait or had no room, and requests by state."""
        some = sites or ()
        requests = dict(self._ask(f"SELECT state, count(*) FROM requests WHERE {_of(sites)} GROUP BY state", *some))
        ((waiting,),) = self._ask(f"SELECT count(*) FROM notes WHERE state = 'waiting' AND {_of(sites)}", *some)
        ((no_room,),) = self._ask(f"SELECT count(*) FROM notes WHERE state = 'refused' AND {_of(sites)}", *some)
        return {
            "waiting": waiting,
            "no_room": no_room,
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
        """Take a refused request out for good; what it held is not forwarded. That it was stays known: the server may
        have taken some of it in, and is to be told of an erasure."""
        with self._change() as db:
            gone = db.execute(
                "UPDATE requests SET state = 'dropped', body = NULL WHERE request_id = ? AND state = 'refused'",
                (request_id,),
            ).rowcount
            if gone:
                db.execute("UPDATE notes SET state = 'gone' WHERE request_id = ?", (request_id,))
        return gone > 0

    def prune(self) -> None:
        """Forget what is older than the interactions themselves: until then an erasure must find it."""
        before = time.time() - self._keep_seconds
        with self._change() as db:
            db.execute("DELETE FROM notes WHERE noted_s < ? AND state IN ('done', 'gone')", (before,))
            db.execute("DELETE FROM used WHERE at_s < ?", (before,))
            db.execute("DELETE FROM requests WHERE settled_s < ? AND state IN ('forwarded', 'dropped')", (before,))


def _of(sites: Sequence[str] | None) -> str:
    return "1" if sites is None else f"site IN ({','.join('?' * len(sites))})"


def _user(row: Mapping[str, Any]) -> str:
    return row.get("user_id") or row.get("visitor_id") or f"anon:{row['session_id']}"
