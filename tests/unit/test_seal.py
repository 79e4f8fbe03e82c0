"""Sealing and deleting that are interrupted by the end of the service."""

import asyncio
import threading
from pathlib import Path

import pytest

from collector.spool import Disk, Spool, SpoolLimits, SpoolReader, encode


class SlowDisk(Disk):
    """Renames and deletes when it is let."""

    def __init__(self) -> None:
        self.renaming, self.unlinking, self.let = threading.Event(), threading.Event(), threading.Event()

    def rename(self, old: Path, new: Path) -> None:
        self.renaming.set()
        assert self.let.wait(20)
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self.unlinking.set()
        assert self.let.wait(20)
        super().unlink(path)


def test_seal_that_is_cancelled_half_way_is_done_and_the_next_one_finds_nothing_to_seal(tmp_path: Path) -> None:
    """SIGTERM while a segment came of age: the drain sealed it a second time, and the process ended with an error."""

    async def cancel_and_seal() -> None:
        disk = SlowDisk()
        spool = Spool(tmp_path, SpoolLimits(1 << 20, 1 << 20, 1), disk)
        await spool.append(b"".join(encode(b"", b"line\n")))
        first = asyncio.create_task(spool.seal())
        await asyncio.to_thread(disk.renaming.wait, 20)
        first.cancel()
        second = asyncio.create_task(spool.seal())
        await asyncio.sleep(0)
        disk.let.set()
        with pytest.raises(asyncio.CancelledError):
            await first
        await second
        assert 1 == spool.backlog == len(spool.sealed())
        await spool.close()

    asyncio.run(cancel_and_seal())


@pytest.mark.parametrize("elsewhere", [False, True], ids=["its own", "another process's"])
def test_segment_whose_deletion_is_cancelled_half_way_is_not_delivered_again(tmp_path: Path, elsewhere: bool) -> None:
    """SIGTERM while a delivered segment was deleted: the drain missed it, and said that someone else removed it."""

    async def cancel_and_drain() -> None:
        disk = SlowDisk()
        disk.let.set()
        spool = Spool(tmp_path, SpoolLimits(1 << 20, 1 << 20, 1), disk)
        await spool.append(b"".join(encode(b"", b"line\n")))
        await spool.seal()
        consumed = SpoolReader(tmp_path, disk) if elsewhere else spool
        disk.let.clear()
        deleting = asyncio.create_task(consumed.done(await consumed.next()))
        await asyncio.to_thread(disk.unlinking.wait, 20)
        deleting.cancel()
        await asyncio.sleep(0)
        assert not deleting.done()
        disk.let.set()
        with pytest.raises(asyncio.CancelledError):
            await deleting
        assert (0, []) == (consumed.backlog, consumed.sealed())
        await spool.close()

    asyncio.run(cancel_and_drain())
