"""Commit: a batch is claimed in the memory of batches, spooled and synced, then confirmed.

Groups never overlap (`GroupCommit`), so a resend that arrives while the first try waits for its
fsync is answered after it: as a duplicate if the first was kept, as new if it was not.
"""

from dataclasses import dataclass
from typing import TypedDict

import orjson

from collector import telemetry
from collector.intake.seen import Known, Seen, identity
from collector.rejection import Reason, Rejected
from collector.spool import GroupCommit, Spool, SpoolFailed, SpoolFull, encode
from collector.wire.beacon import RejectedEvent

RETRY_FULL_SECONDS = 30
RETRY_FAILED_SECONDS = 5


class Receipt(TypedDict):
    """What a sender is told of a batch, kept for its resends."""

    accepted: int
    rejected: list[RejectedEvent]


@dataclass(slots=True)
class Entry:
    """A batch on its way: who it is, its rows as JSON lines, and what its sender will be told."""

    id: bytes
    rows: bytes
    accepted: int
    rejected: list[RejectedEvent]


Answer = tuple[Receipt, bool]
"""A receipt, and whether it is that of an earlier batch."""


class Commit:
    """The last step of intake, for one spool."""

    def __init__(self, spool: Spool, seen: Seen) -> None:
        self._spool = spool
        self._seen = seen
        self._group: GroupCommit[Entry, Answer] = GroupCommit(self._commit)

    async def add(self, entry: Entry) -> Answer:
        """Return when the batch is durable. Raises Rejected (`spool_full`, `spool_failed`)."""
        return await self._group.add(entry)

    def recover(self) -> tuple[int, int]:
        """After a start: bring the memory in line with the spool."""
        return self._seen.recover(_spooled(meta) for meta in self._spool.metas())

    async def idle(self) -> None:
        await self._group.idle()

    async def _commit(self, group: list[Entry]) -> list[Answer | Exception]:
        receipts = [orjson.dumps({"accepted": entry.accepted, "rejected": entry.rejected}) for entry in group]
        found = self._seen.claim([(entry.id, receipt) for entry, receipt in zip(group, receipts, strict=True)])
        new = [index for index, known in enumerate(found) if known is None]
        telemetry.COMMIT_BATCHES.observe(len(group))
        frames = [encode(group[index].id + receipts[index], group[index].rows) for index in new if group[index].rows]
        refusal: Rejected | None = None
        try:
            if frames:
                await self._spool.append(frames)
            self._seen.confirm()
        except (SpoolFull, SpoolFailed) as error:
            self._seen.release(group[index].id for index in new)
            refusal = _refusal(error)
        kept = {group[index].id: receipts[index] for index in new}
        return [
            _answer(entry, known, kept, refusal)
            for entry, known in zip(group, found, strict=True)
        ]


def _answer(entry: Entry, known: Known | None, kept: dict[bytes, bytes], refusal: Rejected | None) -> Answer | Exception:
    if known is None:
        return refusal or ({"accepted": entry.accepted, "rejected": entry.rejected}, False)
    if known.durable:
        return orjson.loads(known.receipt), True
    if entry.id in kept:
        return refusal or (orjson.loads(kept[entry.id]), True)
    return Rejected(
        Reason.SPOOL_FAILED, "another worker is storing this batch; try again", retry_after=RETRY_FAILED_SECONDS
    )


def _refusal(error: SpoolFull | SpoolFailed) -> Rejected:
    if isinstance(error, SpoolFull):
        return Rejected(Reason.SPOOL_FULL, "no room to keep more; try again later", retry_after=RETRY_FULL_SECONDS)
    return Rejected(Reason.SPOOL_FAILED, "could not be kept; try again later", retry_after=RETRY_FAILED_SECONDS)


ID_BYTES = len(identity("", ""))


def _spooled(meta: bytes) -> tuple[bytes, bytes]:
    """A frame's meta is the identity, then the receipt."""
    return meta[:ID_BYTES], meta[ID_BYTES:]
