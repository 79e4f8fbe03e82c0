"""Commit: a batch is claimed in the memory of batches, spooled and synced, then confirmed.

Groups never overlap (`GroupCommit`), so a resend that arrives while the first try waits for its
fsync is answered after it: as a duplicate if the first was kept, as new if it was not.
"""

import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import orjson

from collector import telemetry
from collector.intake.seen import Known, Seen, identity
from collector.intake.seen_file import MOST_CLAIMS
from collector.rejection import Reason, Rejected
from collector.spool import GroupCommit, Spool, SpoolFailed, SpoolFull, encode
from collector.spool.frames import MAX_PAYLOAD
from collector.wire.beacon import RejectedEvent

log = telemetry.logger("intake")

RETRY_FULL_SECONDS = 30
RETRY_FAILED_SECONDS = 5


@dataclass(slots=True)
class Entry:
    """A batch on its way: who it is, its record batch (empty when every event was refused), and its receipt:
    what its sender is told, as a JSON object, kept for resends."""

    id: bytes
    record: bytes
    receipt: bytes


Answer = tuple[bytes, bool]
"""A receipt, and whether it is that of an earlier batch."""


@lru_cache(maxsize=1024)
def _plain_receipt(accepted: int) -> bytes:
    return orjson.dumps({"accepted": accepted, "rejected": []})


_LONG_RECEIPT = 1024
_ZLIB = b"\x78"  # how a zlib stream begins (RFC 1950), and no JSON object


def pack(told: bytes) -> bytes:
    """A receipt as it is kept: a long one, which names many refused events in the same words, compressed."""
    return told if len(told) < _LONG_RECEIPT else zlib.compress(told)


def unpack(kept: bytes) -> bytes:
    """What `pack` took."""
    return zlib.decompress(kept) if kept[:1] == _ZLIB else kept


def receipt(accepted: int, rejected: list[RejectedEvent]) -> bytes:
    """The receipt of a batch."""
    return orjson.dumps({"accepted": accepted, "rejected": rejected}) if rejected else _plain_receipt(accepted)


class Commit:
    """The last step of intake, for one spool."""

    def __init__(self, spool: Spool, seen: Seen) -> None:
        self._spool = spool
        self._seen = seen
        self._group: GroupCommit[Entry, Answer] = GroupCommit(self._commit, most=MOST_CLAIMS)

    async def add(self, entry: Entry) -> Answer:
        """Return when the batch is durable. Raises Rejected (`spool_full`, `spool_failed`, `body_too_large`)."""
        _fits(entry)
        return await self._group.add(entry)

    def submit(self, entry: Entry, done: Callable[[Answer | Exception], None]) -> None:
        """The same for a caller that does not wait: `done` gets the answer or the refusal. Raises Rejected
        (`body_too_large`)."""
        _fits(entry)
        self._group.submit(entry, done)

    def recover(self) -> tuple[int, int]:
        """After a start: bring the memory in line with the spool."""
        return self._seen.recover(_spooled(meta) for meta in self._spool.metas())

    async def idle(self) -> None:
        await self._group.idle()

    async def _commit(self, group: list[Entry]) -> list[Answer | Exception]:
        """The memory is asked on the event loop: it answers in 2 µs an id and waits for no disk, while a thread
        waits half a millisecond for the interpreter each time SQLite gives it back."""
        telemetry.COMMIT_BATCHES.observe(len(group))
        try:
            self._spool.check_room(sum([len(entry.record) + len(entry.receipt) for entry in group]))
        except (SpoolFull, OSError) as error:
            raise _refusal(error) from error
        try:
            found = self._seen.claim([(entry.id, pack(entry.receipt)) for entry in group])
        except sqlite3.Error as error:
            raise _refusal(error) from error
        new = [entry for entry, known in zip(group, found, strict=True) if known is None]
        frames: list[bytes] = []
        for entry in new:
            if entry.record:
                frames += encode(entry.id + pack(entry.receipt), entry.record)
        refusal: Rejected | None = None
        try:
            if frames:
                await self._spool.append(b"".join(frames))
            self._seen.confirm()
        except (SpoolFull, SpoolFailed) as error:
            self._release(new)
            refusal = _refusal(error)
        except sqlite3.Error as error:  # spooled and not confirmed: a resend is told so once a later group is
            refusal = _refusal(error)
        except Exception:  # no later watermark may cover them: they would be known and kept nowhere
            self._release(new)
            raise
        if refusal is None and len(new) == len(group):
            return [(entry.receipt, False) for entry in group]
        kept = {entry.id: entry.receipt for entry in new}
        return [_answer(entry, known, kept, refusal) for entry, known in zip(group, found, strict=True)]

    def _release(self, new: list[Entry]) -> None:
        try:
            self._seen.release(entry.id for entry in new)
        except sqlite3.Error as error:
            log.error("refused batches could not be forgotten yet", problem=str(error))


def _fits(entry: Entry) -> None:
    if len(entry.record) > _MOST_RECORD_BYTES - len(entry.receipt):
        raise Rejected(Reason.BODY_TOO_LARGE, "the batch is too large to keep; send smaller batches")


def _answer(
    entry: Entry, known: Known | None, kept: dict[bytes, bytes], refusal: Rejected | None
) -> Answer | Exception:
    if known is None:
        return refusal or (entry.receipt, False)
    if known.durable:
        return unpack(known.receipt), True
    if entry.id in kept:
        return refusal or (kept[entry.id], True)
    return Rejected(
        Reason.SPOOL_FAILED, "another worker is storing this batch; try again", retry_after=RETRY_FAILED_SECONDS
    )


def _refusal(error: SpoolFull | SpoolFailed | OSError | sqlite3.Error) -> Rejected:
    if isinstance(error, sqlite3.Error | OSError):
        log.error("a group could not be kept", problem=str(error))
    if isinstance(error, SpoolFull):
        return Rejected(Reason.SPOOL_FULL, "no room to keep more; try again later", retry_after=RETRY_FULL_SECONDS)
    return Rejected(Reason.SPOOL_FAILED, "could not be kept; try again later", retry_after=RETRY_FAILED_SECONDS)


ID_BYTES = len(identity("", ""))
_MOST_RECORD_BYTES = MAX_PAYLOAD - ID_BYTES


def _spooled(meta: bytes) -> tuple[bytes, bytes]:
    """A frame's meta is the identity, then the receipt."""
    return meta[:ID_BYTES], meta[ID_BYTES:]
