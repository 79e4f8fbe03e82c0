"""A deletion that concerns more pictures than are asked about at once."""

import asyncio
from pathlib import Path

import pytest

from collector import recordbatch
from collector.erasure import deleting
from collector.erasure.tombstones import Kind, Tombstone
from tests.support.collector import now_ms, uuid7
from tests.support.searchable import open_in


def shown(user: str, numbers: range) -> bytes:
    """A click of someone on each of these pictures."""
    shared = {"site": "shop", "session_id": f"s-{user}", "user_id": user, "received_at": "2026-11-23 08:00:00.000"}
    rows = [
        {
            "event_id": uuid7(),
            "at_ms": now_ms(),
            "event_name": "click",
            "interacted_image_url": f"/images/{number:064x}",
        }
        for number in numbers
    ]
    return recordbatch.encode(shared, recordbatch.columns(rows), len(rows))


def test_all_pictures_of_a_deletion_are_named_and_those_in_use_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "IMAGES_AT_ONCE", 2)

    async def look() -> tuple[int, set[tuple[str, str]]]:
        engine = open_in(tmp_path)
        lines = shown("ann", range(7)) + shown("bob", range(4, 9))
        await engine.insert("incoming", recordbatch.FIELDS, lines, "segment")
        stone = Tombstone(Kind.USER, ("ann",), None, now_ms())
        meant = await deleting.meant(engine, stone)
        await deleting.delete(engine, stone)
        used = await deleting.still_used(engine, meant.images)
        await engine.close()
        return len(meant.images), used

    named, used = asyncio.run(look())
    assert 7 == named
    assert {("shop", f"/images/{number:064x}") for number in (4, 5, 6)} == used
