"""SIGKILL under load: what was acknowledged is stored, once; what was open can be sent again.

FAULT_ROUNDS says how many kills under load the long version plays, FAULT_SEED which moments it draws.
"""

import asyncio
import os
import random
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.ledger import account, recovered
from tests.support.collector import Collector
from tests.support.load import Connection, Ledger, load, send

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "200"))
SEED = int(os.environ.get("FAULT_SEED", "7"))


def test_kill_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    """Segments sealed and inserted all the time; then one that is open when the kill comes."""
    survive(tmp_path / "data", rounds=2, ages=("20", "60000"), workers="1", events=(200, 800))


def test_start_that_is_killed_half_way_does_not_stand_in_the_way_of_the_next(tmp_path: Path) -> None:
    """Its processes end with it, also while they open the engine's folder."""
    killed_half_way(tmp_path / "data", (1.3,), "1 kill")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_many_starts_that_are_killed_half_way_do_not_stand_in_the_way_of_the_next(tmp_path: Path) -> None:
    killed_half_way(tmp_path / "data", [0.3 + number / 10 for number in range(20)], "20 kills")


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_many_kills_lose_nothing_and_double_nothing(tmp_path: Path, workers: str) -> None:
    survive(tmp_path / "data", rounds=ROUNDS, ages=("50", "50", "50", "60000"), workers=workers, events=(500, 5000))


def killed_half_way(folder: Path, moments: Sequence[float], name: str) -> None:
    """Two workers and the engine's process: killed so many seconds after each start, then once under load."""
    ledger = Ledger()
    collector = Collector(folder, workers="2", segment_max_age_ms="20")
    collector.prepared = False
    with closing(collector.http):
        for seconds in moments:
            _kill_while_starting(collector, seconds)
        collector.start()
        asyncio.run(_load_and_kill(collector, ledger, 500))
        ended = time.monotonic()
        collector.start()
        asyncio.run(_resend(collector, ledger))
        account(collector, ledger, f"kill -9 while starting, 2 workers, {name}", 1 + len(moments), ended=ended)
        assert 0 == collector.stop(), collector.log_text()[-2000:]
    assert not ledger.refused


def survive(folder: Path, *, rounds: int, ages: Sequence[str], workers: str, events: tuple[int, int]) -> None:
    """Kill it so many times under load, after so many events (from, to), with segments of these ages in turn, every
    third time also while it starts again; then account."""
    chance = random.Random(SEED)
    ledger = Ledger()
    collector = Collector(folder, workers=workers)
    kills = rounds
    with closing(collector.http):
        for number in range(rounds):
            collector.settings["COLLECTOR_SEGMENT_MAX_AGE_MS"] = ages[number % len(ages)]
            if number % 3 == 2:
                _kill_while_starting(collector, chance.uniform(0.2, 2.5))
                kills += 1
            collector.start()
            asyncio.run(_resend(collector, ledger))
            asyncio.run(_load_and_kill(collector, ledger, chance.randint(*events)))
        collector.settings["COLLECTOR_SEGMENT_MAX_AGE_MS"] = "20"
        ended = time.monotonic()
        collector.start()
        recovery = recovered(collector, ledger, ended, seconds=60)
        asyncio.run(_resend(collector, ledger))
        name = f"kill -9 under load, {workers} worker(s)"
        account(collector, ledger, name, kills, ended=ended, recovery=recovery, seconds=60)
        assert 0 == collector.stop(), collector.log_text()[-2000:]
    assert not ledger.refused


def _kill_while_starting(collector: Collector, seconds: float) -> None:
    """Recovery and migration are cut short: the moment is drawn, not waited for."""
    collector.start(ready=False)
    assert collector.process is not None
    try:
        code = collector.process.wait(seconds)
    except subprocess.TimeoutExpired:
        collector.kill()
    else:
        raise AssertionError(f"the start ended with {code}:\n{collector.log_text()[-2000:]}")


async def _load_and_kill(collector: Collector, ledger: Ledger, at_least: int) -> None:
    """Kill the collector once so many events were acknowledged in this round."""
    goal = len(ledger.acknowledged) + at_least
    task = asyncio.create_task(load(collector.port, ledger, connections=64, enough=asyncio.Event()))
    while len(ledger.acknowledged) < goal:
        assert not task.done(), "the load ended by itself"
        await asyncio.sleep(0.001)
    collector.kill()
    await task


async def _resend(collector: Collector, ledger: Ledger) -> None:
    """What had no answer is sent again, as a browser would."""
    waiting, ledger.open = ledger.open, []
    connection = Connection(collector.port)
    for sent in waiting:
        assert await send(connection, sent, ledger)
    await connection.close()
