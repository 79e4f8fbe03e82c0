"""The spool's limits and failures: what is refused is refused whole, with a reason, and never delivered."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from collector.spool import Spool, SpoolFailed, SpoolFull, SpoolLimits
from collector.spool.frames import MAGIC
from tests.unit.spooling import FaultyDisk, frame, limits, put, take


def with_spool(
    folder: Path, work: Callable[[Spool], Awaitable[None]], bounds: SpoolLimits | None = None, disk: FaultyDisk | None = None
) -> None:
    async def run() -> None:
        spool = Spool(folder, bounds or limits(), disk)
        await work(spool)
        await spool.close()

    asyncio.run(run())


def test_an_append_over_the_budget_keeps_nothing_and_later_ones_find_the_freed_room(tmp_path: Path) -> None:
    one = len(MAGIC) + len(frame(bytes(100)))

    async def work(spool: Spool) -> None:
        await put(spool, b"a" * 100)
        with pytest.raises(SpoolFull, match=f"holds {one} bytes, its budget is {one + 50}"):
            await put(spool, b"b" * 100)
        await spool.seal()
        assert [[b"a" * 100]] == await take(spool)
        await put(spool, b"c" * 100)
        await spool.seal()
        assert [[b"c" * 100]] == await take(spool)

    with_spool(tmp_path, work, limits(budget=one + 50))


def test_the_budget_counts_what_a_restart_finds(tmp_path: Path) -> None:
    async def fill(spool: Spool) -> None:
        await put(spool, b"a" * 100)

    async def full(spool: Spool) -> None:
        with pytest.raises(SpoolFull):
            await put(spool, b"b" * 100)

    with_spool(tmp_path, fill)
    with_spool(tmp_path, full, limits(budget=200))


@pytest.mark.parametrize(("error", "refusal"), [(errno.ENOSPC, SpoolFull), (errno.EDQUOT, SpoolFull), (errno.EIO, SpoolFailed)])
@pytest.mark.parametrize("keep", [0, 5, 20, 1000])
def test_a_failed_write_is_taken_back_and_the_next_one_kept(
    tmp_path: Path, error: int, refusal: type[Exception], keep: int
) -> None:
    """`keep` bytes of the refused group had reached the file, at most all of them."""
    disk = FaultyDisk(keep=keep)

    async def work(spool: Spool) -> None:
        await put(spool, b"kept")
        disk.appends = [error]
        with pytest.raises(refusal):
            await put(spool, b"refused", b"refused too")
        await put(spool, b"kept later")
        await spool.seal()
        assert [[b"kept", b"kept later"]] == await take(spool)

    with_spool(tmp_path, work, disk=disk)


def test_a_segment_that_can_not_be_created_leaves_no_file(tmp_path: Path) -> None:
    disk = FaultyDisk(appends=[errno.ENOSPC])

    async def work(spool: Spool) -> None:
        with pytest.raises(SpoolFull):
            await put(spool, b"refused")
        assert [] == list(tmp_path.glob("*.open"))
        assert 0 == spool.size
        await put(spool, b"kept")
        await spool.seal()
        assert [[b"kept"]] == await take(spool)

    with_spool(tmp_path, work, disk=disk)


def test_when_a_failed_write_can_not_be_taken_back_nothing_more_is_taken_or_sealed(tmp_path: Path) -> None:
    """The refused frame stands whole in the file: sealing it would deliver what was refused."""
    disk = FaultyDisk(keep=1000)

    async def work(spool: Spool) -> None:
        await put(spool, b"kept")
        disk.appends, disk.truncates = [errno.EIO], [errno.EIO]
        with pytest.raises(SpoolFailed):
            await put(spool, b"refused")
        assert "could not be cut back" in spool.broken
        with pytest.raises(SpoolFailed, match="could not be cut back"):
            await put(spool, b"x" * 2000)
        await spool.seal()
        assert 0 == spool.backlog
        with pytest.raises(SpoolFailed, match="check the disk, then start again"):
            await spool.seal_by_age()

    with_spool(tmp_path, work, limits(segment_bytes=1000), disk)


def test_a_segment_that_can_not_be_sealed_refuses_the_append_and_keeps_what_it_holds(tmp_path: Path) -> None:
    disk = FaultyDisk()

    async def work(spool: Spool) -> None:
        await put(spool, b"a" * 900)
        disk.renames = [errno.EIO]
        with pytest.raises(SpoolFailed, match="could not seal"):
            await put(spool, b"b" * 900)
        await put(spool, b"c" * 900)
        await spool.seal()
        assert [[b"a" * 900], [b"c" * 900]] == await take(spool)

    with_spool(tmp_path, work, limits(segment_bytes=1000), disk)


def test_segments_are_sealed_by_size_but_a_group_is_never_split(tmp_path: Path) -> None:
    async def work(spool: Spool) -> None:
        await put(spool, b"a" * 500)
        await put(spool, b"b" * 700, b"c" * 700)
        await put(spool, b"d")
        await spool.seal()
        assert [[b"a" * 500], [b"b" * 700, b"c" * 700], [b"d"]] == await take(spool)

    with_spool(tmp_path, work, limits(segment_bytes=1000))


def test_segments_are_sealed_by_age(tmp_path: Path) -> None:
    async def work(spool: Spool) -> None:
        aging = asyncio.create_task(spool.seal_by_age())
        await put(spool, b"old enough soon")
        segment = await asyncio.wait_for(spool.next(), 10)
        assert [b"old enough soon"] == spool.bodies(segment)
        aging.cancel()

    with_spool(tmp_path, work, limits(segment_age=0.02))


def test_the_consumer_is_woken_by_a_segment(tmp_path: Path) -> None:
    async def work(spool: Spool) -> None:
        waiting = asyncio.create_task(spool.next())
        await put(spool, b"body")
        assert not waiting.done()
        await spool.seal()
        assert [b"body"] == spool.bodies(await asyncio.wait_for(waiting, 10))

    with_spool(tmp_path, work)


def test_closing_seals_what_is_open(tmp_path: Path) -> None:
    async def fill(spool: Spool) -> None:
        await put(spool, b"at shutdown")

    async def find(spool: Spool) -> None:
        assert [[b"at shutdown"]] == await take(spool)

    with_spool(tmp_path, fill)
    assert 1 == len(list(tmp_path.glob("*.sealed")))
    with_spool(tmp_path, find)
