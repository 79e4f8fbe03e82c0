"""Copies among more than one question could look through in the memory it may take."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector.clickhouse import Engine, migrate
from collector.clickhouse.opening import open_engine
from collector.delivery.copies import Copies
from collector.settings import Settings

MEMORY = 48 * 1024 * 1024
ROWS = 400_000
FILL = f"""
INSERT INTO interactions (site, event_name, session_id, at, created_at, received_at, event_id)
SELECT 'many', 'click', 's', now64(3) - number * 86400 / {ROWS} AS moment, moment, moment,
    reinterpret(reverse(reinterpret(toUInt128(number + 1), 'FixedString(16)')), 'UUID')
FROM numbers({ROWS}) SETTINGS insert_deduplicate = 0
"""
AGAIN = """
INSERT INTO interactions SELECT * FROM interactions WHERE site = 'many'
AND (received_at > now() - INTERVAL 1 MINUTE OR received_at BETWEEN now() - INTERVAL 1201 MINUTE AND now() - INTERVAL 1200 MINUTE)
SETTINGS insert_deduplicate = 0
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(Settings(data_dir=tmp_path_factory.mktemp("small"), query_memory_bytes=MEMORY))
    migrate(opened)
    yield opened
    asyncio.run(opened.close())


async def surplus(engine: Engine) -> int:
    [found] = await engine.rows(f"SELECT count() - {ROWS} AS n FROM interactions WHERE site = 'many'")
    return int(found["n"])


def test_copies_among_too_many_for_one_question_are_merged(engine: Engine, tmp_path: Path) -> None:
    """The first look failed for want of memory, and every later one looked at more."""

    async def work() -> tuple[int, int]:
        await engine.command("SYSTEM STOP MERGES interactions")
        await engine.command(FILL)
        await engine.command(AGAIN)
        before = await surplus(engine)
        await engine.command("SYSTEM START MERGES interactions")
        copies = Copies(engine, 300, tmp_path, filling_seconds=0)
        now = datetime.now(UTC)
        with pytest.raises(ClickHouseError, match="memory limit"):
            await copies._ask(now - timedelta(hours=26), now)
        await copies.merge()
        return before, await surplus(engine)

    before, after = asyncio.run(work())
    assert before > 200
    assert 0 == after
