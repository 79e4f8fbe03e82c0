"""The schema is not what it should be: ClickHouse takes inserts and keeps nothing, or not all. They wait, with a
message, until it is whole."""

import asyncio
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from collector.delivery import replay
from collector.delivery.replay import Entry, interactions
from tests.faults.ledger import account, recovered, server_copies
from tests.faults.test_engine_away import send_for
from tests.support.clickhouse_front import Front
from tests.support.collector import Collector, batch, event, eventually
from tests.support.load import Connection, Ledger, send

MIGRATIONS = resources.files("collector.clickhouse") / "migrations"
VIEW = "2026-11-24-2-incoming-view.sql"
SAMPLED_VIEW = (MIGRATIONS / "2026-11-28-2-sampled-view.sql").read_text("utf-8")
BROKEN = {
    "the table incoming is missing": (
        "RENAME TABLE collector.incoming TO collector.away",
        "RENAME TABLE collector.away TO collector.incoming",
        "incoming",
    ),
    "the table interactions is missing": (
        "RENAME TABLE collector.interactions TO collector.away",
        "RENAME TABLE collector.away TO collector.interactions",
        "the table `interactions` is missing",
    ),
    "the view was dropped": (
        "DROP TABLE collector.incoming_to_interactions",
        (resources.files("collector.clickhouse") / "migrations" / VIEW).read_text("utf-8"),
        "the view `incoming_to_interactions` is missing",
    ),
    "columns were dropped": (
        # the engine refuses while a view reads them
        "DROP TABLE collector.interactions_to_sampled; "
        "ALTER TABLE collector.interactions DROP COLUMN title, DROP COLUMN rating",
        "ALTER TABLE collector.interactions ADD COLUMN title String, ADD COLUMN rating Nullable(Float32); "
        + SAMPLED_VIEW,
        "the table `interactions` lacks `title`, `rating`",
    ),
}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(tmp_path_factory.mktemp("front") / "clickhouse", database="collector") as running:
        yield running


@pytest.fixture(scope="module")
def collector(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    folder: Path = tmp_path_factory.mktemp("collector")
    with Collector(folder / "data", clickhouse_url=front.url, segment_max_age_ms="20") as running:
        yield running


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_schema_keeps_the_rows_waiting_and_says_what_is_missing(
    front: Front, collector: Collector, fault: str
) -> None:
    breaks, mends, told = BROKEN[fault]
    ledger = Ledger()
    with front.connect() as client:
        client.database = "collector"
        for statement in breaks.split("; "):
            client.command(statement)
        asyncio.run(send_for(collector, 0.2, ledger))
        said = eventually(
            lambda: collector.http.get("/health/ready").json(), lambda body: told in body["engine"].get("problem", "")
        )
        assert "degraded" == said["status"]
        eventually(lambda: told in collector.log_text())
        for statement in mends.split("; "):
            client.command(statement)
        account(collector, ledger, f"ClickHouse: {fault}", 1, ended=time.monotonic(), client=client)
    eventually(lambda: collector.http.get("/health/ready").json()["status"], lambda status: status == "ready")


def test_rows_the_table_refuses_go_to_quarantine_alone_and_are_stored_when_they_are_replayed(
    front: Front, collector: Collector
) -> None:
    ledger, poisoned = Ledger(), [event(url="https://shop.test/poison") for _ in range(3)]
    with front.connect() as client:
        client.database = "collector"
        client.command("ALTER TABLE interactions ADD CONSTRAINT no_poison CHECK path != '/poison'")
        asyncio.run(send_poison(collector, ledger, poisoned))
        refused = {one["event_id"] for one in poisoned}
        sound = Ledger(ledger.acknowledged - refused, ledger.sent)
        recovered(collector, sound, time.monotonic())
        assert not refused & set(server_copies(client))
        dropped, *_ = quarantined = eventually(lambda: entries(collector), lambda found: len(found) == 3)
        assert all("no_poison" in one.kept.reason for one in quarantined)
        gone = {row["event_id"] for row in interactions(dropped)}
        assert 1 == len(gone & refused)
        dropped.drop()
        client.command("ALTER TABLE interactions DROP CONSTRAINT no_poison")
        ended = time.monotonic()
        collector.run("spool", "replay", "--all")
        ledger.acknowledged -= gone
        account(collector, ledger, "ClickHouse: refuses single rows, replayed", 3, ended=ended, client=client)
        assert not gone & set(server_copies(client))


def entries(collector: Collector) -> list[Entry]:
    """What is in quarantine."""
    return list(replay.entries(collector.data_dir))


async def send_poison(collector: Collector, ledger: Ledger, poisoned: list[dict[str, Any]]) -> None:
    """Each among sound events, and under load."""
    connection = Connection(collector.port)
    task = asyncio.create_task(send_for(collector, 0.2, ledger))
    for one in poisoned:
        assert await send(connection, batch(event(), one, event()), ledger)
    await connection.close()
    await task


def test_view_that_comes_and_goes_under_load_loses_nothing(front: Front, collector: Collector) -> None:
    """Also what is inserted just when it goes."""
    ledger = Ledger()
    breaks, mends, _ = BROKEN["the view was dropped"]

    async def come_and_go() -> None:
        task = asyncio.create_task(send_for(collector, 1.0, ledger))
        while not task.done():
            await asyncio.to_thread(client.command, breaks)
            await asyncio.to_thread(client.command, mends)
            await asyncio.sleep(0.05)
        await task

    with front.connect() as client:
        client.database = "collector"
        asyncio.run(come_and_go())
        account(collector, ledger, "ClickHouse: the view comes and goes", 20, ended=time.monotonic(), client=client)


def test_table_with_a_column_of_a_later_version_takes_rows(front: Front, collector: Collector) -> None:
    ledger = Ledger()
    with front.connect() as client:
        client.command("ALTER TABLE collector.interactions ADD COLUMN of_tomorrow String DEFAULT 'none'")
        asyncio.run(send_for(collector, 0.2, ledger))
        ended = time.monotonic()
        account(collector, ledger, "ClickHouse: a column of tomorrow", 1, ended=ended, client=client)
        client.command("ALTER TABLE collector.interactions DROP COLUMN of_tomorrow")


def test_view_that_was_dropped_by_hand_is_made_again_by_the_next_start(front: Front, tmp_path: Path) -> None:
    ledger = Ledger()
    with front.connect() as client:
        client.command("DROP TABLE collector.incoming_to_interactions")
        started = time.monotonic()
        with Collector(tmp_path / "data", clickhouse_url=front.url) as starting:
            assert "the schema was not whole" in starting.log_text()
            asyncio.run(send_for(starting, 0.1, ledger))
            account(starting, ledger, "ClickHouse: no view at the start", 1, ended=started, client=client)
