"""Copies of an event are merged, also when one of them was stored long after it came."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import SecretStr

from collector import recordbatch
from collector.clickhouse import Engine, migrate, open_engine
from collector.clickhouse.engine import READERS
from collector.delivery.copies import Copies
from collector.delivery.writer import Writer
from collector.intake.normalize import stamp
from collector.settings import Settings
from collector.spool import SpoolReader
from tests.support.clickhouse_front import Front
from tests.support.collector import now_ms, uuid7
from tests.unit.spooling import seal

PARTS = "SELECT name FROM system.parts WHERE active AND table = 'interactions' ORDER BY name"


def test_a_copy_that_waited_for_hours_is_merged_when_it_is_stored(engine: Engine, tmp_path: Path) -> None:
    """The engine took no inserts meanwhile, and answered questions."""
    hours_ago = now_ms() - 2 * 3_600_000
    row = recordbatch.columns([{"event_id": uuid7(), "at_ms": hours_ago, "event_name": "click"}])
    copy = recordbatch.encode({"site": "copies", "session_id": "s", "received_at": stamp(hours_ago)}, row, 1)
    waiting = seal(tmp_path / "spool" / "0", copy)
    os.utime(waiting, (time.time(), hours_ago / 1000))

    async def work() -> list[int]:
        copies = Copies(engine, 300, tmp_path / "spool", filling_seconds=10)
        await engine.insert("incoming", recordbatch.FIELDS, copy, "another collector")
        await copies.merge()
        await engine.command("SYSTEM STOP MERGES interactions")
        spool = SpoolReader(waiting.parent)
        spool.look()
        await Writer(spool, engine, lambda _: None, inserted=lambda _: None).drain()
        counts = [await count(engine)]
        await engine.command("SYSTEM START MERGES interactions")
        await copies.merge()
        return [*counts, await count(engine)]

    assert [2, 1] == asyncio.run(work())


def test_a_merge_whose_answer_is_lost_is_not_done_again(tmp_path: Path) -> None:
    """A server goes on where we lose patience; it merged a quarter anew every few minutes."""

    async def work(front: Front) -> int:
        engine = open_engine(Settings(data_dir=tmp_path / "data", clickhouse_url=SecretStr(front.url)))
        migrate(engine)
        await engine.command("SYSTEM STOP MERGES interactions")
        for token in "ab":
            await engine.insert("incoming", recordbatch.FIELDS, line, token)
        await engine.command("SYSTEM START MERGES interactions")
        copies = Copies(engine, 300, tmp_path / "spool", filling_seconds=10)
        for _ in range(READERS):  # to connect is a command too
            await engine.rows(PARTS)
        with front.fault("apply_then_drop", match="command", count=1), pytest.raises((ClickHouseError, OSError)):
            await copies.merge()
        merged = await engine.rows(PARTS)
        await copies.merge()
        assert merged == await engine.rows(PARTS)
        found = await count(engine)
        await engine.close()
        return found

    row = recordbatch.columns([{"event_id": uuid7(), "at_ms": now_ms(), "event_name": "click"}])
    line = recordbatch.encode({"site": "copies", "session_id": "s", "received_at": stamp(now_ms())}, row, 1)
    with Front(tmp_path / "clickhouse") as front:
        assert 1 == asyncio.run(work(front))


async def count(engine: Engine) -> int:
    [found] = await engine.rows("SELECT count() AS n FROM interactions WHERE site = 'copies'")
    return int(found["n"])
