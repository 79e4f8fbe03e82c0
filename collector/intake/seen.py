"""The memory of batches: which ids were accepted in the last day or more, and what was answered.

SQLite in WAL mode, one file shared by the workers on one data folder. The ids of a group are
*claimed* before its frames are written and *confirmed* after their fsync; a claim is durable when
its number is at most its owner's watermark. What a crash can leave:

- kill: claims above the watermark. `recover` keeps those whose frame is in the spool and releases
  the others.
- power cut: the newest changes may be missing. `recover` adds the ids of all frames again, and
  `seen_file.sync` makes the memory durable before a segment, and so its frames, are deleted.

The key begins with the batch id, not with a hash of it: version 7 ids grow, so that the pages of a
group lie side by side (2 µs an id; a random key costs 10 to 20 µs and a page of log each).

A claim is one statement and a confirmation another: SQLite gives the interpreter up and takes it back
at each, which under load costs more than the rows. Both are for the event loop: nothing here syncs, and who
writes first after the log was copied back, and so syncs its header, is a thread of `seen_file.py`; only what comes in that
very moment waits for it.
"""

import asyncio
import fcntl
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from collector import telemetry
from collector.intake.seen_file import connect, now, open_file

log = telemetry.logger("intake")

_UUID_LENGTH = 36
_ID_LENGTH = 16
_PLAIN_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    id BLOB PRIMARY KEY,            -- identity()
    owner INTEGER NOT NULL,         -- the worker whose spool holds it
    claim INTEGER NOT NULL,         -- number of the group it came in
    at INTEGER NOT NULL,            -- Unix time in s
    receipt BLOB NOT NULL           -- what was answered
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (
    owner INTEGER PRIMARY KEY,
    watermark INTEGER NOT NULL      -- claims up to here are durable
);
"""


def identity(site: str, batch_id: str) -> bytes:
    """The bytes by which a batch of a site is known: a UUID's own bytes in front, any other id's digest."""
    tail = _site_digest(site)
    if len(batch_id) == _UUID_LENGTH:
        try:
            own = bytes.fromhex(batch_id.replace("-", ""))
        except ValueError:
            own = b""
        if len(own) == _ID_LENGTH:
            return own + tail
    return _digest(batch_id) + tail


def request_identity(site: str, request_id: str) -> bytes:
    """The same of a publish, whose id may be any text: in capitals or with spaces a UUID is another id."""
    if _PLAIN_UUID.fullmatch(request_id):
        return identity(site, request_id)
    return _digest(request_id) + _site_digest(site)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_ID_LENGTH).digest()


@cache
def _site_digest(site: str) -> bytes:
    return hashlib.blake2b(site.encode(), digest_size=4).digest()


@dataclass(frozen=True, slots=True)
class Known:
    """A batch that was here before: what it was answered, and whether that is durable yet (it may be
    under way in this group or in another worker)."""

    receipt: bytes
    durable: bool


@cache
def _claim_statement(count: int) -> str:
    values = ", ".join(f"(?{4 + 2 * number}, ?1, ?2, ?3, ?{5 + 2 * number})" for number in range(count))
    return f"INSERT OR IGNORE INTO seen VALUES {values}"


class Seen:
    """The memory, as one worker sees it; `alone` where there are no others. Calls take microseconds; not two at once."""

    def __init__(self, path: Path, owner: int, *, alone: bool = False) -> None:
        self.path = path
        self.owner = owner
        # SQLite waits for a lock by sleeping milliseconds; the kernel wakes who waits for this one at once
        self._turn = None if alone else open(path.with_suffix(".lock"), "ab")  # noqa: SIM115 - open as long as we are
        with self._my_turn():  # two that make the file at once would find it locked, and SQLite does not wait then
            self._db = open_file(path)
            self._db.executescript(_SCHEMA)
        self._db.execute("INSERT INTO owners VALUES (?, 0) ON CONFLICT DO NOTHING", (owner,))
        self._claim = self._watermark()
        self._owed: list[tuple[bytes, int, int]] = []

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commits, or rolls back and raises sqlite3.Error."""
        with self._my_turn(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def _watermark(self) -> int:
        row = self._db.execute("SELECT watermark FROM owners WHERE owner = ?", (self.owner,)).fetchone()
        return int(row[0])

    def claim(self, items: Sequence[tuple[bytes, bytes]]) -> list[Known | None]:
        """Claim at most MOST_CLAIMS `(identity, receipt)` pairs as one group: None for a new one, else what is known.

        Of two equal identities in one call the second is known and, like the first, not durable.
        Raises sqlite3.Error; what was claimed is released before the next claim.
        """
        self._claim += 1
        if self._owed:
            self._release_owed()
        statement = _claim_statement(len(items))
        values: list[object] = [self.owner, self._claim, now()]
        for item in items:
            values += item
        try:
            with self._my_turn():
                if self._db.execute(statement, values).rowcount == len(items):
                    return [None] * len(items)
            with self._transaction():
                self._db.execute(statement, values)  # what a worker released or pruned since is new after all
                return self._tell_apart([item for item, _ in items])
        except sqlite3.Error:
            self._owed += [(item, self.owner, self._claim) for item, _ in items]  # some may be claimed
            raise

    def _tell_apart(self, items: list[bytes]) -> list[Known | None]:
        """Some were known: a row of this claim is new the first time it is met."""
        found: list[Known | None] = []
        met: set[bytes] = set()
        for item in items:
            owner, claim = self._db.execute("SELECT owner, claim FROM seen WHERE id = ?", (item,)).fetchone()
            new = owner == self.owner and claim == self._claim and item not in met
            met.add(item)
            found.append(None if new else self.find(item))
        return found

    def find(self, item: bytes) -> Known | None:
        """What is known of an identity."""
        row = self._db.execute(
            "SELECT receipt, claim <= watermark FROM seen JOIN owners USING (owner) WHERE id = ?", (item,)
        ).fetchone()
        return Known(row[0], bool(row[1])) if row else None

    def confirm(self) -> None:
        """The frames of the last claim are durable. Raises sqlite3.Error; a later call makes up for it."""
        with self._my_turn():
            self._db.execute("UPDATE owners SET watermark = ? WHERE owner = ?", (self._claim, self.owner))

    def release(self, items: Iterable[bytes]) -> None:
        """These identities, claimed last, were not kept: a resend is new. Where the disk refuses even this,
        it raises sqlite3.Error and the next claim does it first, so that no later watermark covers them."""
        self._owed += [(item, self.owner, self._claim) for item in items]
        self._release_owed()

    def _release_owed(self) -> None:
        with self._transaction():
            self._db.executemany("DELETE FROM seen WHERE id = ? AND owner = ? AND claim = ?", self._owed)
        self._owed.clear()

    def recover(self, spooled: Iterable[tuple[bytes, bytes]]) -> tuple[int, int]:
        """Bring the memory in line with the spool after a start: `spooled` are the `(identity, receipt)`
        of all its frames. Returns how many ids were added or kept, and how many claims released."""
        at = now()
        watermark = self._watermark()
        with self._transaction():
            added = 0
            for item, receipt in spooled:
                added += self._db.execute(
                    "INSERT INTO seen VALUES (?1, ?2, ?3, ?4, ?5) "
                    "ON CONFLICT (id) DO UPDATE SET claim = ?3 WHERE owner = ?2 AND claim > ?3",
                    (item, self.owner, watermark, at, receipt),
                ).rowcount
            released = self._db.execute(
                "DELETE FROM seen WHERE owner = ? AND claim > ?", (self.owner, watermark)
            ).rowcount
        return added, released

    def close(self) -> None:
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:  # the log stays, and the next start reads it
            log.warning("the memory of batches could not be copied back", path=str(self.path), problem=str(error))
        self._db.close()
        if self._turn:
            self._turn.close()


async def known_publishes(path: Path, request_id: str, sites: Iterable[str]) -> list[bytes]:
    """The identities of the publishes of this id, to any of the sites, that the memory at `path` knows, of any process.
    Raises sqlite3.Error."""

    def look() -> list[bytes]:
        items = [request_identity(site, request_id) for site in sites]
        holes = ", ".join("?" * len(items))
        with closing(connect(path)) as db:
            return [item for (item,) in db.execute(f"SELECT id FROM seen WHERE id IN ({holes})", items)]

    return await asyncio.to_thread(look)
