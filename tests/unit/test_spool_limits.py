"""The spool's limits and failures: what is refused is refused whole, with a reason, and never delivered."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from collector.spool import Spool, SpoolFailed, SpoolFull, SpoolLimits, SpoolReader
from collector.spool.frames import MAGIC
from tests.unit.spooling import FaultyDisk, SlowDisk, frame, limits, put, take


def with_spool(
    folder: Path,
    work: Callable[[Spool], Awaitable[None]],
    bounds: SpoolLimits | None = None,
    disk: FaultyDisk | None = None,
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


@pytest.mark.parametrize("refused_at", ["look", "write"])
def test_a_spool_is_not_full_for_ever_where_nobody_sends_any_more(tmp_path: Path, refused_at: str) -> None:
    """A load balancer sends nothing to who says it is full, so that no append could find the room there is again."""
    disk = FaultyDisk()

    async def work(spool: Spool) -> None:
        with pytest.raises(SpoolFull):
            if refused_at == "look":
                disk.room = 10
                spool.check_room(100)
            else:
                disk.appends, disk.room = [errno.ENOSPC], 10
                await put(spool, b"refused")
        aging = asyncio.create_task(spool.seal_by_age())
        for _ in range(5):
            await asyncio.sleep(0)
        assert spool.full
        disk.room = 1 << 40
        async with asyncio.timeout(10):
            while spool.full:
                await asyncio.sleep(0.005)
        aging.cancel()

    with_spool(tmp_path, work, limits(segment_age=0.02), disk)


def test_the_budget_counts_what_a_restart_finds(tmp_path: Path) -> None:
    async def fill(spool: Spool) -> None:
        await put(spool, b"a" * 100)

    async def full(spool: Spool) -> None:
        with pytest.raises(SpoolFull):
            await put(spool, b"b" * 100)

    with_spool(tmp_path, fill)
    with_spool(tmp_path, full, limits(budget=200))


@pytest.mark.parametrize(
    ("error", "refusal"), [(errno.ENOSPC, SpoolFull), (errno.EDQUOT, SpoolFull), (errno.EIO, SpoolFailed)]
)
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


def test_segment_whose_only_group_was_refused_is_not_sealed(tmp_path: Path) -> None:
    """Its reader found it empty and said that someone else emptied it."""
    disk = FaultyDisk(keep=20)

    async def work(spool: Spool) -> None:
        await put(spool, b"delivered before")
        await spool.seal()
        assert [[b"delivered before"]] == await take(spool)
        spool._open = spool._create()  # or the disk would refuse the file itself
        disk.appends = [errno.ENOSPC]
        with pytest.raises(SpoolFull):
            await put(spool, b"refused")
        assert [] == list(tmp_path.glob("*.open"))
        await spool.seal()
        assert (0, 0) == (spool.backlog, spool.size)
        await put(spool, b"kept later")
        await spool.seal()
        assert [[b"kept later"]] == await take(spool)

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


@pytest.mark.parametrize("renamed", [False, True])
def test_after_a_segment_that_could_not_be_sealed_nothing_more_is_taken_and_a_restart_delivers_it(
    tmp_path: Path, renamed: bool
) -> None:
    """It may have got its new name all the same: then its consumer deletes it, with all that is written later."""
    disk = FaultyDisk(rename_first=renamed)

    async def work(spool: Spool) -> None:
        await put(spool, b"a" * 900)
        disk.renames = [errno.EIO]
        for body in (b"b", b"c"):
            with pytest.raises(SpoolFailed, match="could not seal"):
                await put(spool, body * 900)

    async def find(spool: Spool) -> None:
        assert [[b"a" * 900]] == await take(spool)

    with_spool(tmp_path, work, limits(segment_bytes=1000), disk)
    with_spool(tmp_path, find)


def test_what_another_process_delivered_is_forgotten_and_its_room_free(tmp_path: Path) -> None:
    async def work() -> None:
        spool = Spool(tmp_path, limits(segment_age=0.02), delivered_elsewhere=True)
        reader = SpoolReader(tmp_path)
        aging = asyncio.create_task(spool.seal_by_age())
        await put(spool, b"one")
        segment = await asyncio.wait_for(reader.next(), 10)
        assert [b"one"] == reader.bodies(segment)
        await reader.done(segment)
        async with asyncio.timeout(10):
            while spool.size or spool.backlog:
                await asyncio.sleep(0.005)
        assert 0 == spool.size
        aging.cancel()
        await spool.close()

    asyncio.run(work())


def test_a_segment_being_sealed_is_counted_once_though_it_stands_in_the_folder_already(tmp_path: Path) -> None:
    disk = SlowDisk()

    async def work() -> None:
        spool = Spool(tmp_path, limits(), disk, delivered_elsewhere=True)
        await put(spool, b"one")
        sealing = asyncio.create_task(spool.seal())
        await asyncio.to_thread(disk.renamed.wait, 10)
        aging = asyncio.create_task(spool.seal_by_age())
        for _ in range(5):
            await asyncio.sleep(0)
        disk.go_on.set()
        await sealing
        assert (1, len(MAGIC) + len(frame(b"one"))) == (spool.backlog, spool.size)
        aging.cancel()
        await spool.close()

    asyncio.run(work())


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


def test_what_is_open_at_closing_is_delivered_after_the_next_start(tmp_path: Path) -> None:
    async def fill(spool: Spool) -> None:
        await put(spool, b"at shutdown")

    async def find(spool: Spool) -> None:
        assert [[b"at shutdown"]] == await take(spool)

    with_spool(tmp_path, fill)
    with_spool(tmp_path, find)
