"""Starting, stopping, and what an operator is told."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collector.cli import STUB
from collector.datafolder import note_address
from collector.settings import Settings
from collector.supervise import ServiceError, serve_metrics
from tests.support import forked
from tests.support.clickhouse_front import Front
from tests.support.collector import PATIENCE, Collector, batch, event, eventually, uuid7


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
    environment |= {f"COLLECTOR_{name.upper()}": value for name, value in settings.items()}
    return forked.run("collector", arguments, environment)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"port": "many"}, "COLLECTOR_PORT"),
        ({"retention_days": "0"}, "COLLECTOR_RETENTION_DAYS"),
        ({"prot": "80"}, "COLLECTOR_PROT: there is no such setting"),
        ({"workers": "0"}, "COLLECTOR_WORKERS"),
        ({"geoip_db": "/nowhere.mmdb"}, "COLLECTOR_GEOIP_DB: there is no file /nowhere.mmdb"),
        ({"rate_limit_key": "often"}, "COLLECTOR_RATE_LIMIT_KEY: write it as"),
        ({"trusted_proxies": "10.0.0.0/33"}, "COLLECTOR_TRUSTED_PROXIES"),
        ({"clickhouse_url": "tcp://x"}, "COLLECTOR_CLICKHOUSE_URL: must be ClickHouse's HTTP address"),
        ({"clickhouse_url": "http://u:p@127.0.0.1:9/db"}, "check COLLECTOR_CLICKHOUSE_URL"),
        ({"sites": "shop=pk"}, "write_key"),
        ({"data_dir": "/proc/none"}, "COLLECTOR_DATA_DIR: /proc/none can't be written"),
    ],
)
def test_wrong_setting_stops_the_start_and_says_which(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    result = run("serve", **({"data_dir": str(tmp_path / "data"), "port": "0"} | settings))
    assert 1 == result.returncode
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    with Collector(tmp_path / "one") as first:
        second = Collector(tmp_path / "two", port=first.port)
        second.start(ready=False)
        assert second.process is not None and 1 == second.process.wait(60)
        assert "could not be listened on" in second.log_text()


def test_port_of_metrics_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=f"port {port} .* set COLLECTOR_METRICS_PORT to a port that is free"):
            serve_metrics(Settings(metrics_port=port))


def test_sigterm_stores_what_was_accepted_and_exits_0(tmp_path: Path) -> None:
    collector = Collector(tmp_path / "data", segment_max_age_ms="60000").start()
    collector.send(batch(event(), event()))
    assert 0 == collector.stop()
    assert [] == list((collector.data_dir / "spool" / "0").glob("*.sealed"))
    with collector:
        assert 2 == len(collector.rows())


def test_sigterm_with_the_engine_away_leaves_the_rest_for_the_next_start(tmp_path: Path) -> None:
    with Front(tmp_path / "clickhouse") as front:
        collector = Collector(tmp_path / "data", clickhouse_url=front.url, drain_seconds="0.5").start()
        front.kill()
        assert 202 == collector.send(batch()).status_code
        assert 0 == collector.stop()
        front.start()
        with collector:
            assert 1 == len(collector.rows_when(1))


def test_beacons_are_answered_while_the_engine_is_away(tmp_path: Path) -> None:
    with Front(tmp_path / "clickhouse") as front, Collector(tmp_path / "data", clickhouse_url=front.url) as collector:
        front.kill()
        assert [202] * 5 == [collector.send(batch()).status_code for _ in range(5)]
        assert 503 == collector.get("/v1/interactions").status_code
        ready = eventually(lambda: collector.http.get("/health/ready"), lambda r: r.json()["status"] == "degraded")
        assert 200 == ready.status_code
        front.start()
        assert 5 == len(collector.rows_when(5))
        eventually(lambda: collector.http.get("/health/ready").json()["status"], lambda status: status == "ready")


def test_readiness_is_answered_while_the_engine_hangs(tmp_path: Path) -> None:
    """Probes waited for the one before, each for a minute, until nothing else was answered either."""
    with Front(tmp_path / "clickhouse") as front, Collector(tmp_path / "data", clickhouse_url=front.url) as collector:
        with front.fault("hang"), ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: collector.http.get("/health/ready"), range(40)))
            hanging = front.stats()["hanging"]
        assert {(200, "degraded")} == {(answer.status_code, answer.json()["status"]) for answer in answers}
        assert {"no answer for 2 seconds"} == {answer.json()["engine"]["problem"] for answer in answers}
        assert hanging < 10, "they share a look"
        eventually(lambda: collector.http.get("/health/ready").json()["status"], lambda status: status == "ready")


def test_part_that_dies_stops_the_process_with_its_name(tmp_path: Path) -> None:
    """A spool that can't be written back is worse than none: the process says so and ends."""
    collector = Collector(tmp_path / "data", segment_max_age_ms="100").start()
    folder = collector.data_dir / "spool" / "0"
    collector.send(batch())
    collector.rows_when(1)
    assert collector.process is not None
    collector.send(batch())
    shutil.rmtree(folder)  # the next seal can't happen
    collector.send(batch())
    assert 1 == collector.process.wait(30)
    assert "spool stopped" in collector.log_text()


