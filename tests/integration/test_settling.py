"""What a deletion can't reach at once: quarantines, replays, segments that wait, rows under way, hidden bytes."""

import asyncio
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector import recordbatch
from collector.clickhouse import Engine
from collector.delivery.replay import entries, replay
from collector.delivery.writer import Writer
from collector.erasure.eraser import Eraser
from collector.erasure.settling import LONG_SECONDS, Settling
from collector.erasure.tombstones import Kind, Tombstone, Tombstones
from collector.images import Images, open_images
from collector.settings import Settings
from collector.spool import Quarantine, SpoolReader
from tests.support.collector import eventually, now_ms
from tests.support.picturing import picture
from tests.unit.making import NOW, checked, event, spooled, uuid
from tests.unit.spooling import seal

SEGMENT = "000000000001-0123456789ab"


@pytest.fixture
def images(tmp_path: Path) -> Iterator[Images]:
    opened = open_images(Settings(data_dir=tmp_path))
    yield opened
    asyncio.run(opened.close())


@pytest.fixture
def settling(engine: Engine, images: Images, tmp_path: Path) -> Settling:
    return Settling(Eraser(engine, Tombstones(tmp_path), tmp_path, images, None), tmp_path, quiet_seconds=0)


def record(number: int, user: str) -> bytes:
    return spooled(checked(event(number, type="feedback", text="lamp"), user_id=user, batch_id=uuid(number)))


async def deliver(engine: Engine, folder: Path, stones: Tombstones) -> None:
    spool = SpoolReader(folder)
    writer = Writer(spool, engine, lambda _: None, inserted=lambda _: None, screen=stones.screen)
    spool.look()
    await writer.drain()


def users(engine: Engine, *events: int) -> list[str]:
    ids = [uuid(number) for number in events]
    rows = asyncio.run(
        engine.rows(
            "SELECT user_id FROM interactions WHERE event_id IN {ids:Array(UUID)} ORDER BY user_id", {"ids": ids}
        )
    )
    return [row["user_id"] for row in rows]


def deleted(tmp_path: Path, user: str, at: int = NOW) -> Tombstones:
    stones = Tombstones(tmp_path)
    stones.add([Tombstone(Kind.USER, (user,), None, at)])
    return stones


def test_quarantine_loses_what_was_deleted_and_keeps_the_rest(
    engine: Engine, settling: Settling, tmp_path: Path
) -> None:
    quarantine = Quarantine(tmp_path / "spool" / "0" / "quarantine")
    quarantine.put(SEGMENT, "poison", record(11, "dave") + record(12, "eve"))
    quarantine.put(SEGMENT, "poison", record(13, "dave"), "1")
    quarantine.put(SEGMENT, "damaged bytes", b"\x00 no batch\n", "damage-9")
    deleted(tmp_path, "dave")
    assert 1 == asyncio.run(settling.settle())
    left = {entry.name: entry.read() for entry in entries(tmp_path)}
    assert {f"0/{SEGMENT}.0": record(12, "eve"), f"0/{SEGMENT}.damage-9": b"\x00 no batch\n"} == left


def test_replay_after_the_deletion_brings_nothing_back(engine: Engine, tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "spool" / "0" / "quarantine")
    quarantine.put(SEGMENT, "poison", record(21, "dave") + record(22, "eve"))
    [entry] = entries(tmp_path)
    assert 2 == replay(tmp_path, entry)
    stones = deleted(tmp_path, "dave")
    asyncio.run(deliver(engine, tmp_path / "spool" / "replay", stones))
    assert ["eve"] == users(engine, 21, 22)


def test_segment_whose_insert_began_before_is_deleted_once_it_is_stored(
    engine: Engine, settling: Settling, tmp_path: Path
) -> None:
    """It is not settled while that segment waits, and after a crash neither."""
    folder = tmp_path / "spool" / "0"
    path = seal(folder, record(31, "dave"), record(32, "eve"))
    stones = deleted(tmp_path, "dave", at=int(time.time() * 1000) + 5)
    assert 0 == asyncio.run(settling.settle())
    asyncio.run(deliver(engine, folder, Tombstones(tmp_path / "nobody told the insert")))
    assert not path.exists()
    assert ["dave", "eve"] == users(engine, 31, 32)
    assert 1 == asyncio.run(settling.settle())
    assert ["eve"] == users(engine, 31, 32)
    assert [] == Tombstones(tmp_path).unsettled()
    assert 0 == asyncio.run(settling.settle())
    assert stones.strip(record(31, "dave")) == b""


def test_a_deletion_that_the_engine_refuses_holds_no_other_up(
    engine: Engine, settling: Settling, tmp_path: Path
) -> None:
    folder = tmp_path / "spool" / "0"
    seal(folder, record(35, "dave"), record(36, "eve"))
    asyncio.run(deliver(engine, folder, Tombstones(tmp_path)))
    stones = Tombstones(tmp_path)
    stones.add([refused := Tombstone(Kind.EVENTS, ("no UUID",), None, NOW), Tombstone(Kind.USER, ("dave",), None, NOW)])
    assert 1 == asyncio.run(settling.settle())
    assert ["eve"] == users(engine, 35, 36)
    assert [refused] == Tombstones(tmp_path).unsettled()


