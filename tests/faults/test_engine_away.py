"""ClickHouse over the network breaks in every way it can: beacons are answered all the same, the backlog drains
when it is back, nothing doubles."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector import recordbatch
from collector.delivery import replay
from collector.spool.folder import SegmentFolder
from collector.spool.frames import Frame
from tests.faults.ledger import LINES, account, recovered
from tests.support.clickhouse_front import Front
from tests.support.collector import Collector, batch, event, eventually
from tests.support.load import Ledger, load

SLOWEST_SECONDS = 2.0
"""A beacon on a shared machine of two cores; an engine that is waited for would take five and more."""
LONG_SECONDS = float(os.environ.get("FAULT_SECONDS", "10"))

MERGES = "max_bytes_to_merge_at_max_space_in_pool"

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("refuse", {"match": "insert"}),
    ("hang", {"match": "insert"}),
    ("hang", {"match": "insert", "then": "apply"}),
    ("reset_mid_insert", {}),
    ("apply_then_drop", {"count": 3}),
    ("error", {"match": "insert", "status": 500}),
    ("too_many_parts", {}),
    ("memory_limit", {"match": "insert"}),
    ("auth_revoked", {"match": "insert"}),
    ("read_only", {}),
]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(tmp_path_factory.mktemp("front") / "clickhouse", database="collector") as running:
        yield running


@pytest.fixture(scope="module")
def collector(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    folder: Path = tmp_path_factory.mktemp("collector")
    with Collector(folder / "data", clickhouse_url=front.url, segment_max_age_ms="20") as running:
        yield running


async def send_for(collector: Collector, seconds: float, ledger: Ledger, connections: int = 8) -> None:
    """Load for so long."""
    enough = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, enough.set)
    await load(collector.port, ledger, connections=connections, enough=enough)


def play(front: Front, collector: Collector, kind: str, options: dict[str, Any], seconds: float) -> None:
    """Load before, during and after the fault, then account."""
    ledger = Ledger()
    asyncio.run(send_for(collector, seconds / 2, ledger))
    faults = front.stats()["faults"].get(kind, 0)
    with front.fault(kind, **options):
        asyncio.run(send_for(collector, seconds, ledger))
        front.wait_for("faults", kind, faults + 1)
    ended = time.monotonic()
    recovery = recovered(collector, ledger, ended)
    asyncio.run(send_for(collector, seconds / 2, ledger))
    name = " ".join([kind, *(f"{value}" for name, value in options.items() if name != "match")])
    with front.connect() as client:
        account(collector, ledger, f"ClickHouse: {name}", 1, ended=ended, recovery=recovery, client=client)
    assert not ledger.refused and not ledger.open
    assert max(ledger.seconds) < SLOWEST_SECONDS


@pytest.mark.parametrize(("kind", "options"), FAULTS)
def test_engine_that_fails_inserts_loses_and_doubles_nothing(
    front: Front, collector: Collector, kind: str, options: dict[str, Any]
) -> None:
    play(front, collector, kind, options, 0.1)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "options"), FAULTS)
def test_engine_that_fails_inserts_for_long_loses_and_doubles_nothing(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    """Each with a database of its own: all that is there is listed again and again."""
    with (
        Front(tmp_path / "clickhouse", database="collector") as front,
        Collector(tmp_path / "data", clickhouse_url=front.url, segment_max_age_ms="20") as collector,
    ):
        play(front, collector, kind, options, LONG_SECONDS)


@pytest.fixture(scope="module")
def piling(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Its segments are small, and many."""
    folder: Path = tmp_path_factory.mktemp("piling")
    with Collector(folder / "data", clickhouse_url=front.url, segment_max_bytes="4096") as running:
        yield running


def sealed(collector: Collector) -> list[Path]:
    """The segments that wait, oldest first."""
    return sorted((collector.data_dir / "spool" / "0").glob("*.sealed"))


async def pile_up(collector: Collector, ledger: Ledger, segments: int) -> None:
    """Load until so many segments wait."""
    enough = asyncio.Event()
    task = asyncio.create_task(load(collector.port, ledger, connections=8, enough=enough))
    while len(sealed(collector)) < segments:
        await asyncio.sleep(0.005)
    enough.set()
    await task


