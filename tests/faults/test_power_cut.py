"""The power goes under load: what was acknowledged had been synced, and so had what the engine took over.

Afterwards everything is sent again: the memory of batches has survived too.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import psutil
import pytest

from tests.faults.ledger import account, embedded_copies, recovered
from tests.faults.test_duplicates import Sent, batches, send_all
from tests.support.clickhouse_front import Front
from tests.support.collector import Collector, eventually
from tests.support.load import Ledger
from tests.support.powercut_disk import MIB, NoDisk, PowerCutDisk

pytestmark = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a disk: Linux, as root")
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "200")) // 10 or 1


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[PowerCutDisk]:
    try:
        with PowerCutDisk(tmp_path, 256 * MIB) as made:
            yield made
    except NoDisk as why:
        pytest.skip(f"this machine mounts no disk from a file: {why}")


def test_a_power_cut_loses_nothing_acknowledged_and_doubles_nothing(disk: PowerCutDisk) -> None:
    """Embedded: what was in the spool, what was in the table, and the memory of batches, on one disk."""
    embedded(disk, 1, 200)


def test_what_nobody_synced_is_gone_after_a_power_cut(disk: PowerCutDisk) -> None:
    """The simulation bites."""
    for name in ("synced", "written"):
        with (disk.folder / name).open("wb") as file:
            file.write(b"x" * 100_000)
            if name == "synced":
                file.flush()
                os.fsync(file.fileno())
    disk.cut()
    written = disk.folder / "written"
    assert 100_000 == (disk.folder / "synced").stat().st_size
    assert not written.exists() or written.stat().st_size == 0


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_many_power_cuts_lose_nothing_and_double_nothing(disk: PowerCutDisk) -> None:
    embedded(disk, ROUNDS, 600)


def embedded(disk: PowerCutDisk, rounds: int, count: int) -> None:
    collector, ledger = collector_on(disk, copies_seconds="1"), Ledger()
    with closing(collector.http):
        sent = play(collector, disk, ledger, rounds, count)
        ended = time.monotonic()
        with collector:
            recovery = recovered(collector, ledger, ended)
            asyncio.run(send_all(collector, sent, ledger))
            eventually(lambda: max(embedded_copies(collector).values()), lambda most: most == 1)  # merged, see README
            account(collector, ledger, "power cut", rounds, ended=ended, recovery=recovery)
    assert not ledger.refused


@pytest.mark.long
def test_a_power_cut_with_clickhouse_away_loses_nothing_acknowledged(tmp_path: Path, disk: PowerCutDisk) -> None:
    """All that was acknowledged is in the spool."""
    ledger = Ledger()
    with Front(tmp_path / "db", database="collector") as front, front.connect() as client:
        collector = collector_on(disk, clickhouse_url=front.url)
        with closing(collector.http):
            sent = play(collector, disk, ledger, 1, 600, away=front)
            ended = time.monotonic()
            with collector:
                recovery = recovered(collector, ledger, ended)
                asyncio.run(send_all(collector, sent, ledger))
                account(
                    collector, ledger, "power cut, ClickHouse away", 1, ended=ended, recovery=recovery, client=client
                )
    assert not ledger.refused


def collector_on(disk: PowerCutDisk, **settings: str) -> Collector:
    """Its data on the disk, its log elsewhere."""
    made = Collector(disk.folder / "data", segment_max_age_ms="50", **settings)
    made.log = disk.folder.parent / "collector.log"
    made.prepared = False  # a copy is not synced
    return made


def play(
    collector: Collector, disk: PowerCutDisk, ledger: Ledger, rounds: int, count: int, away: Front | None = None
) -> Sent:
    """So many cuts under load; after each, all batches of before are sent again. Returns the last ones."""
    chance = random.Random(5)
    sent: Sent = []
    for _ in range(rounds):
        collector.start()
        asyncio.run(send_all(collector, sent, ledger))
        sent = batches(count)
        with away.fault("refuse", match="insert") if away else nullcontext():
            asyncio.run(cut_in_the_middle(collector, disk, ledger, sent, chance.randint(count // 2, count * 2)))
        ledger.open.clear()  # sent again with the others
    return sent


async def cut_in_the_middle(
    collector: Collector, disk: PowerCutDisk, ledger: Ledger, sent: Sent, at_least: int
) -> None:
    goal = len(ledger.acknowledged) + at_least
    task = asyncio.create_task(send_all(collector, sent, ledger, connections=64))
    while len(ledger.acknowledged) < goal:
        await asyncio.sleep(0.001)
    assert collector.process is not None
    others = psutil.Process(collector.process.pid).children(recursive=True)
    collector.kill()
    psutil.wait_procs(others, 10)
    disk.cut()
    await task
