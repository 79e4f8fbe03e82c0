"""A segment that one process inserted and the next inserts again, as after a kill, is stored once; also when the first
process made the tables."""

import subprocess
import sys
from pathlib import Path

from collector import recordbatch
from tests.support.collector import now_ms, uuid7

INSERT = """
import asyncio, sys
from pathlib import Path
from collector import recordbatch
from tests.support.searchable import open_in

async def insert(folder, rows):
    engine = open_in(folder)
    await engine.command("SYSTEM STOP MERGES")
    await engine.insert("incoming", recordbatch.FIELDS, rows, "segment")
    counts = [await engine.rows(f"SELECT count() AS n FROM {table}") for table in ("interactions", "sampled")]
    print("stored", *[found["n"] for (found,) in counts])
    await engine.close()

asyncio.run(insert(Path(sys.argv[1]), sys.stdin.buffer.read()))
"""


def line(number: int) -> bytes:
    shared = {"site": "shop", "session_id": f"s-{number}", "received_at": "2026-11-23 08:00:00.000"}
    row = {"event_id": uuid7(), "at_ms": now_ms(), "event_name": "click"}
    return recordbatch.encode({**shared, "request_id": uuid7()}, recordbatch.columns([row]), 1)


def test_insert_that_the_next_process_repeats_is_stored_once(tmp_path: Path) -> None:
    rows = b"".join(map(line, range(200)))

    def inserted() -> str:
        command = [sys.executable, "-c", INSERT, str(tmp_path / "data")]
        told = subprocess.run(command, input=rows, capture_output=True, check=True).stdout.decode()
        return told.splitlines()[-1]

    first = inserted()
    assert first.startswith("stored 200 ")
    assert first != "stored 200 0"
    assert [first, first] == [inserted(), inserted()]