def outage(front: Front, collector: Collector, segments: int, name: str) -> None:
    """ClickHouse away until so many segments wait, as after a long time; then all are delivered."""
    ledger = Ledger()
    with front.fault("refuse", match="insert"):
        asyncio.run(pile_up(collector, ledger, segments))
    with front.connect() as client:
        account(collector, ledger, name, 1, ended=time.monotonic(), client=client, seconds=300)
    eventually(lambda: not sealed(collector))
    assert not ledger.refused
    assert max(ledger.seconds) < SLOWEST_SECONDS


def test_outage_that_leaves_many_segments_loses_and_doubles_nothing(front: Front, piling: Collector) -> None:
    outage(front, piling, 15, "ClickHouse: away for 15 segments")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_outage_of_an_hour_loses_and_doubles_nothing(front: Front, piling: Collector) -> None:
    """In an hour 360 segments of ten seconds pile up: they grow older while ClickHouse is away."""
    outage(front, piling, 360, "ClickHouse: away for an hour's 360 segments")


def events_of(segment: Path) -> set[str]:
    """Those of its whole frames."""
    found = SegmentFolder(segment.parent).scan(segment.stem)
    bodies = [part.body for part in found if isinstance(part, Frame)]
    return {str(row["event_id"]) for body in bodies for row in recordbatch.rows(body)}


def test_damage_to_segments_that_wait_is_named_and_costs_only_what_was_destroyed(
    front: Front, piling: Collector
) -> None:
    """Flipped bits, a lost end, an empty file, a segment that someone removed."""
    ledger = Ledger()
    with front.fault("refuse", match="insert"):
        asyncio.run(pile_up(piling, ledger, 6))
        _, flipped, cut, emptied, removed, *_ = sealed(piling)  # the first is on its way
        before = {path: events_of(path) for path in (flipped, cut, emptied, removed)}
        data = bytearray(flipped.read_bytes())
        data[len(data) // 2] ^= 0x10
        flipped.write_bytes(data)
        os.truncate(cut, cut.stat().st_size - 5)
        os.truncate(emptied, 0)
        after = {path: events_of(path) for path in (flipped, cut)}
        removed.unlink()
    destroyed = {one for path, held in before.items() for one in held - after.get(path, set())}
    assert 0 < len(destroyed) < len(ledger.acknowledged)
    with front.connect() as client:
        ended = time.monotonic()
        account(piling, ledger, "spool: damaged by another hand", 4, ended=ended, client=client, destroyed=destroyed)
    log = piling.log_text().splitlines()
    for path, told in (
        (flipped, "damaged bytes in a segment"),
        (cut, "damaged bytes in a segment"),
        (emptied, "a sealed segment is empty"),
        (removed, "a sealed segment is gone"),
    ):
        assert any(told in line and path.stem in line for line in log), told
    assert {flipped.stem, cut.stem} == {entry.kept.segment for entry in replay.entries(piling.data_dir)}


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.long)])
def test_engine_killed_again_and_again_loses_and_doubles_nothing(
    front: Front, collector: Collector, rounds: int
) -> None:
    ledger = Ledger()
    with front.connect() as client:  # a merge would take the copies away before they are counted
        client.command(f"ALTER TABLE collector.interactions MODIFY SETTING {MERGES} = 1")
    for _ in range(rounds):
        asyncio.run(send_for(collector, 0.2, ledger))
        front.kill()
        asyncio.run(send_for(collector, 0.2, ledger))
        front.start()
    ended = time.monotonic()
    with front.connect() as client:
        account(collector, ledger, "ClickHouse: killed", rounds, ended=ended, client=client)
        client.command(f"ALTER TABLE collector.interactions RESET SETTING {MERGES}")
    assert not ledger.refused


def test_account_notices_what_is_lost_and_what_is_double(front: Front, collector: Collector) -> None:
    """The ledger itself: an event nobody stored, and one stored twice, fail it."""
    copied = event()
    with front.connect() as client:
        client.command("SYSTEM STOP MERGES collector.interactions")  # the copy would be gone soon
        collector.send(batch(copied))
        collector.send(batch(copied))
        wanted = f"SELECT count() FROM collector.interactions WHERE event_id = '{copied['event_id']}'"
        eventually(lambda: int(str(client.command(wanted))), lambda rows: rows == 2)
        for ledger in (Ledger({copied["event_id"]}), Ledger({event()["event_id"]})):
            started = time.monotonic()
            with pytest.raises(AssertionError):
                account(collector, ledger, "made up", 1, ended=started, client=client, seconds=0.2)
            assert time.monotonic() - started < 10
        client.command("SYSTEM START MERGES collector.interactions")
    LINES.clear()
