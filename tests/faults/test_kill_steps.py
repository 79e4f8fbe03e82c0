"""SIGKILL in the middle of a named step: sealing, inserting, committing, recovery, migration, drain.

The step is seen from outside: a name in the spool's folder, a line of the log, an insert that ClickHouse holds.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path

import pytest

from tests.faults.ledger import account, server_copies
from tests.support.clickhouse_front import Front
from tests.support.collector import Collector, eventually
from tests.support.load import Connection, Ledger, load, send

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "200")) // 10 or 1
Until = Callable[[], object]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(tmp_path_factory.mktemp("front") / "clickhouse", database="collector") as running:
        yield running


def names(collector: Collector) -> set[str]:
    """What lies in the spool."""
    folder = collector.data_dir / "spool" / "0"
    return set(os.listdir(folder)) if folder.is_dir() else set()


async def load_until(collector: Collector, ledger: Ledger, step: Until) -> None:
    """Load until the step is seen, and kill at once."""
    task = asyncio.create_task(load(collector.port, ledger, connections=16, enough=asyncio.Event()))
    while len(ledger.acknowledged) < 100:
        await asyncio.sleep(0.001)
    await asyncio.to_thread(kill_when, collector, step)
    await task


def kill_when(collector: Collector, step: Until) -> None:
    """Kill as soon as the step is seen: looked for without a pause."""
    deadline = time.monotonic() + 60
    while not step():
        assert time.monotonic() < deadline, f"the step never came:\n{collector.log_text()[-2000:]}"
    collector.kill()


async def resend(collector: Collector, ledger: Ledger) -> None:
    waiting, ledger.open = ledger.open, []
    connection = Connection(collector.port)
    for sent in waiting:
        assert await send(connection, sent, ledger)
    await connection.close()


@pytest.fixture(scope="module")
def survivor(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector that runs, or was killed."""
    folder = tmp_path_factory.mktemp("survivor")
    collector = Collector(folder / "data", clickhouse_url=front.url, segment_max_age_ms="50")
    yield collector
    collector.__exit__(None, None, None)


def play(
    survivor: Collector, front: Front, rounds: int, name: str, once: Callable[[Collector, Ledger, int], None]
) -> None:
    """Load and kill by `once`, and start again, so many times; then account."""
    ledger = Ledger()
    for number in range(rounds):
        if survivor.process is None or survivor.process.poll() is not None:
            survivor.start()
        once(survivor, ledger, number)
        ended = time.monotonic()
        survivor.start()
        asyncio.run(resend(survivor, ledger))
    with front.connect() as client:
        account(survivor, ledger, f"kill -9 while {name}", rounds, ended=ended, client=client)
    assert not ledger.refused


def sealing(collector: Collector, ledger: Ledger, number: int) -> None:
    before = names(collector)
    asyncio.run(load_until(collector, ledger, lambda: any(n.endswith(".sealed") for n in names(collector) - before)))


def inserting(front: Front) -> Callable[[Collector, Ledger, int], None]:
    """ClickHouse has the insert, and carries it out every second time though nobody waits for it any more."""

    def once(collector: Collector, ledger: Ledger, number: int) -> None:
        with front.fault("hang", match="insert", then="drop" if number % 2 else "apply"):
            asyncio.run(load_until(collector, ledger, lambda: front.stats()["hanging"]))

    return once


def committing(front: Front) -> Callable[[Collector, Ledger, int], None]:
    """The rows are in the table, and the segment perhaps still in the spool."""

    def once(collector: Collector, ledger: Ledger, number: int) -> None:
        with front.connect() as client:
            before = server_copies(client).total()
            asyncio.run(load_until(collector, ledger, lambda: server_copies(client).total() > before))

    return once


def recovering(collector: Collector, ledger: Ledger, number: int) -> None:
    """A kill under load, and one as the next start seals what the first left open."""
    asyncio.run(load_until(collector, ledger, lambda: any(n.endswith(".open") for n in names(collector))))
    collector.start(ready=False)
    kill_when(collector, lambda: not any(name.endswith(".open") for name in names(collector)))


def draining(collector: Collector, ledger: Ledger, number: int) -> None:
    """SIGTERM, and SIGKILL while it drains."""
    stopping = collector.log_text().count('"stopping"')

    def drain() -> bool:
        assert collector.process is not None
        collector.process.send_signal(signal.SIGTERM)
        eventually(lambda: collector.log_text().count('"stopping"') > stopping)
        return True

    asyncio.run(load_until(collector, ledger, drain))


def step(name: str, front: Front) -> Callable[[Collector, Ledger, int], None]:
    return {
        "sealing": sealing,
        "inserting": inserting(front),
        "committing": committing(front),
        "recovering": recovering,
        "draining": draining,
    }[name]


STEPS = ("sealing", "inserting", "committing", "recovering", "draining")


@pytest.mark.parametrize("name", STEPS)
def test_kill_in_the_middle_of_a_step_loses_and_doubles_nothing(survivor: Collector, front: Front, name: str) -> None:
    play(survivor, front, 1, name, step(name, front))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", STEPS)
def test_many_kills_in_the_middle_of_a_step_lose_and_double_nothing(
    survivor: Collector, front: Front, name: str
) -> None:
    play(survivor, front, ROUNDS, name, step(name, front))


MIGRATIONS = sum(
    item.name.endswith(".sql") for item in (resources.files("collector.clickhouse") / "migrations").iterdir()
)


def test_kill_between_migrations_leaves_a_database_that_the_next_start_finishes(tmp_path: Path) -> None:
    migrate_with_kills(tmp_path, [MIGRATIONS // 2])


@pytest.mark.long
@pytest.mark.timeout(600)
def test_kill_after_each_migration_leaves_a_database_that_the_next_start_finishes(tmp_path: Path) -> None:
    migrate_with_kills(tmp_path, range(1, MIGRATIONS + 1))


def migrate_with_kills(folder: Path, after: Sequence[int]) -> None:
    """Start, and kill once so many migrations are applied in all; then let it finish."""
    ledger = Ledger()
    with Front(folder / "db", database="collector") as front:
        collector = Collector(folder / "data", clickhouse_url=front.url)
        for done in after:
            collector.start(ready=False)
            kill_when(collector, lambda: collector.log_text().count('"migration applied"') >= done)  # noqa: B023
        ended = time.monotonic()
        with collector, front.connect() as client:
            asyncio.run(load_for(collector, ledger))
            account(collector, ledger, f"kill -9 after {len(after)} migrations", len(after), ended=ended, client=client)


async def load_for(collector: Collector, ledger: Ledger) -> None:
    enough = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, enough.set)
    await load(collector.port, ledger, connections=4, enough=enough)
