"""SIGTERM under load: what was accepted is answered, sealed and stored in time; what is left is picked up later. A
second collector does not start beside one that runs."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.faults.ledger import account
from tests.faults.test_disk import refusal
from tests.faults.test_engine_away import send_for
from tests.support.clickhouse_front import Front
from tests.support.collector import Collector
from tests.support.load import Connection, Ledger, load, send


async def load_and_stop(collector: Collector, ledger: Ledger) -> int:
    """SIGTERM in the middle of the load of 64 connections; returns the exit code."""
    task = asyncio.create_task(load(collector.port, ledger, connections=64, enough=asyncio.Event()))
    while len(ledger.acknowledged) < 1000:
        assert not task.done(), "the load ended by itself"
        await asyncio.sleep(0.001)
    code = await asyncio.to_thread(collector.stop)
    await task
    return code


async def resend(collector: Collector, ledger: Ledger) -> None:
    waiting, ledger.open = ledger.open, []
    connection = Connection(collector.port)
    for sent in waiting:
        assert await send(connection, sent, ledger)
    await connection.close()


def left(collector: Collector) -> list[str]:
    spool = collector.data_dir / "spool"
    return [path.name for path in spool.glob("*/*") if path.suffix in (".sealed", ".open")]


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_sigterm_under_load_answers_stores_and_exits_0(tmp_path: Path, workers: str) -> None:
    ledger = Ledger()
    collector = Collector(tmp_path / "data", workers=workers).start()
    stopped = time.monotonic()
    assert 0 == asyncio.run(load_and_stop(collector, ledger)), collector.log_text()[-2000:]
    assert [] == left(collector)
    collector.start()
    asyncio.run(resend(collector, ledger))
    account(collector, ledger, f"SIGTERM under load, {workers} worker(s)", 1, ended=stopped)
    assert 0 == collector.stop()
    assert not ledger.refused


def test_sigterm_under_load_with_the_engine_away_exits_0_in_time_and_leaves_the_rest(tmp_path: Path) -> None:
    ledger = Ledger()
    with Front(tmp_path / "db", database="collector") as front:
        collector = Collector(tmp_path / "data", clickhouse_url=front.url, drain_seconds="1").start()
        front.kill()
        assert 0 == asyncio.run(load_and_stop(collector, ledger)), collector.log_text()[-2000:]
        assert left(collector)
        front.start()
        stopped = time.monotonic()
        with collector, front.connect() as client:
            asyncio.run(resend(collector, ledger))
            account(collector, ledger, "SIGTERM under load, ClickHouse away", 1, ended=stopped, client=client)
            assert [] == left(collector)
    assert not ledger.refused


def test_second_collector_on_a_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    ledger = Ledger()
    with Collector(tmp_path / "data") as collector:
        asyncio.run(send_for(collector, 0.1, ledger))
        said = refusal(tmp_path / "data")
        assert "in use by another collector; stop it, or give this one its own COLLECTOR_DATA_DIR" in said
        asyncio.run(send_for(collector, 0.1, ledger))
        account(collector, ledger, "two collectors on one folder", 1, ended=time.monotonic())
