"""Closing an engine does not wait for what may take minutes."""

import asyncio
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from tests.support.searchable import open_in

_FILL = """
INSERT INTO interactions (site, event_id, event_name, at, created_at, received_at, session_id, url)
SELECT 'shop', generateUUIDv4(number), 'click', now64(3) - number % 100000 AS moment, moment, moment,
    toString(number % 1000), repeat(toString(rand()), 20)
FROM numbers(300000)
"""
_MERGES = "SELECT progress FROM system.merges WHERE table = 'interactions'"


def test_a_merge_under_way_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def work() -> None:
        engine = open_in(tmp_path)
        await engine.command("SYSTEM STOP MERGES interactions")
        for _ in range(4):
            await engine.command(_FILL)
        await engine.command("SYSTEM START MERGES interactions")
        merge = asyncio.create_task(engine.command("OPTIMIZE TABLE interactions FINAL"))
        while not await engine.rows(_MERGES):
            assert not merge.done(), "it was too short to be ended"
        await engine.close()
        with pytest.raises(ClickHouseError, match="ABORTED"):
            await merge

    async def again() -> None:
        engine = open_in(tmp_path)
        await engine.command("OPTIMIZE TABLE interactions FINAL")
        [parts] = await engine.rows(
            "SELECT uniq(partition_id) = count() AS merged FROM system.parts WHERE active AND table = 'interactions'"
        )
        assert parts["merged"], "merges may run again"
        await engine.close()

    asyncio.run(work())
    asyncio.run(again())
