"""A segment that is taken apart for its poison, a kill in the middle of that, and a deletion before the repeat."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector import recordbatch
from collector.clickhouse import Engine
from collector.delivery.writer import Writer
from collector.erasure.settling import rewrite_segment
from collector.erasure.tombstones import Kind, Tombstone, Tombstones
from collector.spool import Spool, SpoolReader
from tests.integration.test_writer import LIMITS
from tests.support.collector import now_ms, uuid7
from tests.unit.spooling import put

Event = dict[str, Any]
KEPT, DELETED, POISON = "kept", "deleted", "poison"


@dataclass
class Told:
    """What became of the events that nobody deleted: how often each is stored, and those in quarantine."""

    stored: dict[str, int]
    quarantine: set[str]


def writer(spool: Spool | SpoolReader, engine: Engine, stones: Tombstones) -> Writer:
    return Writer(spool, engine, lambda _: None, inserted=lambda _: None, screen=stones.screen)


async def interrupted(folder: Path, engine: Engine, stones: Tombstones, bodies: list[bytes], *, rewrite: bool) -> None:
    """Spool, deliver up to the first poison, be killed there, delete, deliver again."""
    spool = Spool(folder / "0", LIMITS)
    await put(spool, *bodies)
    await spool.seal()
    blocked = spool.quarantine.folder
    blocked.touch()  # a file where the folder should be: the writer waits with its first poison
    first = writer(spool, engine, Tombstones(folder / "before"))
    dying = asyncio.create_task(first.drain())
    while "quarantine" not in first.last_error and not dying.done():
        await asyncio.sleep(0.002)
    dying.cancel()
    await asyncio.wait([dying])
    await spool.close()
    blocked.unlink()
    if rewrite:
        [path] = spool.folder.glob("*.sealed")
        rewrite_segment(path, stones.strip)
    again = SpoolReader(spool.folder)
    again.look()
    await writer(again, engine, stones).drain()


def outcome(engine: Engine, folder: Path, site: str, deleted: set[str], *, final: bool) -> Told:
    table = "interactions FINAL" if final else "interactions"
    sql = f"SELECT event_id, count() AS n FROM {table} WHERE site = {{site:String}} GROUP BY event_id"
    rows = asyncio.run(engine.rows(sql, {"site": site}))
    quarantine = SpoolReader(folder / "0").quarantine
    kept = [row for one in quarantine.entries() for row in recordbatch.rows(quarantine.read(one.name))]
    assert len(kept) == len({row["event_id"] for row in kept})
    return Told(
        {row["event_id"]: int(row["n"]) for row in rows if row["event_id"] not in deleted},
        {row["event_id"] for row in kept},
    )


@pytest.mark.parametrize("rewrite", [False, True], ids=["as it was", "rewritten"])
@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([KEPT, DELETED, POISON]), min_size=1, max_size=5), min_size=1, max_size=6).filter(
        lambda made: any(POISON in batch for batch in made)
    )
)
@example([[DELETED], [DELETED], [KEPT], [POISON], [KEPT], [KEPT], [KEPT], [POISON]])
def test_kill_and_deletion_while_poison_is_looked_for_lose_nothing(
    engine: Engine, rewrite: bool, made: list[list[str]]
) -> None:
    site, deleted, kept, poison = uuid7(), set[str](), set[str](), set[str]()
    bodies = []
    for batch in made:
        events: list[Event] = []
        for kind in batch:
            name = uuid7()
            {KEPT: kept, DELETED: deleted, POISON: poison}[kind].add(name if kind != POISON else f"no {name}")
            events.append(
                {"event_id": f"no {name}" if kind == POISON else name, "at_ms": now_ms(), "event_name": "click"}
            )
        shared = {"site": site, "session_id": "s", "received_at": "2026-11-23 08:00:00.000"}
        bodies.append(recordbatch.encode(shared, recordbatch.columns(events), len(events)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stones = Tombstones(folder)
        stones.add([Tombstone(Kind.EVENTS, tuple(deleted), None)] if deleted else [])
        asyncio.run(interrupted(folder, engine, stones, bodies, rewrite=rewrite))
        # a rewritten segment's blocks are others: what was stored of them comes again, as copies that FINAL leaves out
        told = outcome(engine, folder, site, deleted, final=rewrite)
    assert dict.fromkeys(kept, 1) == told.stored
    assert poison == told.quarantine
