"""Sealing that is interrupted by the end of the service."""

import asyncio
import threading
from pathlib import Path

import pytest

from collector.spool import Disk, Spool, SpoolLimits, encode


class SlowDisk(Disk):
    """Renames when it is let."""

    def __init__(self) -> None:
        self.renaming, self.let = threading.Event(), threading.Event()

    def rename(self, old: Path, new: Path) -> None:
        self.renaming.set()
        assert self.let.wait(20)
        super().rename(old, new)


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
