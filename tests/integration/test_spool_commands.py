"""`collector spool`: what could not be stored is listed, shown, tried again and dropped, and never counted twice."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector import recordbatch
from collector.sites import SitesFile
from collector.spool import Quarantine
from tests.support import forked
from tests.support.collector import Collector, now_ms, uuid7

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NOBODY = 65534


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path) -> Run:
    """Run `collector spool …` on the test's data folder."""

    def command(*words: str) -> "subprocess.CompletedProcess[str]":
        return collector_command("spool", *words, "--data-dir", str(data_dir))

    return command


def collector_command(*words: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
    return forked.run("collector", words, environment)


def keep(data_dir: Path, *events: dict[str, Any], segment: str = "000000000007-00000000abcd") -> bytes:
    """Put interactions into quarantine, as a writer does whose engine refused them."""
    made = [{"event_id": uuid7(), "at_ms": now_ms(), "event_name": "click", "url": "/kept", **one} for one in events]
    shared = {"site": "shop", "session_id": uuid7(), "received_at": "2026-11-23 08:00:00.000"}
    line = recordbatch.encode(shared, recordbatch.columns(made), len(made))
    quarantine(data_dir).put(segment, "Code: 16. There is no such column", line)
    return line


def quarantine(data_dir: Path) -> Quarantine:
    return Quarantine(data_dir / "spool" / "0" / "quarantine")


def test_an_empty_quarantine_says_so(run: Run) -> None:
    assert "Nothing is in quarantine." in run("list").stdout
    assert "Nothing is in quarantine." in run("replay", "--all").stdout


def test_entries_are_listed_and_shown_with_the_reason(run: Run, data_dir: Path) -> None:
    keep(data_dir, {"title": "One"}, {"title": "Two"})
    listed = run("list").stdout
    assert "0/000000000007-00000000abcd.0" in listed and "no such column" in listed
    shown = run("show", "0/000000000007-00000000abcd.0").stdout
    assert "no such column" in shown and '"title": "One"' in shown and '"title": "Two"' in shown


def test_names_are_whole_on_a_narrow_screen(run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(data_dir, {})
    monkeypatch.setenv("COLUMNS", "40")
    (name,) = [word for word in run("list").stdout.split() if word.startswith("0/")]
    assert "no such column" in run("show", name).stdout


def test_an_entry_that_is_replayed_is_stored_at_once_and_leaves_the_quarantine(run: Run, data_dir: Path) -> None:
    with Collector(data_dir) as collector:
        keep(data_dir, {}, {})
        answer = run("replay", "--all")
        assert 0 == answer.returncode and "interactions: 2" in answer.stdout
        assert 2 == len(collector.rows_when(2))
        assert "Nothing is in quarantine." in run("list").stdout


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_entry_replayed_while_nothing_runs_is_stored_by_the_next_start(
    run: Run, data_dir: Path, workers: str
) -> None:
    keep(data_dir, {})
    assert 0 == run("replay", "0/000000000007-00000000abcd.0").returncode
    with Collector(data_dir, workers=workers) as collector:
        assert ["/kept"] == [row["url"] for row in collector.rows_when(1)]


def test_a_replay_that_died_before_it_took_the_entry_out_stores_once(run: Run, data_dir: Path) -> None:
    """Killed between sealing the segment and deleting the entry, then replayed again: even the raw table has one row."""
    with Collector(data_dir) as collector:
        line = keep(data_dir, {})
        run("replay", "--all")
        collector.rows_when(1)
        quarantine(data_dir).put("000000000007-00000000abcd", "Code: 16. There is no such column", line)
        run("replay", "--all")
        marker = keep(data_dir, {"url": "/marker"}, segment="000000000008-00000000abcd")
        run("replay", "--all")
        assert ["/kept", "/marker"] == sorted(row["url"] for row in collector.rows_when(2))
        assert marker != line
        assert "collector_inserted_rows_total 3.0" in collector.http.get("/metrics").text
    found = subprocess.run(
        [sys.executable, "-c", COUNT, str(data_dir / "clickhouse")], capture_output=True, text=True, check=True
    )
    assert 2 == json.loads(found.stdout)


COUNT = """
import sys, clickhouse_connect
client = clickhouse_connect.get_client(interface="chdb", path=sys.argv[1])
print(client.command("SELECT count() FROM collector.interactions"))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files for others")
def test_what_root_changes_stays_the_services(run: Run, data_dir: Path) -> None:
    """`sudo collector …`, while the service runs as another user."""
    keep(data_dir, {})
    for path in (data_dir, *data_dir.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    assert 0 == run("replay", "--all").returncode
    SitesFile(data_dir / "sites.toml").add_site("shop", ["https://shop.example"])
    left = list(data_dir.rglob("*"))
    assert {"sites.toml", "replay"} < {path.name for path in left} and list(data_dir.rglob("*.sealed"))
    assert {(NOBODY, NOBODY)} == {(path.stat().st_uid, path.stat().st_gid) for path in left}
    refused = collector_command("migrate", "--data-dir", str(data_dir))
    assert 1 == refused.returncode and "run this as that user" in refused.stderr


def test_damaged_bytes_are_not_replayed_and_stay(run: Run, data_dir: Path) -> None:
    quarantine(data_dir).put("000000000007-00000000abcd", "damaged bytes 8 to 20", b"\xf5IX\nwhatever", "damage-8")
    name = "0/000000000007-00000000abcd.damage-8"
    answer = run("replay", "--all")
    assert 1 == answer.returncode and "damaged" in answer.stdout
    assert "damaged" in run("show", name).stdout
    assert 0 == run("drop", name, "--yes").returncode
    assert [] == list(quarantine(data_dir).entries())


def test_a_disk_that_refuses_a_replay_is_told_and_the_entry_stays(run: Run, data_dir: Path) -> None:
    keep(data_dir, {})
    (data_dir / "spool" / "replay").touch()  # a file where the folder should be
    answer = run("replay", "--all")
    assert 1 == answer.returncode and "left 0/000000000007-00000000abcd.0" in answer.stdout
    assert "Traceback" not in answer.stderr
    assert 1 == len(list(quarantine(data_dir).entries()))


def test_bytes_whose_reason_is_gone_are_listed_replayed_and_dropped(run: Run, data_dir: Path) -> None:
    """A drop was killed half-way: they stayed for ever, and no command and no deletion saw them."""
    for number in (7, 8):
        keep(data_dir, {"title": "One"}, segment=f"00000000000{number}-00000000abcd")
    for path in quarantine(data_dir).folder.glob("*.json"):
        path.unlink()
    listed = run("list").stdout
    assert "0/000000000007-00000000abcd.0" in listed and "killed" in listed
    assert '"title": "One"' in run("show", "0/000000000007-00000000abcd.0").stdout
    assert 0 == run("replay", "0/000000000007-00000000abcd.0").returncode
    assert 0 == run("drop", "--all", "--yes").returncode
    assert [] == list(quarantine(data_dir).folder.iterdir())


def test_a_wrong_name_says_where_the_right_ones_are(run: Run) -> None:
    for command in ("show", "replay", "drop"):
        answer = run(command, "0/nothing")
        assert 1 == answer.returncode
        assert "collector spool list" in answer.stderr and "Traceback" not in answer.stderr
