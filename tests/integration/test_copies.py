"""Copies of an event are merged, also when one of them was stored long after it came."""

import asyncio
import os
import time
from pathlib import Path

from collector import recordbatch
from collector.clickhouse import Engine
from collector.delivery.copies import Copies
from collector.delivery.writer import Writer
from collector.intake.normalize import stamp
from collector.spool import SpoolReader
from tests.support.collector import now_ms, uuid7
from tests.unit.spooling import seal


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


async def count(engine: Engine) -> int:
    [found] = await engine.rows("SELECT count() AS n FROM interactions WHERE site = 'copies'")
    return int(found["n"])
