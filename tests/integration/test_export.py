"""`collector export`: the whole window or no file; beside a collector that runs, one that is stopped, from afar."""

import json
import os
import socket
import subprocess
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tests.support import forked
from tests.support.clickhouse_front import Front
from tests.support.collector import ADMIN_KEY, Collector, batch, event, now_ms

Row = dict[str, Any]


def export(data: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
    return forked.run("collector", ["export", *arguments, "--data-dir", str(data)], kept | (environment or {}))


def around(collector: Collector) -> dict[str, str]:
    """The environment of a command on the same machine."""
    return {**collector.settings, "COLLECTOR_PORT": str(collector.port)}


def fill(collector: Collector) -> list[Row]:
    old = [event("scroll", at=now_ms() - day * 86_400_000, depth=40 + day) for day in range(5)]
    odd = event("custom", name="odd", props={"a": 'quo"te\u2028\n', "n": 1.5}, x=3, y=4)
    collector.send(batch(odd, event("feedback", text="Grüße", rating=4.5), *old))
    return collector.rows_when(7)


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def same(rows: list[Row], table: list[Row]) -> None:
    """The Parquet file has what the records have; what they leave out is null."""
    assert len(rows) == len(table)
    for row, found in zip(rows, table, strict=True):
        kept = {name: value for name, value in found.items() if value is not None}
        for name in ("created_at", "received_at", "at"):
            assert datetime.fromisoformat(row[name]) == kept.pop(name)
        if "props" in row:
            assert row["props"] == json.loads(kept.pop("props"))
        wanted = {
            name: value for name, value in row.items() if name not in ("created_at", "received_at", "at", "props")
        }
        assert {"is_bot": False, **wanted} == kept


def test_what_waits_in_the_spool_of_one_that_was_killed_is_told(tmp_path: Path) -> None:
    file = tmp_path / "all.ndjson"
    collector = Collector(tmp_path / "data", segment_max_age_ms="60000")
    collector.start().send(batch(event()))
    collector.kill()
    done = export(tmp_path / "data", str(file), environment=around(collector))
    assert (0, []) == (done.returncode, read(file))
    assert "bytes wait in the spool and are not in this file" in done.stderr
    collector.settings["COLLECTOR_SEGMENT_MAX_AGE_MS"] = "100"
    with collector:
        collector.rows_when(1)
    done = export(tmp_path / "data", str(file), environment=around(collector))
    assert 1 == len(read(file)) and "wait in the spool" not in done.stderr


def test_before_anything_was_collected_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    done = export(tmp_path / "data", str(tmp_path / "all.parquet"))
    assert 0 != done.returncode
    assert "nothing was collected here yet; run: collector serve" in done.stderr + done.stdout


def test_an_ending_that_promises_another_format_is_refused(tmp_path: Path) -> None:
    done = export(tmp_path / "data", str(tmp_path / "all.csv"))
    assert 0 != done.returncode and not (tmp_path / "all.csv").exists()
    assert "name it .parquet or .ndjson" in done.stderr + done.stdout


def test_beside_a_running_collector_and_after_it_stopped(tmp_path: Path) -> None:
    lines, table = tmp_path / "all.ndjson", tmp_path / "all.parquet"
    with Collector(tmp_path / "data") as collector:
        rows = fill(collector)
        done = export(collector.data_dir, str(lines), environment=around(collector))
        assert 0 == done.returncode, done.stderr
        assert "7 interactions" in done.stderr
        assert rows == read(lines)
        environment = around(collector)
    start = datetime.fromtimestamp((now_ms() - 2.5 * 86_400_000) / 1000).astimezone().isoformat()
    done = export(tmp_path / "data", str(table), "--from", start, "--site", "shop", environment=environment)
    assert 0 == done.returncode, done.stderr
    same(rows[:5], pyarrow.parquet.read_table(table).to_pylist())
    done = export(tmp_path / "data", str(table), "--to", "2000-01-01", environment=environment)
    assert (0, []) == (done.returncode, pyarrow.parquet.read_table(table).to_pylist())
    assert {"all.ndjson", "all.parquet"} == {path.name for path in tmp_path.glob("all*")}


def test_from_a_collector_elsewhere_with_a_key(tmp_path: Path) -> None:
    with Collector(tmp_path / "data") as collector:
        rows = fill(collector)
        file = tmp_path / "far.ndjson"
        done = export(tmp_path / "none", str(file), "--url", collector.url, "--key", ADMIN_KEY)
        assert (0, rows) == (done.returncode, read(file))
        file.unlink()
        done = export(tmp_path / "none", str(file), "--url", collector.url, "--key", "wrong")
        assert 1 == done.returncode and "API key is unknown" in done.stderr
        assert not file.exists()


def test_the_collector_of_another_folder_is_not_asked(tmp_path: Path) -> None:
    with Collector(tmp_path / "mine") as mine:
        rows = fill(mine)
        elsewhere = around(mine)
    with Collector(tmp_path / "theirs") as theirs:
        file = tmp_path / "mine.ndjson"
        done = export(tmp_path / "mine", str(file), environment={**elsewhere, **around(theirs)})
        assert (0, rows) == (done.returncode, read(file)), done.stderr


def test_a_collector_on_another_port_is_found_by_its_folder(tmp_path: Path) -> None:
    with Collector(tmp_path / "data") as collector:
        rows = fill(collector)
        file = tmp_path / "all.ndjson"
        done = export(collector.data_dir, str(file), environment={**collector.settings, "COLLECTOR_PORT": "1"})
        assert (0, rows) == (done.returncode, read(file)), done.stderr


def test_a_folder_is_no_file_and_a_web_page_no_export(tmp_path: Path) -> None:
    done = export(tmp_path, str(tmp_path))
    assert 1 == done.returncode and "is a folder; name a file in it" in done.stderr
    with Collector(tmp_path / "data") as collector:
        url = f"{collector.url}/docs/#"  # a page of ours, whatever is asked
        done = export(tmp_path, str(tmp_path / "x.parquet"), "--url", url, "--key", ADMIN_KEY)
    assert 1 == done.returncode and "Traceback" not in done.stderr and "ValueError" not in done.stderr
    assert [] == list(tmp_path.glob("x.parquet*"))


def test_from_a_server(tmp_path: Path) -> None:
    with Front(tmp_path / "clickhouse") as front:
        with Collector(tmp_path / "data", clickhouse_url=front.url) as collector:
            rows = fill(collector)
            environment = around(collector)
        done = export(tmp_path / "data", str(tmp_path / "all.ndjson"), environment=environment)
        assert (0, rows) == (done.returncode, read(tmp_path / "all.ndjson"))


def test_an_answer_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                body = b'{"created_at":"2026-11-01T00:00:00.000Z"}\n{"cre'
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n"
                                   b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))  # fmt: skip

        thread = threading.Thread(target=answer)
        thread.start()
        port = listener.getsockname()[1]
        file = tmp_path / "half.ndjson"
        file.write_text("the one before")
        done = export(tmp_path, str(file), "--url", f"http://127.0.0.1:{port}", "--key", "k")
        thread.join()
    assert 1 == done.returncode
    assert "broke off" in done.stderr and "Traceback" not in done.stderr
    assert "the one before" == file.read_text()
    assert [file] == list(tmp_path.glob("half*"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "yesterday"), "error --from: must be a time"),
        (("--from", "2026-11-02", "--to", "2026-11-01"), "from: must be before to"),
        (("--format", "xml"), "--format"),
        (("--url", "http://127.0.0.1:9"), "check --url"),
        (("--url", "http://127.0.0.1:9", "--format", "parquet"), "check --url"),
        (("--url", "notaurl"), "check --url"),
        (("--url", "http://shop:port"), "--url: "),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    done = export(tmp_path, str(tmp_path / "file"), *arguments)
    assert 0 != done.returncode
    assert told in done.stderr and "Traceback" not in done.stderr
    assert [] == list(tmp_path.iterdir())
