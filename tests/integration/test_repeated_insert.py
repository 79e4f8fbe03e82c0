"""A segment that one process inserted and the next inserts again, as after a kill, is stored once; also when the first
process made the tables."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import recordbatch
from tests.support.collector import new_engine, now_ms, uuid7
from tests.support.powercut_disk import MIB, NoDisk, PowerCutDisk
from tests.support.searchable import open_in

INSERT = """
import asyncio, os, sys
from pathlib import Path
from collector import recordbatch
from tests.support.searchable import open_in

async def insert(folder, rows, token):
    engine = open_in(folder)
    await engine.command("SYSTEM STOP MERGES")
    await engine.insert("incoming", recordbatch.FIELDS, rows, token)
    counts = [await engine.rows(f"SELECT count() AS n FROM {table}") for table in ("interactions", "sampled")]
    print("stored", *[found["n"] for (found,) in counts], flush=True)
    os._exit(0)  # nothing is tidied up

asyncio.run(insert(Path(sys.argv[1]), sys.stdin.buffer.read(), sys.argv[2]))
"""


def line(number: int) -> bytes:
    shared = {"site": "shop", "session_id": f"s-{number}", "received_at": "2026-11-23 08:00:00.000"}
    row = {"event_id": uuid7(), "at_ms": now_ms(), "event_name": "click"}
    return recordbatch.encode({**shared, "request_id": uuid7()}, recordbatch.columns([row]), 1)


def inserted(folder: Path, rows: bytes, token: str = "segment") -> str:
    """How many rows a new process finds in the tables once it has inserted them."""
    if not folder.exists():
        shutil.copytree(new_engine(), folder / "clickhouse", symlinks=True)
    command = [sys.executable, "-c", INSERT, str(folder), token]
    told = subprocess.run(command, input=rows, capture_output=True, check=True).stdout.decode().splitlines()[-1]
    assert told.startswith("stored ") and not told.endswith(" 0")
    return told


def test_insert_that_the_next_process_repeats_is_stored_once(tmp_path: Path) -> None:
    rows = b"".join(map(line, range(200)))
    (tmp_path / "data").mkdir()  # nothing is prepared
    first = inserted(tmp_path / "data", rows)
    assert first.startswith("stored 200 ")
    assert [first, first] == [inserted(tmp_path / "data", rows), inserted(tmp_path / "data", rows)]


@pytest.mark.parametrize("lost", [{0}, {1}, {0, 1}])
def test_insert_that_was_killed_between_its_token_and_its_rows_is_stored_when_it_is_repeated(
    tmp_path: Path, lost: set[int]
) -> None:
    """The engine notes the token first; it took the repeated insert for a duplicate, and the rows were nowhere."""
    rows = b"".join(map(line, range(200)))
    first = inserted(tmp_path / "data", rows)
    lose(tmp_path / "data", lost)
    assert [first, first] == [inserted(tmp_path / "data", rows), inserted(tmp_path / "data", rows)]


@pytest.mark.parametrize("torn", ["end", "middle"])
def test_a_torn_line_among_tokens_hides_none(tmp_path: Path, torn: str) -> None:
    """As a full disk or a power cut leaves it; the engine forgot what it wrote behind it, at each start."""
    rows, others = (b"".join(map(line, range(start, start + 200))) for start in (0, 200))
    inserted(tmp_path / "data", rows)
    for log in (tmp_path / "data" / "clickhouse").glob("store/*/*/deduplication_logs/*.txt"):
        with log.open("ab") as file:
            file.write(b"1\t202610_9_9_0\t202610_4707" if torn == "middle" else b"\0" * 40)
    if torn == "middle":
        both = inserted(tmp_path / "data", others, "another")
        assert both.startswith("stored 400 ")
        assert both == inserted(tmp_path / "data", others, "another")
    else:
        lose(tmp_path / "data", {0, 1})
    both = inserted(tmp_path / "data", rows)
    assert both.startswith(f"stored {400 if torn == 'middle' else 200} ")
    assert both == inserted(tmp_path / "data", rows)


def test_an_insert_whose_part_gets_no_name_is_stored_when_it_is_repeated(tmp_path: Path) -> None:
    """Its token is known then, and its rows are nowhere, in a process that goes on."""
    rows, others = (b"".join(map(line, range(start, start + 200))) for start in (0, 200))
    asyncio.run(_insert_in_the_way(tmp_path / "data", rows, others))


async def _insert_in_the_way(data_dir: Path, rows: bytes, others: bytes) -> None:
    engine = open_in(data_dir)
    await engine.command("SYSTEM STOP MERGES")
    await engine.insert("incoming", recordbatch.FIELDS, rows, "first")
    in_the_way = [part.with_name(_next(part.name)) for part in with_tokens(data_dir)]
    for path in in_the_way:
        path.write_text("no folder can have this name")
    with pytest.raises(ClickHouseError):
        await engine.insert("incoming", recordbatch.FIELDS, others, "second")
    for path in in_the_way:
        path.unlink()
    for _ in range(2):
        await engine.insert("incoming", recordbatch.FIELDS, others, "second")
    [found] = await engine.rows("SELECT count() AS n, uniqExact(event_id) AS events FROM interactions")
    await engine.close()
    assert (400, 400) == (found["n"], found["events"])


def _next(part: str) -> str:
    """The part that the next insert makes."""
    partition, number, _, level = part.split("_")
    return f"{partition}_{int(number) + 1}_{int(number) + 1}_{level}"


def lose(data_dir: Path, lost: set[int]) -> None:
    """Let parts be as before they got their names: that of the table is 0, that of the smaller sample 1."""
    parts = sorted(with_tokens(data_dir), key=lambda part: -int((part / "count.txt").read_text()))
    assert 2 == len(parts)
    for number in lost:
        parts[number].rename(parts[number].with_name(f"tmp_insert_{parts[number].name}"))


def with_tokens(data_dir: Path) -> list[Path]:
    """The parts that inserts under a token made."""
    return [part for table in data_dir.glob("clickhouse/store/*/*") for part in holding_tokens(table)]


def holding_tokens(table: Path) -> list[Path]:
    """The parts of a table that inserts under a token made."""
    logs = table.glob("deduplication_logs/*.txt")
    lines = [line.split("\t") for log in logs for line in log.read_text().splitlines()]
    return [table / fields[1] for fields in lines if len(fields) == 3 and (table / fields[1]).exists()]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a disk: Linux, as root")
def test_insert_that_is_repeated_after_a_power_cut_is_stored_once(tmp_path: Path) -> None:
    rows = b"".join(map(line, range(200)))
    try:
        with PowerCutDisk(tmp_path, 128 * MIB) as disk:
            (disk.folder / "data").mkdir()  # a prepared engine would be lost, since nobody synced it
            first = inserted(disk.folder / "data", rows)
            disk.cut()
            assert first == inserted(disk.folder / "data", rows)
    except NoDisk as why:
        pytest.skip(f"this machine mounts no disk from a file: {why}")