def test_settled_rows_are_gone_from_the_parts(engine: Engine, settling: Settling, tmp_path: Path) -> None:
    seal(tmp_path / "spool" / "0", record(41, "dave"), record(42, "eve"))
    asyncio.run(deliver(engine, tmp_path / "spool" / "0", Tombstones(tmp_path)))
    asyncio.run(settling._eraser.erase(Kind.USER, ["dave"], None))
    assert ["eve"] == users(engine, 41, 42)
    assert 1 == asyncio.run(settling.settle())
    hidden = asyncio.run(
        engine.rows(
            "SELECT count() AS parts FROM system.parts WHERE active AND table = 'interactions' AND has_lightweight_delete"
        )
    )
    assert [{"parts": 0}] == hidden


def test_segment_that_waits_for_hours_is_rewritten(engine: Engine, settling: Settling, tmp_path: Path) -> None:
    """The engine is away: bytes leave the disk all the same, and what the memory of batches needs stays."""
    path = seal(tmp_path / "spool" / "0", record(51, "dave"), record(52, "eve"), record(53, "dave"))
    long_ago = time.time() - LONG_SECONDS - 60
    os.utime(path, (long_ago, long_ago))
    stones = deleted(tmp_path, "dave", at=int(long_ago * 1000) + 1000)
    assert 0 == asyncio.run(settling.settle())
    assert b"dave" not in path.read_bytes()
    reader = SpoolReader(tmp_path / "spool" / "0")
    reader.look()
    [segment] = reader.sealed()
    assert [b"", record(52, "eve"), b""] == reader.bodies(segment)
    assert 3 == path.read_bytes().count(b"meta")
    asyncio.run(deliver(engine, tmp_path / "spool" / "0", stones))
    assert ["eve"] == users(engine, 51, 52, 53)


def test_what_kills_left_of_replays_and_rewritings_is_removed(settling: Settling, tmp_path: Path) -> None:
    """It holds what visitors did, and no deletion looks into it."""
    left = [tmp_path / "spool" / "0" / f"{SEGMENT}.rewriting", tmp_path / "spool" / "replay" / f"{SEGMENT}.open"]
    going_on = tmp_path / "spool" / "replay" / "000000000002-0123456789ab.open"
    for path in (*left, going_on):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(record(31, "dave"))
    for path in left:
        os.utime(path, (1, 1))
    asyncio.run(settling.settle())
    assert [going_on] == [path for path in (*left, going_on) if path.exists()]


def test_deletion_while_the_engine_is_away_is_written_down(images: Images, tmp_path: Path) -> None:
    async def refused() -> None:
        engine = Engine(_nowhere, limits={})
        eraser = Eraser(engine, Tombstones(tmp_path), tmp_path, images, None)
        assert not (await eraser.erase(Kind.USER, ["dave"], None)).done
        await engine.close()

    asyncio.run(refused())
    [stone] = Tombstones(tmp_path).unsettled()
    assert (Kind.USER, ("dave",)) == (stone.kind, stone.values)
    assert b"" == Tombstones(tmp_path).strip(record(61, "dave"))
    assert 1 == recordbatch.count(record(61, "eve"))


PICTURE = picture(23, 17)
PICTURE_ID = hashlib.sha256(PICTURE).hexdigest()


def shows(number: int, user: str) -> bytes:
    """Feedback with the picture, sent now."""
    sent = event(number, type="feedback", text="lamp", screenshot=PICTURE_ID)
    return spooled(checked(sent, user_id=user, batch_id=uuid(number)), received_at=now_ms())


@pytest.mark.parametrize("user", ["dave", "eve"])
@pytest.mark.parametrize("place", ["sealed", "open", "quarantine"])
def test_picture_stays_that_waits_for_someone_else(
    engine: Engine, settling: Settling, images: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    place: str, user: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("collector.erasure.eraser.DELIVERY_SECONDS", 0)
    spool = tmp_path / "spool" / "0"
    asyncio.run(images.store(PICTURE, "shop"))
    seal(spool, shows(71, "dave"))
    asyncio.run(deliver(engine, spool, Tombstones(tmp_path)))
    if place == "quarantine":
        Quarantine(spool / "quarantine").put(SEGMENT, "poison", shows(72, user))
    else:
        path = seal(spool, shows(72, user))
        path.rename(path.with_suffix(f".{place}"))
    assert asyncio.run(settling._eraser.erase(Kind.USER, ["dave"], None)).done
    assert (user == "eve") == asyncio.run(images.exists(PICTURE_ID, ["shop"]))


def test_picture_that_was_sent_again_stays_for_what_is_still_to_come(
    engine: Engine, settling: Settling, images: Images, tmp_path: Path
) -> None:
    """Until the deletion settles: whoever sent it names it by then."""
    spool = tmp_path / "spool" / "0"
    seal(spool, shows(81, "dave"))
    asyncio.run(deliver(engine, spool, Tombstones(tmp_path)))
    sent = now_ms() + 1
    eventually(lambda: now_ms() > sent)
    asyncio.run(images.store(PICTURE, "shop"))
    asyncio.run(settling._eraser.erase(Kind.USER, ["dave"], None))
    assert asyncio.run(images.exists(PICTURE_ID, ["shop"]))
    assert 1 == asyncio.run(settling.settle())
    assert not asyncio.run(images.exists(PICTURE_ID))


def _nowhere() -> None:  # type: ignore[return]
    raise OSError("no engine")
