"""The writer against the real engine: poison, repeats, retention, migrations."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest

from collector import recordbatch
from collector.clickhouse import Engine, applied, migrate, pending, set_retention
from collector.clickhouse.engine import READERS
from collector.clickhouse.inserting import NAMELESS
from collector.delivery.writer import Writer
from collector.spool import Quarantine, Spool, SpoolLimits, encode
from tests.support.collector import now_ms, uuid7

LIMITS = SpoolLimits(budget=1 << 30, segment_bytes=1 << 20, segment_age=0.1)


def spooled(site: str, *interactions: dict[str, Any]) -> bytes:
    """A record batch, as intake writes it; each interaction a click, but for the fields given."""
    made = [{"event_id": uuid7(), "at_ms": now_ms(), "event_name": "click", **fields} for fields in interactions]
    shared = {"site": site, "session_id": "s", "received_at": "2026-11-23 08:00:00.000"}
    return recordbatch.encode(shared, recordbatch.columns(made), len(made))


async def deliver(folder: Path, engine: Engine, *bodies: bytes) -> None:
    """Spool the bodies and let the writer store them."""
    spool = Spool(folder, LIMITS)
    if bodies:
        await spool.append(b"".join(b"".join(encode(b"", body)) for body in bodies))
        await spool.seal()
    await Writer(spool, engine, before_delete=lambda _: None, inserted=lambda _: None).drain()
    assert 0 == spool.backlog
    await spool.close()


def count(engine: Engine, site: str) -> int:
    async def ask() -> int:
        rows = await engine.rows("SELECT count() AS n FROM interactions WHERE site = {site:String}", {"site": site})
        return int(rows[0]["n"])

    with asyncio.Runner() as runner:
        return runner.run(ask())


@pytest.mark.parametrize("place", [0, 4, 9])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_poisoned_row_goes_to_quarantine_alone(tmp_path: Path, engine: Engine, place: int, size: int) -> None:
    """Whether it came in a batch of its own or among others."""
    site = f"poison-{place}-{size}"
    made: list[dict[str, Any]] = [{} for _ in range(10)]
    made[place] = {"event_id": "no uuid"}
    batches = [spooled(site, *made[start : start + size]) for start in range(0, 10, size)]
    asyncio.run(deliver(tmp_path, engine, *batches))
    assert 9 == count(engine, site)
    quarantine = Quarantine(tmp_path / "quarantine")
    [entry] = quarantine.entries()
    [kept] = recordbatch.rows(quarantine.read(entry.name))
    assert "no uuid" == kept["event_id"]
    assert "UUID" in entry.reason


def test_a_segment_that_is_inserted_again_stores_once(tmp_path: Path, engine: Engine) -> None:
    """The writer dies between the insert and the deletion of its segment."""

    class Died(Exception):
        pass

    async def die() -> None:
        spool = Spool(tmp_path, LIMITS)
        await spool.append(b"".join(encode(b"", spooled("again", {}, {}))))
        await spool.seal()

        def no_deletion(_: list[bytes]) -> None:
            raise Died

        with pytest.raises(Died):
            await Writer(spool, engine, before_delete=no_deletion, inserted=lambda _: None).drain()
        await spool.close()

    asyncio.run(die())
    assert 2 == count(engine, "again")
    asyncio.run(deliver(tmp_path, engine))
    assert 2 == count(engine, "again")


@pytest.mark.skipif(not NAMELESS, reason="only Linux has files without a name")
def test_no_insert_puts_rows_into_the_systems_temporary_folder(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill left them there, where nobody counts or deletes them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is none"))
    asyncio.run(deliver(tmp_path / "spool", engine, spooled("nameless 'site' \\", {}, {"event_id": "no uuid"}, {})))
    assert 2 == count(engine, "nameless 'site' \\")
    assert 1 == len(list(Quarantine(tmp_path / "spool" / "quarantine").entries()))


def test_a_disk_that_refused_is_no_failed_insert_once_the_segment_is_stored(tmp_path: Path, engine: Engine) -> None:
    """`/health/ready` went on saying so until the next insert."""

    async def work() -> None:
        spool = Spool(tmp_path, LIMITS)
        await spool.append(b"".join(encode(b"", spooled("refusing", {}))))
        await spool.seal()
        refusals = [OSError("the disk is full")]

        def remember(_: list[bytes]) -> None:
            if refusals:
                raise refusals.pop()

        writer = Writer(spool, engine, before_delete=remember, inserted=lambda _: None)
        await writer.drain()
        assert not refusals
        assert "" == writer.last_error
        await spool.close()

    asyncio.run(work())


def test_a_segment_is_stored_while_more_questions_run_than_are_answered_at_once(tmp_path: Path, engine: Engine) -> None:
    question = "SELECT sleepEachRow(0.1) FROM numbers(200) SETTINGS max_block_size = 1"

    async def busy() -> list[bool]:
        tiles = [asyncio.create_task(engine.rows(question)) for _ in range(READERS + 2)]
        await asyncio.sleep(0)  # each has asked now
        await deliver(tmp_path, engine, spooled("busy", {}))
        answered = [tile.done() for tile in tiles]
        for tile in tiles:
            tile.cancel()
        await asyncio.wait(tiles)
        await engine._asking.ended()  # ended in the engine too
        return answered

    assert not any(asyncio.run(busy()))
    assert 1 == count(engine, "busy")


def test_events_far_apart_in_time_fit_in_one_segment(tmp_path: Path, engine: Engine) -> None:
    """Browsers whose clocks are decades off: an insert may touch at most a hundred partitions."""
    month = 30 * 86_400_000
    times: list[dict[str, Any]] = [{"at_ms": number * month} for number in range(0, 700, 3)]
    asyncio.run(deliver(tmp_path, engine, spooled("apart", *times)))
    assert len(times) == count(engine, "apart")


def test_migrations_run_once_and_the_retention_is_set(engine: Engine) -> None:
    assert [] == pending(engine) == migrate(engine)
    assert "2026-11-23-interactions" in applied(engine)

    def ttl() -> str:
        return str(engine.write(lambda client: client.command("SHOW CREATE TABLE interactions")))

    set_retention(engine, 30)
    assert "toIntervalDay(30)" in ttl()
    set_retention(engine, 400)
    assert "toIntervalDay(400)" in ttl() and "toIntervalDay(30)" not in ttl()


def test_a_record_batch_becomes_its_rows_whatever_is_missing_or_null(tmp_path: Path, engine: Engine) -> None:
    mixed: list[dict[str, Any]] = [
        {
            "url": "https://shop.example/a?utm_source=mail",
            "x": 0,
            "props": {"a": [1]},
            "tools_used": [{"tool_name": "t"}],
        },
        {"event_name": "scroll", "scroll_depth": 75.0, "url": None, "content": 'a "quote"\nand a line'},
    ]
    asyncio.run(deliver(tmp_path, engine, spooled("mixed", *mixed)))

    async def ask() -> list[dict[str, Any]]:
        sql = "SELECT event_name, url, path, utm_source, x, props, tools_used, scroll_depth, content FROM interactions"
        return await engine.rows(f"{sql} WHERE site = 'mixed' ORDER BY event_name")

    with asyncio.Runner() as runner:
        assert [
            {"event_name": "click", "url": "https://shop.example/a?utm_source=mail", "path": "/a", "utm_source": "mail",
             "x": 0, "props": '{"a":[1]}', "tools_used": '[{"tool_name":"t"}]', "scroll_depth": None, "content": ""},
            {"event_name": "scroll", "url": "", "path": "", "utm_source": "", "x": None, "props": "", "tools_used": "",
             "scroll_depth": 75, "content": 'a "quote"\nand a line'},
        ] == runner.run(ask())  # fmt: skip


def test_every_column_of_a_record_batch_exists_and_every_answered_field_is_one(engine: Engine) -> None:
    """One schema: what intake writes, what the engine takes, the table, and the documented record."""
    from collector.wire.reading import Interaction

    def columns(table: str) -> list[str]:
        sql = "SELECT name FROM system.columns WHERE table = {table:String} AND database = currentDatabase() ORDER BY position"
        found = engine.write(lambda client: client.query(sql, parameters={"table": table}).result_columns[0])
        return list(found)

    assert list(recordbatch.FIELDS) == columns("incoming")
    assert set(recordbatch.FIELDS) - {"at_ms", "offset_ms"} <= set(columns("interactions"))
    assert set(Interaction.model_fields) <= set(columns("interactions"))
