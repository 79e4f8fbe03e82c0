"""What arrives more than once is counted once: batches that are sent again in every way, at once and everywhere;
copies that no memory of batches can know of in questions at once, in the table after a merge."""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ledger import account, recovered, server_copies
from tests.support.clickhouse_front import Front
from tests.support.collector import Collector, batch, event, eventually, now_ms, uuid7
from tests.support.load import Connection, Ledger, send

MERGE_SECONDS = 0.5
Sent = list[dict[str, Any]]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(tmp_path_factory.mktemp("front") / "clickhouse", database="collector") as running:
        yield running


@pytest.fixture(scope="module")
def pair(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Collector, Collector]]:
    """Two collectors with folders of their own on one database."""
    folder = tmp_path_factory.mktemp("pair")
    settings = {"clickhouse_url": front.url, "segment_max_age_ms": "20", "copies_seconds": str(MERGE_SECONDS)}
    with Collector(folder / "one", **settings) as one, Collector(folder / "two", **settings) as two:
        yield one, two


def batches(count: int, events: int = 3) -> Sent:
    return [batch(*[event() for _ in range(events)]) for _ in range(count)]


async def send_all(collector: Collector, sent: Sent, ledger: Ledger, connections: int = 8) -> None:
    """Each batch once, over so many connections."""
    waiting = iter(sent)

    async def sender() -> None:
        connection = Connection(collector.port)
        for one in waiting:
            await send(connection, one, ledger)
        await connection.close()

    await asyncio.gather(*[sender() for _ in range(connections)])


def test_batches_resent_over_many_connections_at_once_are_counted_once(
    front: Front, pair: tuple[Collector, Collector]
) -> None:
    """Each five times, in any order: some while the first try still waits for its fsync."""
    ledger, collector = Ledger(), pair[0]
    sent = batches(200) * 5
    random.Random(3).shuffle(sent)
    asyncio.run(send_all(collector, sent, ledger, connections=32))
    again = {**sent[0], "sent_at": now_ms() + 1}
    assert collector.send(again).json()["duplicate"]
    with front.connect() as client:
        account(collector, ledger, "resent: concurrently", 5, ended=time.monotonic(), client=client)
    assert not ledger.refused


def test_batches_resent_after_a_kill_are_counted_once(front: Front, tmp_path: Path) -> None:
    """Some of them are stored by then, some are in the spool, some had no answer."""
    ledger, sent = Ledger(), batches(300)
    collector = Collector(tmp_path / "data", clickhouse_url=front.url).start()

    async def kill_in_the_middle() -> None:
        task = asyncio.create_task(send_all(collector, sent, ledger))
        while len(ledger.acknowledged) < 300:
            await asyncio.sleep(0.001)
        collector.kill()
        await task

    asyncio.run(kill_in_the_middle())
    ledger.open.clear()
    with collector, front.connect() as client:
        for _ in range(2):
            asyncio.run(send_all(collector, sent, ledger))
        account(collector, ledger, "resent: after a kill", 2, ended=time.monotonic(), client=client)
    assert 900 == len(ledger.acknowledged)


def test_batches_resent_after_a_503_are_counted_once(front: Front, tmp_path: Path) -> None:
    ledger = Ledger()
    sent = [batch(*[event("custom", name="large", props={"any": "x" * 2000}) for _ in range(10)]) for _ in range(60)]
    small = {"spool_max_bytes": str(1 << 20), "max_inflated_bytes": str(1 << 20)}
    with Collector(tmp_path / "data", clickhouse_url=front.url, **small) as collector:
        with front.fault("refuse", match="insert"):
            asyncio.run(send_all(collector, sent, ledger))
        assert {503} == set(ledger.refused) and len(ledger.refused) < 60
        ended = time.monotonic()
        eventually(lambda: collector.send(sent[0]).status_code, lambda status: status == 202)

        def all_taken() -> bool:
            asyncio.run(send_all(collector, sent, ledger))
            return len(ledger.acknowledged) == 600

        eventually(all_taken)
        with front.connect() as client:
            account(collector, ledger, "resent: after a 503", 1, ended=ended, client=client)


def merged(pair: tuple[Collector, Collector]) -> float:
    """How many surplus rows either collector has merged away so far."""
    name = "collector_copies_merged_total "
    texts = [one.http.get("/metrics").text for one in pair]
    return sum(float(line.removeprefix(name)) for text in texts for line in text.splitlines() if line.startswith(name))


def copies_go(
    front: Front, pair: tuple[Collector, Collector], ledger: Ledger, fault: str, before: float, session: str
) -> None:
    """Listings, the session, the export and totals have each event once at once; the table after a merge. `before`: what was merged
    when it began; a merge can be quicker than a look."""
    collector = pair[0]
    stored = time.monotonic()
    ids = ledger.acknowledged
    with front.connect() as client:
        eventually(lambda: _copied(server_copies(client), ids) or merged(pair) - before, lambda number: number > 0)
        recovered(collector, ledger, stored)  # what is listed and counted now
        counted_once(collector, session)
        eventually(lambda: _copied(server_copies(client), ids), lambda number: number == 0)
        delay = time.monotonic() - stored
        account(collector, ledger, fault, 1, ended=stored, recovery=delay, client=client)


def counted_once(collector: Collector, session: str) -> None:
    """Where a person looks: a page of the list, the session, and its figures."""
    listed = collector.get("/v1/interactions", session_id=session, limit=1000).json()["interactions"]
    one = collector.get(f"/v1/sessions/{session}", limit=1000).json()
    assert 150 == len(listed) == len(one["interactions"]) == one["session"]["interactions"]


def _copied(copies: Any, ids: set[str]) -> int:
    return sum(copies[one] > 1 for one in ids)


def test_event_in_two_batches_is_listed_once_at_once_and_stored_once_after_a_merge(
    front: Front, pair: tuple[Collector, Collector]
) -> None:
    """A client that makes a new batch of what it has sent before."""
    ledger, collector, before, session = Ledger(), pair[0], merged(pair), uuid7()
    sent = [{**one, "user_id": "in-two-batches", "session_id": session} for one in batches(50)]
    asyncio.run(send_all(collector, sent, ledger))
    collector.rows_when(150, user_id="in-two-batches")
    again = [{**one, "batch_id": batch()["batch_id"]} for one in sent]
    asyncio.run(send_all(collector, again, ledger))
    copies_go(front, pair, ledger, "one event in two batches: merged", before, session)


def test_batch_to_two_collectors_is_listed_once_at_once_and_stored_once_after_a_merge(
    front: Front, pair: tuple[Collector, Collector]
) -> None:
    ledger, before, session = Ledger(), merged(pair), uuid7()
    sent = [{**one, "user_id": "to-two-collectors", "session_id": session} for one in batches(50)]
    for collector in pair:
        asyncio.run(send_all(collector, sent, ledger))
        collector.rows_when(150, user_id="to-two-collectors")
    copies_go(front, pair, ledger, "a batch to two collectors: merged", before, session)
