"""What a crash, a bad disk or another hand leaves in the folder, and what the spool makes of it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from collector.spool import Quarantine, Spool, SpoolBusy
from collector.spool.frames import MAGIC
from tests.unit.spooling import crash, frame, limits, path_of, put, take


def crashed(folder: Path, *bodies: bytes) -> Path:
    """A folder as a killed process leaves it; returns its open segment."""
    spool = Spool(folder, limits())
    asyncio.run(put(spool, *bodies))
    crash(spool)
    (left,) = folder.glob("*.open")
    return left


def delivered(folder: Path) -> list[list[bytes]]:
    async def work() -> list[list[bytes]]:
        spool = Spool(folder, limits())
        found = await take(spool)
        await spool.close()
        return found

    return asyncio.run(work())


def test_what_a_kill_left_open_is_delivered(tmp_path: Path) -> None:
    crashed(tmp_path, b"one", b"two")
    assert [[b"one", b"two"]] == delivered(tmp_path)


@pytest.mark.parametrize("kept", [1, 8, 15, 16, 18])
def test_a_torn_end_is_cut_off_and_the_rest_delivered(tmp_path: Path, kept: int) -> None:
    left = crashed(tmp_path, b"one", b"two")
    whole = left.stat().st_size
    with left.open("ab") as file:
        file.write(frame(b"torn")[:kept])
    spool = Spool(tmp_path, limits())
    assert whole == spool.size
    crash(spool)
    assert [[b"one", b"two"]] == delivered(tmp_path)
    assert not (tmp_path / "quarantine").exists()


def test_a_flipped_byte_goes_to_quarantine_with_its_place_and_the_rest_is_delivered(tmp_path: Path) -> None:
    left = crashed(tmp_path, b"one", b"two", b"three")
    data = bytearray(left.read_bytes())
    start = len(MAGIC) + len(frame(b"one"))
    data[start + 17] ^= 0x20
    left.write_bytes(data)
    assert [[b"one", b"three"]] == delivered(tmp_path)
    quarantine = Quarantine(tmp_path / "quarantine")
    (entry,) = quarantine.entries()
    end = start + len(frame(b"two"))
    assert f"damaged bytes {start} to {end}" == entry.reason
    assert left.stem == entry.segment
    assert bytes(data[start:end]) == quarantine.read(entry.name)


def test_damage_is_kept_once_however_often_the_segment_is_read(tmp_path: Path) -> None:
    left = crashed(tmp_path, b"one", b"two")
    data = bytearray(left.read_bytes())
    data[len(MAGIC)] ^= 1
    left.write_bytes(data)

    async def work() -> None:
        spool = Spool(tmp_path, limits())
        segment = await spool.next()
        assert [b"two"] == spool.bodies(segment)
        assert [b"two"] == spool.bodies(segment)
        assert 1 == len(list(spool.quarantine.entries()))
        await spool.close()

    asyncio.run(work())


@pytest.mark.parametrize("left", [b"", MAGIC, MAGIC[:3], MAGIC + frame(b"torn")[:10]])
def test_an_open_segment_that_holds_nothing_is_removed(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "000000000007-0123456789ab.open").write_bytes(left)
    spool = Spool(tmp_path, limits())
    assert (0, 0) == (spool.backlog, spool.size)
    assert [] == [*tmp_path.glob("*.open"), *tmp_path.glob("*.sealed")]
    asyncio.run(spool.close())


def test_segments_of_earlier_runs_come_before_new_ones(tmp_path: Path) -> None:
    crashed(tmp_path, b"first run")

    async def work() -> None:
        spool = Spool(tmp_path, limits())
        await put(spool, b"second run")
        await spool.seal()
        names = sorted(path.stem for path in tmp_path.glob("*.sealed"))
        assert (await spool.next()).name == names[0]
        assert [[b"first run"], [b"second run"]] == await take(spool)
        await spool.close()

    asyncio.run(work())


def test_a_segment_emptied_behind_our_back_is_named_and_later_ones_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        spool = Spool(tmp_path, limits())
        for body in (b"gone", b"there"):
            await put(spool, body)
            await spool.seal()
        emptied = path_of(spool, await spool.next())
        emptied.write_bytes(b"")
        assert [[], [b"there"]] == await take(spool)
        said = capsys.readouterr()
        assert "a sealed segment is empty" in said.out + said.err and emptied.stem in said.out + said.err
        await spool.close()

    asyncio.run(work())


def test_a_segment_removed_behind_our_back_reads_as_empty_and_later_ones_follow(tmp_path: Path) -> None:
    async def work() -> None:
        spool = Spool(tmp_path, limits())
        for body in (b"gone", b"there"):
            await put(spool, body)
            await spool.seal()
        path_of(spool, await spool.next()).unlink()
        assert [[], [b"there"]] == await take(spool)
        assert 0 == spool.size
        await spool.close()

    asyncio.run(work())


def test_an_open_segment_removed_behind_our_back_is_named_and_delivered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        spool = Spool(tmp_path, limits())
        await put(spool, b"before")
        (removed,) = tmp_path.glob("*.open")
        removed.unlink()
        await put(spool, b"after")
        await spool.seal()
        await put(spool, b"later")
        await spool.seal()
        assert [[b"before", b"after"], [b"later"]] == await take(spool)
        await spool.close()
        said = capsys.readouterr()
        assert "removed by another hand" in said.out + said.err and removed.stem in said.out + said.err

    asyncio.run(work())


def test_an_open_segment_cut_behind_our_back_is_named_with_what_it_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        spool = Spool(tmp_path, limits())
        await put(spool, b"first")
        (path,) = tmp_path.glob("*.open")
        kept = path.stat().st_size
        await put(spool, b"second")
        lost = path.stat().st_size - kept
        os.truncate(path, kept)
        await put(spool, b"third")
        await spool.seal()
        assert [[b"first", b"third"]] == await take(spool)
        await spool.close()
        said = capsys.readouterr()
        assert f"lost_bytes={lost}" in (said.out + said.err).replace('"lost_bytes": ', "lost_bytes=")
        assert path.stem in said.out + said.err

    asyncio.run(work())


def test_metas_are_those_of_all_sealed_frames_in_order(tmp_path: Path) -> None:
    async def work() -> None:
        spool = Spool(tmp_path, limits())
        await spool.append(frame(b"body", b"a") + frame(b"", b"b"))
        await spool.seal()
        await spool.append(frame(b"body", b"c"))
        await spool.seal()
        assert [b"a", b"b", b"c"] == list(spool.metas())
        await spool.close()

    asyncio.run(work())


HOLD = """
import sys
from pathlib import Path
from collector.spool import Spool
from tests.unit.spooling import limits
spool = Spool(Path(sys.argv[1]), limits())
print("holding", flush=True)
sys.stdin.read()
"""


def test_a_second_process_on_the_folder_is_told_what_to_do(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout
        assert b"holding\n" == holder.stdout.readline()
        with pytest.raises(SpoolBusy) as refused:
            Spool(tmp_path, limits())
        assert str(tmp_path) in str(refused.value)
        assert "COLLECTOR_DATA_DIR" in str(refused.value)
        holder.kill()
    asyncio.run(Spool(tmp_path, limits()).close())
