"""SIGKILL under load: what was acknowledged is stored, once; what was open can be sent again."""

import asyncio
import random
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.collector import Collector, eventually
from tests.support.load import Connection, Ledger, load, send


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


@pytest.mark.parametrize(("segment_age", "workers"), [("20", "1"), ("60000", "1"), ("20", "2")])
def test_kill_loses_nothing_acknowledged_and_doubles_nothing(tmp_path: Path, segment_age: str, workers: str) -> None:
    """Segments sealed and inserted all the time; one that is open when the kill comes; several processes."""
    chance = random.Random(7)
    ledger = Ledger()
    collector = Collector(tmp_path / "data", segment_max_age_ms=segment_age, workers=workers)
    with closing(collector.http):
        survive(collector, ledger, chance, rounds=3)


def survive(collector: Collector, ledger: Ledger, chance: random.Random, rounds: int) -> None:
    """Kill it so many times under load, then compare what was acknowledged with what is stored."""
    for _ in range(rounds):
        collector.start()
        asyncio.run(_resend(collector, ledger))
        asyncio.run(_load_and_kill(collector, ledger, chance.randint(500, 5000)))
    collector.start()
    asyncio.run(_resend(collector, ledger))
    assert 0 == collector.stop(), collector.log_text()[-2000:]
    collector.start()
    rows = eventually(collector.rows, lambda rows: len(rows) >= len(ledger.acknowledged))
    stored = Counter(row["event_id"] for row in rows)
    assert ledger.acknowledged == set(stored)
    assert [] == [event_id for event_id, times in stored.items() if times > 1]
    assert not ledger.refused
    # the listing hides copies; the table itself must have none either
    assert 0 == collector.stop()
    assert len(ledger.acknowledged) == _raw_count(collector)


def _raw_count(collector: Collector) -> int:
    """Rows in the table, copies included, read by a process of its own."""
    script = (
        "import clickhouse_connect, sys\n"
        "client = clickhouse_connect.get_client(interface='chdb', path=sys.argv[1])\n"
        "print(client.command('SELECT count() FROM collector.interactions'))\n"
    )
    folder = str(collector.data_dir / "clickhouse")
    return int(subprocess.run([sys.executable, "-c", script, folder], check=True, capture_output=True).stdout)
