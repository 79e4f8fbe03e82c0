"""What of a publish waits in the spools: found in any of them, until it is delivered, set aside or deleted."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from collector import recordbatch
from collector.erasure.pending import Pending
from collector.erasure.tombstones import Kind, Tombstone, Tombstones
from collector.intake.normalize import stamp
from collector.intake.seen import Seen, request_identity
from collector.spool import Quarantine
from collector.spool.frames import MAGIC
from collector.spool.waiting import waiting
from tests.unit.making import NOW, uuid
from tests.unit.spooling import frame

NAME = "000000000001-0123456789ab"
IDENTITY = request_identity("shop", "order-7")


def record(session_id: str = "s") -> bytes:
    shared = {"site": "shop", "request_id": "order-7", "session_id": session_id, "user_id": "dave",
              "received_at": stamp(NOW)}  # fmt: skip
    return recordbatch.encode(shared, recordbatch.columns([{"event_id": uuid(1), "at_ms": NOW}]), 1)


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    """A sealed segment with the publish between others, which the memory of batches knows."""
    with closing(Seen(tmp_path / "seen.db", 0)) as seen:
        seen.claim([(IDENTITY, b"receipt")])
    path = tmp_path / "spool" / "1" / f"{NAME}.sealed"
    path.parent.mkdir(parents=True)
    others = [frame(record(), request_identity("shop", name) + b"receipt") for name in ("order-6", "order-8")]
    path.write_bytes(MAGIC + others[0] + frame(record(), IDENTITY + b"receipt") + others[1])
    return path


def holds(data_dir: Path, sites: tuple[str, ...] = ("default", "shop"), request_id: str = "order-7") -> bool:
    return asyncio.run(Pending(data_dir, Tombstones(data_dir)).holds(request_id, sites))


def test_a_publish_waits_in_its_segment_open_or_sealed(tmp_path: Path, segment: Path) -> None:
    assert holds(tmp_path)
    assert not holds(tmp_path, ("default",)) and not holds(tmp_path, ()) and not holds(tmp_path, request_id="order-6")
    segment.rename(segment.with_suffix(".open"))
    assert holds(tmp_path)


def test_what_was_delivered_does_not_wait(tmp_path: Path, segment: Path) -> None:
    segment.unlink()
    assert not holds(tmp_path)


def test_what_is_in_quarantine_does_not_wait(tmp_path: Path, segment: Path) -> None:
    Quarantine(segment.parent / "quarantine").put(NAME, "Code: 27", record())
    segment.unlink()
    assert not holds(tmp_path)


@pytest.mark.parametrize(
    "stone",
    [(Kind.REQUESTS, "order-7"), (Kind.SESSION, "s"), (Kind.USER, "dave"), (Kind.EVENTS, uuid(1)), (Kind.EVERYTHING,)],
    ids=lambda stone: stone[0].value,
)
def test_what_was_deleted_does_not_wait(tmp_path: Path, segment: Path, stone: tuple[Kind, str]) -> None:
    kind, *values = stone
    Tombstones(tmp_path).add([Tombstone(kind, tuple(values), ("blog",), NOW)])
    assert holds(tmp_path)
    Tombstones(tmp_path).add([Tombstone(kind, tuple(values), None, NOW)])
    assert not holds(tmp_path)


def test_a_frame_that_was_emptied_or_is_torn_is_none(tmp_path: Path, segment: Path) -> None:
    whole = frame(record(), IDENTITY + b"receipt")
    for bytes_left in (frame(b"", IDENTITY + b"receipt"), whole[:-1], b"", IDENTITY):
        segment.write_bytes(MAGIC + bytes_left)
        assert [] == list(waiting(tmp_path / "spool", IDENTITY))
    segment.write_bytes(MAGIC + whole[:-1] + whole)
    assert [record()] == list(waiting(tmp_path / "spool", IDENTITY))