def test_spent_budget_is_503_with_retry_after_and_mends_itself(tmp_path: Path) -> None:
    settings = {"spool_max_bytes": str(1 << 20), "max_inflated_bytes": str(1 << 20)}
    with (
        Front(tmp_path / "db") as front,
        Collector(tmp_path / "data", clickhouse_url=front.url, **settings) as collector,
    ):
        front.kill()
        refused = batch(*[event("feedback", text="x" * 5_000) for _ in range(50)])
        answers = [collector.send({**refused, "batch_id": uuid7()}) for _ in range(8)]
        assert 503 == answers[-1].status_code
        assert ("spool_full", "30") == (answers[-1].json()["reason"], answers[-1].headers["retry-after"])
        assert 503 == collector.http.get("/health/ready").status_code
        front.start()
        again = eventually(lambda: collector.send(refused), lambda answer: answer.status_code == 202)
        assert not again.json()["duplicate"]


def test_sites_and_keys_change_without_a_restart(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    with Collector(tmp_path / "data") as collector:
        added = run("sites", "add", "second", "--origin", "https://second.test", data_dir=data)
        assert 0 == added.returncode, added.stderr
        assert STUB in added.stdout
        write_key = added.stdout.split('data-key="')[1].split('"')[0]
        made = run("keys", "create", "reader", "--scope", "read", "--site", "second", data_dir=data)
        key = next(word for word in made.stdout.split() if word.startswith("ik_"))
        assert key not in (tmp_path / "data" / "sites.toml").read_text()
        origin = {"origin": "https://second.test"}
        sent = batch()
        eventually(lambda: collector.send(sent, key=write_key, headers=origin).status_code, lambda code: code == 202)
        collector.send(batch())
        collector.rows_when(2)
        seen = eventually(lambda: collector.get("/v1/interactions", key=key), lambda answer: answer.status_code == 200)
        assert ["second"] == [row["site"] for row in seen.json()["interactions"]]
        assert 403 == collector.get("/v1/interactions", key=key, site="shop").status_code
        run("keys", "revoke", "reader", data_dir=data)
        eventually(lambda: collector.get("/v1/interactions", key=key).status_code, lambda code: code == 401)


def test_metrics_count_what_happened(tmp_path: Path) -> None:
    with Collector(tmp_path / "data") as collector:
        collector.send(batch(event(), event("clack")))
        collector.send(batch(), key="unknown")
        expected = {
            'collector_events_total{site="shop"} 1.0',
            'collector_rejected_total{reason="unknown_event_type"} 1.0',
            'collector_rejected_total{reason="unknown_write_key"} 1.0',
        }
        eventually(
            lambda: expected - set(collector.http.get("/metrics").text.splitlines()), lambda missing: not missing
        )


def test_log_has_a_line_for_each_refusal_and_each_segment(tmp_path: Path) -> None:
    with Collector(tmp_path / "data") as collector:
        collector.send(batch(), key="unknown")
        collector.send(batch())
        collector.rows_when(1)
        eventually(lambda: "segment stored" in collector.log_text())
        assert '"reason": "unknown_write_key"' in collector.log_text()


def test_second_signal_does_not_break_the_drain(tmp_path: Path) -> None:
    collector = Collector(tmp_path / "data", segment_max_age_ms="60000").start()
    collector.send(batch())
    assert collector.process is not None
    collector.process.send_signal(signal.SIGINT)
    assert 0 == collector.stop()
    with collector:
        assert 1 == len(collector.rows())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_does_not_wait_for_a_server_that_hangs(tmp_path: Path, workers: str) -> None:
    """Its clients would wait for a minute, which is longer than those who stop services wait."""
    with Front(tmp_path / "clickhouse") as front:
        collector = Collector(tmp_path / "data", clickhouse_url=front.url, workers=workers, drain_seconds="1").start()
        with front.fault("hang"):
            assert 202 == collector.send(batch()).status_code
            front.wait_for("faults", "hang")
            assert 0 == collector.stop(seconds=30)
        with collector:
            assert 1 == len(collector.rows_when(1))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_listener_that_fails_once_it_listens_ends_the_process(tmp_path: Path, workers: str) -> None:
    """It went on taking connections that nobody answered, and the process neither ran nor ended."""
    collector = Collector(tmp_path / "data", workers=workers)
    collector.prepared = False
    (tmp_path / "data" / "address" / "no file").mkdir(parents=True)
    collector.start(ready=False)
    assert collector.process and 1 == collector.process.wait(PATIENCE)
    assert "listener stopped" in collector.log_text()


def note_often(folder: str) -> None:
    for port in range(500):
        note_address(Settings(data_dir=Path(folder)), port)


def test_workers_that_are_ready_at_once_all_note_the_address(tmp_path: Path) -> None:
    command = f"from tests.integration.test_service import note_often; note_often({str(tmp_path)!r})"
    workers = [subprocess.Popen([sys.executable, "-c", command]) for _ in range(3)]
    assert [0, 0, 0] == [worker.wait(PATIENCE) for worker in workers]
    assert ["address"] == [path.name for path in tmp_path.iterdir()]
