"""Several workers on one data folder: with the embedded engine in a process of its own, and with a server."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from collector import service, workers
from collector.halves.taking import spool_folder
from collector.intake.commit import Commit, Entry
from collector.intake.seen import Known, Seen, identity
from collector.settings import Settings
from collector.spool import Spool, SpoolReader
from tests.support.clickhouse_front import Front
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually
from tests.unit.spooling import crash, limits


@pytest.fixture(scope="module", params=["embedded", "server"])
def collector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    folder: Path = tmp_path_factory.mktemp("workers")
    if request.param == "embedded":
        with Collector(folder / "data", workers="3") as running:
            yield running
        return
    with (
        Front(folder / "clickhouse") as front,
        Collector(folder / "data", clickhouse_url=front.url, workers="3") as running,
    ):
        yield running


def test_batches_resent_to_any_worker_are_counted_once(collector: Collector) -> None:
    """Each request takes a new connection, so that any worker may get it."""
    sent = [batch(event(), event()) for _ in range(20)]
    close = {"connection": "close"}
    first = [collector.send(one, headers=close).json() for one in sent]
    again = [collector.send(one, headers=close).json() for one in sent * 3]
    assert {False} == {answer["duplicate"] for answer in first}
    assert {True} == {answer["duplicate"] for answer in again}
    assert 40 == len(collector.rows_when(40))


def test_publishes_to_any_worker_can_be_read_back_at_once(collector: Collector) -> None:
    """Also where the process that answers has no engine: it waits until its spool is delivered."""
    headers = {"authorization": f"Bearer {ADMIN_KEY}", "connection": "close"}
    for number in range(6):
        body = {"user_id": "eve", "session_id": "s", "interaction_data_list": [{"content": f"turn {number}"}],
                "request_id": f"turn-{number}"}  # fmt: skip
        for success in (True, False):
            answer = collector.http.post("/api/publish_interaction?wait_for_response=1", json=body, headers=headers)
            assert (200, success) == (answer.status_code, answer.json()["success"])
        found = collector.http.post("/api/get_interactions", json={"user_id": "eve"}, headers=headers).json()
        assert number + 1 == len(found["interactions"])
    assert (
        413 == collector.http.post("/api/publish_interaction", content=b" " * 10_485_761, headers=headers).status_code
    )
    assert "/api/publish_interaction" in collector.http.get("/openapi.json", headers=headers).json()["paths"]


def test_all_workers_took_part_and_their_metrics_add_up(collector: Collector) -> None:
    close = {"connection": "close"}
    spools = collector.data_dir / "spool"
    eventually(
        lambda: collector.send(batch(), headers=close) and sum(_used(spools / str(n)) for n in range(3)),
        lambda used: used == 3,
    )
    total = len(collector.rows_when(1))
    eventually(
        lambda: collector.http.get("/metrics", headers=close).text,
        lambda text: f'collector_events_total{{site="shop"}} {float(len(collector.rows(site="shop")))}' in text,
    )
    assert total >= 1


def test_a_second_start_on_the_same_folder_is_refused_and_harms_nothing(collector: Collector) -> None:
    files = sorted((collector.data_dir / "metrics").iterdir())
    second = Collector(collector.data_dir)
    second.settings = {**collector.settings, "COLLECTOR_WORKERS": "2"}
    second.log = collector.data_dir.parent / "second.log"
    second.start(ready=False)
    assert second.process and 1 == second.process.wait(60)
    assert "is in use by another collector; stop it" in second.log_text()
    assert files and set(files) <= set((collector.data_dir / "metrics").iterdir())


def _used(spool: Path) -> bool:
    """Whether a worker has written: its open or sealed segments, or its log of stored ones, show it."""
    return any(spool.glob("*.open")) or any(spool.glob("*.sealed"))


def test_what_more_workers_left_behind_is_stored_by_fewer(tmp_path: Path) -> None:
    collector = Collector(tmp_path / "data", workers="3", segment_max_age_ms="60000").start()
    sent = [batch() for _ in range(12)]
    for one in sent:
        assert 202 == collector.send(one, headers={"connection": "close"}).status_code
    collector.kill()
    collector.settings["COLLECTOR_WORKERS"] = "1"
    with collector:
        rows = collector.rows_when(12)
        assert {one["events"][0]["event_id"] for one in sent} == {row["event_id"] for row in rows}
        assert {True} == {collector.send(one).json()["duplicate"] for one in sent}


def test_a_folder_that_is_no_spool_of_ours_is_left_alone(tmp_path: Path) -> None:
    copy = tmp_path / "spool" / "1.bak" / "000000000001-0123456789ab.sealed"
    copy.parent.mkdir(parents=True)
    copy.touch()
    service.adopt_spools(Settings(data_dir=tmp_path))
    assert [copy] == list(copy.parent.iterdir())


def test_nothing_is_delivered_before_the_memory_of_batches_knows_it(tmp_path: Path) -> None:
    """After a power cut: a client that got no answer sends again, and the spool alone tells that the batch is here."""
    settings = Settings(data_dir=tmp_path, workers=2)
    folder = spool_folder(settings, 0)
    one = identity("shop", "one")

    async def power_cut() -> None:
        spool = Spool(folder, limits())
        with closing(Seen(tmp_path / "lost.db", 0)) as lost:
            await Commit(spool, lost).add(Entry(one, b"row\n", b"receipt"))
        crash(spool)

    known: list[Known | None] = []
    engines = SpoolReader(folder, recovered=lambda: bool(known))

    def recovered() -> None:
        engines.look()
        assert 1 == len(engines.sealed()) and 0 == engines.backlog
        with closing(Seen(tmp_path / "seen.db", 1)) as memory:
            known.append(memory.find(one))

    async def restart() -> None:
        for step in service.build_intake(settings, 0, tmp_path / "engine", recovered).drain:
            await step()

    asyncio.run(power_cut())
    asyncio.run(restart())
    engines.look()
    assert ([Known(b"receipt", durable=True)], 1) == (known, engines.backlog)


def engine_of(collector: Collector) -> int:
    """The process that has the embedded engine: the child with a file of the engine's folder open."""
    assert collector.process
    children = Path(f"/proc/{collector.process.pid}/task/{collector.process.pid}/children").read_text().split()
    folder = str(collector.data_dir / "clickhouse")
    (engine,) = [
        pid for pid in children if any(_target(one).startswith(folder) for one in Path(f"/proc/{pid}/fd").iterdir())
    ]
    return int(engine)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_engine_that_is_killed_is_started_again_while_beacons_are_taken(tmp_path: Path) -> None:
    with Collector(tmp_path / "data", workers="2") as collector:
        sent = [batch() for _ in range(3)]
        for one in sent:
            assert 202 == collector.send(one).status_code
        collector.rows_when(3)
        killed = engine_of(collector)
        open_things = collector.data_dir / "metrics" / f"gauge_livesum_{killed}.db"
        assert open_things.exists()
        os.kill(killed, signal.SIGKILL)
        ready = eventually(
            lambda: collector.http.get("/health/ready"), lambda answer: answer.json()["status"] == "degraded"
        )
        assert (200, False) == (ready.status_code, ready.json()["engine"]["ok"])
        sent += [batch() for _ in range(3)]
        for one in sent[3:]:
            assert 202 == collector.send(one).status_code
        eventually(lambda: collector.http.get("/health/ready").json()["status"], lambda status: status == "ready")
        rows = collector.rows_when(6)
        assert {one["events"][0]["event_id"] for one in sent} == {row["event_id"] for row in rows}
        assert 6 == len(rows)
        assert not open_things.exists()  # open live streams, say, would be counted for ever


class StartedAsTheSignalComes(SpawnProcess):
    def start(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        super().start()


def supervise_three(signalled: int) -> None:
    """In a process of its own: supervise three, and get SIGTERM as one of them is started."""
    kinds = [StartedAsTheSignalComes if number == signalled else SpawnProcess for number in range(3)]
    workers._supervise([], [kind(target=workers._end_with_parent) for kind in kinds])


@pytest.mark.parametrize("signalled", [0, 2])
def test_sigterm_while_the_processes_are_being_started_ends_all(signalled: int) -> None:
    """Their parent has nobody to pass it to yet, or not all."""
    command = f"from tests.integration.test_workers import supervise_three; supervise_three({signalled})"
    assert 0 == subprocess.run([sys.executable, "-c", command], timeout=60, check=False).returncode


def test_sigterm_stores_what_the_workers_sealed_as_they_ended(tmp_path: Path) -> None:
    collector = Collector(tmp_path / "data", workers="2", segment_max_age_ms="60000").start()
    for _ in range(8):
        collector.send(batch(), headers={"connection": "close"})
    assert 0 == collector.stop()
    assert [] == list((collector.data_dir / "spool").rglob("*.sealed"))
    with collector:
        assert 8 == len(collector.rows())
