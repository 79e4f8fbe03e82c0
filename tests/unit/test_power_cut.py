"""Power cuts: what was written but not synced may be gone, what was acknowledged is there."""

import asyncio
import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.intake.commit import Commit, Entry
from collector.intake.seen import Seen, identity
from collector.intake.seen_file import sync
from collector.spool import Spool, SpoolFailed
from tests.support.examples import examples
from tests.unit.making import uuid
from tests.unit.powercut import PowerCut, PowerCutDisk, copy_memory
from tests.unit.spooling import crash, limits, put, take

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads files through /proc")

steps = st.lists(
    st.integers(1, 3) | st.just("seal") | st.just("deliver"),
    min_size=1,
    max_size=8,
)


class Survivor:
    """Plays steps on a spool until the power goes, and remembers what the spool's callers know."""

    def __init__(self, folder: Path, disk: PowerCutDisk) -> None:
        self.folder, self.disk = folder, disk
        self.number = 0
        self.tried: set[bytes] = set()
        self.acknowledged: set[bytes] = set()
        self.delivered: dict[str, list[bytes]] = {}
        self.doubtful: set[bytes] = set()

    async def play(self, script: list[Any]) -> None:
        spool = Spool(self.folder, limits(segment_bytes=200), self.disk)
        try:
            for step in script:
                await self._step(spool, step)
        except (PowerCut, SpoolFailed):
            pass
        finally:
            crash(spool)

    async def _step(self, spool: Spool, step: Any) -> None:
        if step == "seal":
            await spool.seal()
        elif step == "deliver":
            while spool.backlog:
                segment = await spool.next()
                bodies = spool.bodies(segment)
                self.delivered[segment.name] = bodies
                await spool.done(segment)
        else:
            bodies = [b"body %d" % (self.number + place) for place in range(step)]
            self.number += step
            self.tried.update(bodies)
            await put(spool, *bodies)
            self.acknowledged.update(bodies)


async def found_after(folder: Path) -> dict[str, list[bytes]]:
    spool = Spool(folder, limits())
    found = {}
    while spool.backlog:
        segment = await spool.next()
        found[segment.name] = spool.bodies(segment)
        await spool.done(segment)
    await spool.close()
    return found


@settings(deadline=None, max_examples=examples(100))
@given(steps, st.integers(0, 40), st.integers())
def test_what_was_acknowledged_survives_a_cut_at_any_call(script: list[Any], cut_at: int, seed: int) -> None:
    """Cut at every kind of call, with every luck of what had reached the disk by itself."""
    root = Path(tempfile.mkdtemp())
    luck = Random(seed)  # how much there is to choose from depends on threads: no choices for hypothesis to replay
    try:
        disk = PowerCutDisk()
        player = Survivor(root / "before" / "spool", disk)
        (root / "before").mkdir()

        async def run() -> dict[str, list[bytes]]:
            disk.cut_at = 1 + cut_at  # the folder's own name is there
            await player.play(script)
            disk.cut_at = -1
            disk.after(player.folder, root / "after" / "spool", luck.randrange)
            return await found_after(root / "after" / "spool")

        found = asyncio.run(run())
        bodies = [body for segment in found.values() for body in segment]
        assert len(bodies) == len(set(bodies))
        assert set(bodies) <= player.tried
        delivered = {body for segment in player.delivered.values() for body in segment}
        assert player.acknowledged - delivered <= set(bodies)
        # what comes back although it was delivered comes back as the same segment, which the engine knows
        for name, segment in found.items():
            assert not delivered & set(segment) or player.delivered.get(name) == segment
    finally:
        shutil.rmtree(root)


def test_without_its_sync_the_same_cut_loses_what_was_acknowledged(tmp_path: Path) -> None:
    """The simulation bites: a spool that answered before the sync would be found out."""

    class Forgetful(PowerCutDisk):
        def sync(self, descriptor: int) -> None:
            pass

    async def run() -> dict[str, list[bytes]]:
        disk = Forgetful()
        player = Survivor(tmp_path / "spool", disk)
        await player.play([2])
        assert 2 == len(player.acknowledged)
        disk.after(player.folder, tmp_path / "after", lambda _: 0)
        return await found_after(tmp_path / "after")

    assert {} == asyncio.run(run())


@pytest.mark.parametrize("delivered", [False, True])
def test_a_batch_that_was_acknowledged_is_known_after_a_cut(tmp_path: Path, delivered: bool) -> None:
    """The memory of batches is synced before a segment goes; until then the spool brings it back."""
    entry = Entry(identity("shop", uuid(1)), b"row\n", b'{"accepted":1,"rejected":[]}')

    async def before() -> None:
        disk = PowerCutDisk()
        spool, memory = Spool(tmp_path / "spool", limits(), disk), Seen(tmp_path / "seen.db", 0, alone=True)
        (tmp_path / "after").mkdir()
        copy_memory(tmp_path / "seen.db", tmp_path / "after" / "seen.db")
        assert False is (await Commit(spool, memory).add(entry))[1]
        if delivered:
            await spool.seal()
            segment = await spool.next()
            sync(tmp_path / "seen.db")
            copy_memory(tmp_path / "seen.db", tmp_path / "after" / "seen.db")
            await spool.done(segment)
        disk.after(tmp_path / "spool", tmp_path / "after" / "spool", lambda _: 0)
        crash(spool)
        memory._db.close()

    async def after() -> None:
        spool = Spool(tmp_path / "after" / "spool", limits())
        with closing(Seen(tmp_path / "after" / "seen.db", 0)) as memory:
            commit = Commit(spool, memory)
            commit.recover()
            assert True is (await commit.add(entry))[1]
            await spool.seal()
            assert ([] if delivered else [[b"row\n"]]) == await take(spool)
            await spool.close()

    asyncio.run(before())
    asyncio.run(after())
