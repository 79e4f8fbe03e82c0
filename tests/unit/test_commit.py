"""The last step of intake: spooled and synced, then remembered, then answered; and what a failure on the way leaves."""

import asyncio
import errno
import json
import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from collector.intake.commit import Answer, Commit, Entry, receipt
from collector.intake.seen import Seen, identity
from collector.rejection import Reason, Rejected
from collector.spool import Spool, SpoolLimits
from collector.spool.frames import MAX_PAYLOAD
from collector.wire.beacon import RejectedEvent
from tests.unit.making import uuid
from tests.unit.spooling import FaultyDisk, crash, limits, take

FIRST = b'{"accepted":1,"rejected":[]}'


def entry(number: int, rows: bytes | None = None, told: bytes = FIRST) -> Entry:
    return Entry(identity("shop", uuid(number)), b"row %d\n" % number if rows is None else rows, told)


class Parts:
    """A spool and a memory in one folder, as a worker has them."""

    def __init__(self, folder: Path, bounds: SpoolLimits | None = None) -> None:
        self.disk = FaultyDisk()
        self.spool = Spool(folder / "spool", bounds or limits(), self.disk)
        self.seen = Seen(folder / "seen.db", 0)
        self.commit = Commit(self.spool, self.seen)

    async def send(self, *entries: Entry) -> list[Answer | BaseException]:
        """Send batches at once."""
        return await asyncio.gather(*map(self.commit.add, entries), return_exceptions=True)

    async def stored(self) -> list[bytes]:
        await self.spool.seal()
        return [body for segment in await take(self.spool) for body in segment]


def run(folder: Path, work: Callable[[Parts], Awaitable[None]], bounds: SpoolLimits | None = None) -> None:
    async def main() -> None:
        parts = Parts(folder, bounds)
        with closing(parts.seen):
            await work(parts)
            await parts.spool.close()

    asyncio.run(main())


def reason(answer: Answer | BaseException) -> Reason:
    assert isinstance(answer, Rejected)
    return answer.reason


