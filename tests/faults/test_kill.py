"""SIGKILL under load: what was acknowledged is stored, once; what was open can be sent again.

FAULT_ROUNDS says how many kills the long version plays.
"""

import asyncio
import os
import random
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.ledger import account, recovered
from tests.support.collector import Collector
from tests.support.load import Connection, Ledger, load, send

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "200"))


@pytest.mark.parametrize(("segment_age", "workers", "rounds"), [("20", "1", 2), ("60000", "1", 1), ("20", "2", 1)])
def test_kill_loses_nothing_acknowledged_and_doubles_nothing(
    tmp_path: Path, segment_age: str, workers: str, rounds: int
) -> None:
    """Segments sealed and inserted all the time; one that is open when the kill comes; several processes."""
    survive(tmp_path / "data", rounds=rounds, segment_age=segment_age, workers=workers)


def test_start_that_is_killed_half_way_does_not_stand_in_the_way_of_the_next(tmp_path: Path) -> None:
    """Its processes end with it, also while they open the engine's folder."""
    collector = Collector(tmp_path / "data", workers="2")
    with closing(collector.http):
        for seconds in (1.0, 1.3, 1.6):
            _kill_while_starting(collector, seconds)
        collector.start()
        assert 0 == collector.stop()


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_many_kills_lose_nothing_and_double_nothing(tmp_path: Path, workers: str) -> None:
    survive(tmp_path / "data", rounds=ROUNDS, segment_age="50", workers=workers)


def survive(folder: Path, *, rounds: int, segment_age: str, workers: str) -> None:
    """Kill it so many times under load, every third time also while it starts again; then account."""
    chance = random.Random(7)
    ledger = Ledger()
    collector = Collector(folder, segment_max_age_ms=segment_age, workers=workers)
    with closing(collector.http):
        for number in range(rounds):
            if number % 3 == 2:
                _kill_while_starting(collector, chance.uniform(0.2, 2.5))
            collector.start()
            asyncio.run(_resend(collector, ledger))
            asyncio.run(_load_and_kill(collector, ledger, chance.randint(500, 5000)))
        ended = time.monotonic()
        collector.start()
        recovery = recovered(collector, ledger, ended, seconds=60)
        asyncio.run(_resend(collector, ledger))
        assert 0 == collector.stop(), collector.log_text()[-2000:]
        collector.start()
        name = f"kill -9, {workers} worker(s), segments of {segment_age} ms"
        account(collector, ledger, name, rounds, ended=ended, recovery=recovery, seconds=60)
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
