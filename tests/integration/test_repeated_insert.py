"""A segment that one process inserted and the next inserts again, as after a kill, is stored once; also when the first
process made the tables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from collector import recordbatch
from tests.support.collector import now_ms, uuid7
from tests.support.powercut_disk import MIB, NoDisk, PowerCutDisk

INSERT = """
import asyncio, os, sys
from pathlib import Path
from collector import recordbatch
from tests.support.searchable import open_in

async def insert(folder, rows):
    engine = open_in(folder)
    await engine.command("SYSTEM STOP MERGES")
    await engine.insert("incoming", recordbatch.FIELDS, rows, "segment")
    counts = [await engine.rows(f"SELECT count() AS n FROM {table}") for table in ("interactions", "sampled")]
    print("stored", *[found["n"] for (found,) in counts], flush=True)
    os._exit(0)  # nothing is tidied up

asyncio.run(insert(Path(sys.argv[1]), sys.stdin.buffer.read()))
"""


def line(number: int) -> bytes:
    shared = {"site": "shop", "session_id": f"s-{number}", "received_at": "2026-11-23 08:00:00.000"}
    row = {"event_id": uuid7(), "at_ms": now_ms(), "event_name": "click"}
    return recordbatch.encode({**shared, "request_id": uuid7()}, recordbatch.columns([row]), 1)


def inserted(folder: Path, rows: bytes) -> str:
    """How many rows a new process finds in the tables once it has inserted them."""
    command = [sys.executable, "-c", INSERT, str(folder)]
    told = subprocess.run(command, input=rows, capture_output=True, check=True).stdout.decode().splitlines()[-1]
    assert told.startswith("stored ") and not told.endswith(" 0")
    return told


def test_insert_that_the_next_process_repeats_is_stored_once(tmp_path: Path) -> None:
    rows = b"".join(map(line, range(200)))
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
    parts = sorted(
        (part for table in (tmp_path / "data" / "clickhouse").glob("store/*/*") for part in holding_tokens(table)),
        key=lambda part: -int((part / "count.txt").read_text()),  # the table, then the smaller sample
    )
    assert 2 == len(parts)
    for number in lost:
        parts[number].rename(parts[number].with_name(f"tmp_insert_{parts[number].name}"))
    assert [first, first] == [inserted(tmp_path / "data", rows), inserted(tmp_path / "data", rows)]


def holding_tokens(table: Path) -> list[Path]:
    """The parts of a table that inserts under a token made."""
    logs = table.glob("deduplication_logs/*.txt")
    return [table / line.split("\t")[1] for log in logs for line in log.read_text().splitlines()]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a disk: Linux, as root")
def test_insert_that_is_repeated_after_a_power_cut_is_stored_once(tmp_path: Path) -> None:
    rows = b"".join(map(line, range(200)))
    try:
        with PowerCutDisk(tmp_path, 128 * MIB) as disk:
            first = inserted(disk.folder / "data", rows)
            disk.cut()
            assert first == inserted(disk.folder / "data", rows)
    except NoDisk as why:
        pytest.skip(f"this machine mounts no disk from a file: {why}")
