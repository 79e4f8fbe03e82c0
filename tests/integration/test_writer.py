"""The writer against the real engine: poison, repeats, retention, migrations."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.clickhouse import Engine, applied, migrate, open_engine, pending, set_retention
from collector.delivery.writer import Writer
from collector.settings import Settings
from collector.spool import Quarantine, Spool, SpoolLimits, encode
from tests.support.collector import now_ms, uuid7

LIMITS = SpoolLimits(budget=1 << 30, segment_bytes=1 << 20, segment_age=0.1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One embedded engine: a process can have no second one."""
    opened = open_engine(Settings(data_dir=tmp_path_factory.mktemp("engine")))
    migrate(opened)
    yield opened
    asyncio.run(opened.close())


def row(site: str, **fields: Any) -> bytes:
    """A spooled row, as intake writes it."""
    made = {"site": site, "event_id": uuid7(), "at_ms": now_ms(), "event_name": "click", "session_id": "s"}
    return json.dumps({**made, "received_at": "2026-11-23 08:00:00.000", **fields}).encode() + b"\n"


async def deliver(folder: Path, engine: Engine, *bodies: bytes) -> None:
    """Spool the bodies and let the writer store them."""
    spool = Spool(folder, LIMITS)
    if bodies:
        await spool.append(b"".join(b"".join(encode(b"", body)) for body in bodies))
        await spool.seal()
    await Writer(spool, engine, before_delete=lambda: None, inserted=lambda: None).drain()
    assert 0 == spool.backlog
    await spool.close()


def count(engine: Engine, site: str) -> int:
    async def ask() -> int:
        rows = await engine.rows("SELECT count() AS n FROM interactions WHERE site = {site:String}", {"site": site})
        return int(rows[0]["n"])

    with asyncio.Runner() as runner:
        return runner.run(ask())


@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_poisoned_row_goes_to_quarantine_alone(tmp_path: Path, engine: Engine, place: int) -> None:
    site = f"poison-{place}"
    rows = [row(site) for _ in range(10)]
    rows[place] = row(site, event_id="no uuid")
    asyncio.run(deliver(tmp_path, engine, b"".join(rows)))
    assert 9 == count(engine, site)
    quarantine = Quarantine(tmp_path / "quarantine")
    [entry] = quarantine.entries()
    assert rows[place] == quarantine.read(entry.name)
    assert "UUID" in entry.reason


def test_a_segment_that_is_inserted_again_stores_once(tmp_path: Path, engine: Engine) -> None:
    """The writer dies between the insert and the deletion of its segment."""

    class Died(Exception):
        pass

    async def die() -> None:
        spool = Spool(tmp_path, LIMITS)
        await spool.append(b"".join(encode(b"", row("again") + row("again"))))
        await spool.seal()

        def no_deletion() -> None:
            raise Died

        with pytest.raises(Died):
            await Writer(spool, engine, before_delete=no_deletion, inserted=lambda: None).drain()
        await spool.close()

    asyncio.run(die())
    assert 2 == count(engine, "again")
    asyncio.run(deliver(tmp_path, engine))
    assert 2 == count(engine, "again")


def test_events_far_apart_in_time_fit_in_one_segment(tmp_path: Path, engine: Engine) -> None:
    """Browsers whose clocks are decades off: an insert may touch at most a hundred partitions."""
    month = 30 * 86_400_000
    rows = [row("apart", at_ms=number * month, offset_ms=now_ms() - number * month) for number in range(0, 2700, 3)]
    asyncio.run(deliver(tmp_path, engine, b"".join(rows)))
    assert len(rows) == count(engine, "apart")


def test_migrations_run_once_and_the_retention_is_set(engine: Engine) -> None:
    assert [] == pending(engine) == migrate(engine)
    assert "2026-11-23-interactions" in applied(engine)

    def ttl() -> str:
        return str(engine.write(lambda client: client.command("SHOW CREATE TABLE interactions")))

    set_retention(engine, 30)
    assert "toIntervalDay(30)" in ttl()
    set_retention(engine, 400)
    assert "toIntervalDay(400)" in ttl() and "toIntervalDay(30)" not in ttl()


def test_every_column_a_row_may_hold_exists_and_every_answered_field_is_one(engine: Engine) -> None:
    """One schema: what intake writes, the table, and the documented record."""
    from collector.interaction import COLUMNS
    from collector.wire.reading import Interaction

    names = engine.write(
        lambda client: client.query(
            "SELECT name FROM system.columns WHERE table = 'interactions' AND database = currentDatabase()"
        ).result_columns[0]
    )
    assert set(COLUMNS) <= set(names)
    assert set(Interaction.model_fields) <= set(names)
