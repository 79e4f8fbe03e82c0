"""What is known of copies is kept from one start to the next, and never of a table that it does not fit."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.clickhouse import Engine, copies_known
from collector.clickhouse.copies_known import Known, Part
from tests.support.searchable import open_in

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
WINDOW = (START - timedelta(days=9), START + timedelta(days=9))
FILE = "copies-interactions.json"
_INSERT = """
INSERT INTO interactions (site, event_id, event_name, at, created_at, received_at, session_id)
SELECT 'shop', toUUID(concat('00000000-0000-7000-8000-', leftPad(toString(id), 12, '0'))), 'click',
    {start:DateTime64(3, 'UTC')} + toIntervalMinute(id) AS moment, moment, now64(3), 's'
FROM (SELECT arrayJoin({ids:Array(UInt32)}) AS id)
"""


def insert(engine: Engine, *ids: int) -> None:
    given = {"start": START.replace(tzinfo=None), "ids": list(ids)}
    engine.write(lambda client: client.command(_INSERT, parameters=given, settings={"insert_deduplicate": 0}))


def session(folder: Path, *steps: Callable[[Engine], None]) -> tuple[int, list[str]]:
    """A start, these steps, a question, and the end: how many events it counted, and what was asked for that."""
    with asyncio.Runner() as runner:
        engine = open_in(folder)
        try:
            for step in steps:
                step(engine)
            asked: list[str] = []
            lines = engine.lines

            async def noted(sql: str, params: Any = None) -> bytes:
                asked.append(sql)
                return await lines(sql, params)

            engine.lines = noted  # type: ignore[method-assign]
            (found,) = runner.run(engine.once("SELECT count() AS n FROM interactions FINAL", {}, *WINDOW))
            return found["n"], asked
        finally:
            runner.run(engine.close())


def looked(asked: list[str]) -> bool:
    """Whether new parts were looked at."""
    return any("WHERE _part IN" in sql for sql in asked)


def test_what_was_looked_at_is_not_looked_at_again_after_a_start(tmp_path: Path) -> None:
    count, asked = session(tmp_path, lambda engine: insert(engine, 1, 2, 3), lambda engine: insert(engine, 2))
    assert (3, True) == (count, looked(asked))
    count, asked = session(tmp_path)
    assert (3, False) == (count, looked(asked))
    assert "UNION ALL" in asked[0]


def test_what_is_newer_than_the_file_is_looked_at(tmp_path: Path) -> None:
    session(tmp_path, lambda engine: insert(engine, 1, 2, 3))
    before = (tmp_path / FILE).read_bytes()
    session(tmp_path, lambda engine: insert(engine, 4))
    (tmp_path / FILE).write_bytes(before)  # as a kill leaves it
    count, asked = session(tmp_path, lambda engine: insert(engine, 2))
    assert (4, True) == (count, looked(asked))


@pytest.mark.parametrize("change", [{"table": "of another"}, {"blocks": {"202611": 10**6}}, {"blocks": 7}, None])
def test_a_file_that_does_not_fit_counts_for_nothing(tmp_path: Path, change: dict[str, Any] | None) -> None:
    """Another table, one from before it was put back from a backup, and two that are broken."""
    session(tmp_path, lambda engine: insert(engine, 1, 2, 2))
    kept = json.loads((tmp_path / FILE).read_bytes())
    (tmp_path / FILE).write_text(json.dumps({**kept, "copies": {}, **change}) if change else "{")
    count, asked = session(tmp_path)
    assert (2, True) == (count, looked(asked))


def test_a_table_that_was_emptied_is_looked_at(tmp_path: Path) -> None:
    session(tmp_path, lambda engine: insert(engine, *range(9)), lambda engine: insert(engine, *range(9, 20)))
    session(tmp_path, lambda engine: engine.write(lambda client: client.command("TRUNCATE TABLE interactions")))
    count, asked = session(tmp_path, lambda engine: insert(engine, 1, 1))
    assert (1, True) == (count, looked(asked))


def test_a_file_that_did_not_fit_once_never_does(tmp_path: Path) -> None:
    """A backup, after which nobody asked anything until the table had grown to where the file had been."""
    session(tmp_path, lambda engine: insert(engine, 1, 2, 2))
    kept = json.loads((tmp_path / FILE).read_bytes())
    (newest,) = kept["blocks"].values()
    (tmp_path / FILE).write_text(
        json.dumps({**kept, "copies": {}, "blocks": dict.fromkeys(kept["blocks"], newest + 1)})
    )
    asyncio.run(open_and_insert(tmp_path))
    count, asked = session(tmp_path)
    assert (3, True) == (count, looked(asked))


async def open_and_insert(folder: Path) -> None:
    engine = open_in(folder)
    insert(engine, 3)
    await engine.close()


def test_copies_that_a_power_cut_may_bring_back_are_known_to_the_next_start(tmp_path: Path) -> None:
    """What merged them is not synced for a while."""

    async def merged() -> None:
        engine = open_in(tmp_path)
        insert(engine, 1, 2, 3)
        insert(engine, 2)
        question = "SELECT count() AS n FROM interactions FINAL"
        await engine.once(question, {}, *WINDOW)
        engine.write(lambda client: client.command("OPTIMIZE TABLE interactions FINAL"))
        engine._copyfree["interactions"]._looked_again = 0.0
        await engine.once(question, {}, *WINDOW)
        assert not engine._copyfree["interactions"]._known.copies
        await engine.close()

    asyncio.run(merged())
    assert json.loads((tmp_path / FILE).read_bytes())["copies"]


def test_a_file_is_saved_whole(tmp_path: Path) -> None:
    known = Known({"202611": 7, "0": 3}, {3600: (1, 2)})
    copies_known.save(tmp_path / FILE, "uuid", known)
    assert known == copies_known.load(tmp_path / FILE, "uuid", [Part("202611_1_7_1", "202611", 7, 10)])
    assert [FILE] == [path.name for path in tmp_path.iterdir()]
    assert Known() == copies_known.load(tmp_path / FILE, "uuid", [Part("202611_1_6_1", "202611", 6, 10)])
    assert [] == list(tmp_path.iterdir())