def test_concurrent_resends_get_one_fresh_answer_and_are_stored_once(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        answers = await parts.send(*(entry(1) for _ in range(20)))
        assert [(FIRST, False)] + [(FIRST, True)] * 19 == answers
        assert [b"row 1\n"] == await parts.stored()

    run(tmp_path, work)


def test_a_resend_gets_the_first_receipt(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        assert [(b"1", False)] == await parts.send(entry(1, told=b"1"))
        assert [(b"1", True)] == await parts.send(entry(1, told=b"2"))

    run(tmp_path, work)


def test_a_resend_that_waits_behind_the_first_try_is_a_duplicate(tmp_path: Path) -> None:
    """It arrives while the first is being synced, and is answered only after that."""

    async def work(parts: Parts) -> None:
        first = asyncio.create_task(parts.commit.add(entry(1)))
        await asyncio.sleep(0)
        resend = asyncio.create_task(parts.commit.add(entry(1)))
        assert (FIRST, True) == await resend
        assert (FIRST, False) == first.result()

    run(tmp_path, work)


def test_batches_are_stored_in_the_order_they_came(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        await parts.send(*(entry(number) for number in range(600)))
        await parts.send(*(entry(number) for number in range(600, 700)))
        assert [b"row %d\n" % number for number in range(700)] == await parts.stored()

    run(tmp_path, work)


@pytest.mark.parametrize(("error", "expected"), [(errno.ENOSPC, Reason.SPOOL_FULL), (errno.EIO, Reason.SPOOL_FAILED)])
def test_after_a_failed_append_the_resend_is_new(tmp_path: Path, error: int, expected: Reason) -> None:
    async def work(parts: Parts) -> None:
        parts.disk.appends = [error]
        refused = await parts.send(entry(1), entry(1), entry(2))
        assert [expected] * 3 == list(map(reason, refused))
        assert all(isinstance(answer, Rejected) and answer.retry_after for answer in refused)
        assert [(FIRST, False), (FIRST, False)] == await parts.send(entry(1), entry(2))
        assert [b"row 1\n", b"row 2\n"] == await parts.stored()

    run(tmp_path, work)


def test_a_failed_group_does_not_spoil_the_answer_of_known_batches(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        await parts.send(entry(1))
        parts.disk.appends = [errno.ENOSPC]
        known, refused = await parts.send(entry(1), entry(2))
        assert (FIRST, True) == known
        assert Reason.SPOOL_FULL == reason(refused)

    run(tmp_path, work)


def test_a_full_spool_refuses_and_takes_again_once_there_is_room(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        await parts.send(entry(1, bytes(900)))
        assert [Reason.SPOOL_FULL] == list(map(reason, await parts.send(entry(2, bytes(900)))))
        await parts.stored()
        assert [(FIRST, False)] == await parts.send(entry(2, bytes(900)))

    run(tmp_path, work, limits(budget=1500))


def test_a_batch_that_fits_no_frame_is_no_duplicate_when_it_comes_again(tmp_path: Path) -> None:
    """Had it been claimed before it failed, a later group's confirm would make the claim count as stored."""

    async def work(parts: Parts) -> None:
        refused, taken = await parts.send(entry(1, bytes(MAX_PAYLOAD - 20 - len(FIRST) + 1)), entry(2))
        assert Reason.BODY_TOO_LARGE == reason(refused)
        assert (FIRST, False) == taken
        await parts.send(entry(3))
        assert [(FIRST, False)] == await parts.send(entry(1))

    run(tmp_path, work)


def test_a_memory_that_can_not_write_refuses_and_asks_to_try_again(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        pages = parts.seen._db.execute("PRAGMA page_count").fetchone()[0]
        parts.seen._db.execute(f"PRAGMA max_page_count = {pages}")
        (answer,) = await parts.send(entry(1, told=os.urandom(50_000)))
        assert isinstance(answer, Rejected)
        assert (Reason.SPOOL_FAILED, 5) == (answer.reason, answer.retry_after)
        parts.seen._db.execute("PRAGMA max_page_count = 1000000")
        assert [(FIRST, False)] == await parts.send(entry(1))
        assert [b"row 1\n"] == await parts.stored()

    run(tmp_path, work)


def test_refused_batches_that_can_not_be_forgotten_at_once_are_not_taken_for_stored(tmp_path: Path) -> None:
    """A full disk refuses the append and then the release; a later group's confirm must not cover the claim."""

    async def work(parts: Parts) -> None:
        db = parts.seen._db
        db.execute("CREATE TRIGGER full BEFORE DELETE ON seen BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        parts.disk.appends = [errno.ENOSPC]
        assert [Reason.SPOOL_FULL] == list(map(reason, await parts.send(entry(1))))
        assert [Reason.SPOOL_FAILED] == list(map(reason, await parts.send(entry(2))))
        db.execute("DROP TRIGGER full")
        assert [(FIRST, False)] == await parts.send(entry(3))
        assert [(FIRST, False)] == await parts.send(entry(1))
        assert [b"row 3\n", b"row 1\n"] == await parts.stored()

    run(tmp_path, work)


def test_a_spooled_batch_whose_confirm_failed_is_a_duplicate_once_a_later_one_is_confirmed(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        db = parts.seen._db
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON owners BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        assert [Reason.SPOOL_FAILED] == list(map(reason, await parts.send(entry(1))))
        db.execute("DROP TRIGGER full")
        await parts.send(entry(2))
        assert [(FIRST, True)] == await parts.send(entry(1))
        assert [b"row 1\n", b"row 2\n"] == await parts.stored()

    run(tmp_path, work)


def test_a_batch_of_refused_events_only_is_remembered_too(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        assert [(b"{}", False)] == await parts.send(entry(1, b"", b"{}"))
        assert [(b"{}", True)] == await parts.send(entry(1, b"", b"{}"))
        assert [] == await parts.stored()

    run(tmp_path, work)


def test_another_workers_unfinished_batch_is_to_be_sent_again(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        with closing(Seen(tmp_path / "seen.db", 1)) as other:
            other.claim([(entry(1).id, b"theirs")])
            (answer,) = await parts.send(entry(1))
            assert Reason.SPOOL_FAILED == reason(answer)
            other.confirm()
            assert [(b"theirs", True)] == await parts.send(entry(1))

    run(tmp_path, work)


def test_a_sender_that_leaves_does_not_stop_the_others(tmp_path: Path) -> None:
    async def work(parts: Parts) -> None:
        leaving, staying = (asyncio.create_task(parts.commit.add(entry(number))) for number in (1, 2))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (FIRST, False) == await staying
        await parts.commit.idle()
        assert [b"row 1\n", b"row 2\n"] == await parts.stored()

    run(tmp_path, work)


@pytest.mark.parametrize("memory", ["killed", "lost"])
def test_after_a_crash_what_was_answered_is_known(tmp_path: Path, memory: str) -> None:
    """Killed, or the power cut took the whole memory: the spool brings the ids and receipts back."""

    async def before() -> None:
        parts = Parts(tmp_path)
        await parts.send(entry(1), entry(2, told=b"second"))
        crash(parts.spool)
        parts.seen.close()
        if memory == "lost":
            with closing(sqlite3.connect(tmp_path / "seen.db")) as db:
                db.executescript("DELETE FROM seen; DELETE FROM owners")

    async def after(parts: Parts) -> None:
        assert (2 if memory == "lost" else 0, 0) == parts.commit.recover()
        assert [(FIRST, True), (b"second", True), (FIRST, False)] == await parts.send(entry(1), entry(2), entry(3))

    asyncio.run(before())
    run(tmp_path, after)


def test_a_receipt_lists_what_was_refused() -> None:
    refused: RejectedEvent = {"index": 1, "reason": "invalid_event", "message": "x"}
    assert {"accepted": 2, "rejected": []} == json.loads(receipt(2, []))
    assert {"accepted": 1, "rejected": [refused]} == json.loads(receipt(1, [refused]))


def test_batches_refused_on_a_full_disk_leave_nothing_in_the_memory_that_would_fill_it_further(tmp_path: Path) -> None:
    """Found by the fault suite: the memory's log grew with each refused batch until it was the disk's last user, and
    no room that came back was enough."""

    async def work(parts: Parts) -> None:
        await parts.send(entry(1))
        parts.disk.room = 1000
        before = (tmp_path / "seen.db-wal").stat().st_size
        for number in range(2, 50):
            [answer] = await parts.send(entry(number))
            assert Reason.SPOOL_FULL == reason(answer)
        assert before == (tmp_path / "seen.db-wal").stat().st_size
        parts.disk.room = 1 << 30
        assert [(FIRST, False)] == await parts.send(entry(2))
        assert [b"row 1\n", b"row 2\n"] == await parts.stored()

    run(tmp_path, work)
