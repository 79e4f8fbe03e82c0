"""The forwarder with a real journal, engine and server, in this process: what a deletion or a fault may meet."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.clickhouse import Engine
from collector.delivery.forwarder import Client, Forwarder, Journal
from collector.delivery.forwarder.book import Request
from collector.delivery.forwarder.forwarder import MOST_ROWS
from collector.delivery.forwarder.plan import Draft
from collector.delivery.replay import FOLDER as REPLAYS
from collector.delivery.replay import entries, replay
from collector.delivery.writer import Writer
from collector.erasure.eraser import Eraser
from collector.erasure.tombstones import Kind, Tombstone, Tombstones
from collector.images import open_images
from collector.intake.normalize import stamp
from collector.settings import Settings
from collector.sites import SitesFile
from collector.spool import SpoolReader
from tests.support.collector import eventually, now_ms
from tests.support.reflexio_server import Handler, ReflexioServer
from tests.unit.making import checked, event, spooled, uuid
from tests.unit.spooling import seal


@pytest.fixture
def server() -> Iterator[ReflexioServer]:
    with ReflexioServer() as server:
        yield server


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "forwarding.db", most_waiting=100_000, keep_days=30)
    yield opened
    opened.close()


async def no_image(site: str, image_id: str) -> bytes | None:
    return None


class Running:
    """A forwarder's parts; `until` runs it until something holds."""

    def __init__(self, journal: Journal, server: ReflexioServer, engine: Engine, folder: Path) -> None:
        self.journal = journal
        self.server = server
        self.engine = engine
        self.sites = SitesFile(folder / "sites.toml")
        self.read_image = no_image

    def until(self, holds: Callable[[], object]) -> None:
        asyncio.run(self._until(holds))

    def forwarder(self, client: Client) -> Forwarder:
        return Forwarder(self.journal, client, self.engine, self.sites, self.read_image, requests_per_minute=60_000)

    async def _until(self, holds: Callable[[], object]) -> None:
        client = Client(self.server.url, "test-key")
        task = asyncio.create_task(self.forwarder(client).run())
        try:
            await asyncio.to_thread(eventually, holds, bool, 30)
        finally:
            task.cancel()
            await client.close()

    def deliver(self, folder: Path) -> None:
        """Store what is sealed in a spool, and note what is to be forwarded of it."""
        asyncio.run(self._deliver(folder))

    async def _deliver(self, folder: Path) -> None:
        client = Client(self.server.url, "test-key")
        spool = SpoolReader(folder)
        spool.look()
        await Writer(spool, self.engine, self.forwarder(client).note, inserted=lambda _: None).drain()
        await client.close()

    def store(
        self, session: str, count: int, start: int, step: int, content: str = "", props: str = "", *,
        user: str = "ann", did: str = "",
    ) -> list[str]:  # fmt: skip
        """Store rows of a session, `step` ms apart from `start` on (Unix ms); returns their ids, in order of time."""
        event = "toUUID(concat('00000000-0000-7000-8000-', leftPad(lower(hex({start:UInt64} + number)), 12, '0')))"
        time_of = "fromUnixTimestamp64Milli(toInt64({start:UInt64} + number * {step:UInt64}), 'UTC')"
        query = (
            "INSERT INTO interactions (site, session_id, user_id, event_id, event_name, user_action, user_action_description, "
            "content, props, at, "
            f"created_at, received_at) SELECT 'shop', {{session:String}}, {{user:String}}, {event}, 'x', 'none', {{did:String}}, "
            f"{{content:String}}, "
            f"{{props:String}}, {time_of} AS at, at, at FROM numbers({{count:UInt64}})"
        )
        given = {"session": session, "start": start, "step": step, "count": count, "content": content, "props": props,
                 "user": user, "did": did}  # fmt: skip
        self.engine.write(lambda client: client.command(query, parameters=given))
        return [f"00000000-0000-7000-8000-{start + number:012x}" for number in range(count)]

    def note(self, session: str, at: dict[str, int], user: str = "ann") -> None:
        shared = {"site": "shop", "session_id": session, "user_id": user}
        self.journal.note(
            [{**shared, "event_id": one, "at_ms": ms, "received_at": stamp(ms)} for one, ms in at.items()]
        )

    def queue(self, text: str, *, image: bool = False) -> Request:
        """Note a text of Ann's and let a request hold it."""
        now = now_ms()
        row = {"event_id": text, "site": "shop", "session_id": text, "user_id": "ann", "at_ms": now}
        self.journal.note([{**row, "received_at": stamp(now)}])
        waiting = self.journal.waiting(now)
        assert waiting
        item: dict[str, Any] = {"content": text, **({"image_id": "a" * 64} if image else {})}
        self.journal.plan(waiting, [Draft("ann", text, "", "", items=[item], said=[text], came_ms=now)])
        return self.journal.listed()[0]


@pytest.fixture
def running(journal: Journal, server: ReflexioServer, engine: Engine, tmp_path: Path) -> Running:
    return Running(journal, server, engine, tmp_path)


def test_what_was_in_quarantine_is_forwarded_once_it_is_replayed(running: Running, tmp_path: Path) -> None:
    """It was refused for a reason that could be mended."""
    said = [
        spooled(checked(event(number, type="feedback", text=text), session_id=uuid(number), batch_id=uuid(number)))
        for number, text in enumerate(("sound", "odd"), start=71)
    ]
    seal(tmp_path / "spool" / "0", *said)
    alter(running.engine, "ADD CONSTRAINT strict CHECK content != 'odd'")
    running.deliver(tmp_path / "spool" / "0")
    running.until(lambda: running.journal.load() == (0, 0))
    assert ["sound"] == running.server.contents()
    alter(running.engine, "DROP CONSTRAINT strict")
    [entry] = entries(tmp_path)
    replay(tmp_path, entry)
    running.deliver(tmp_path / "spool" / REPLAYS)
    running.until(lambda: running.journal.load() == (0, 0))
    assert ["sound", "odd"] == running.server.contents()


def alter(engine: Engine, change: str) -> None:
    engine.write(lambda client: client.command(f"ALTER TABLE interactions {change}"))


def test_what_is_forgotten_while_its_image_is_read_is_erased_there_too(running: Running) -> None:
    request = running.queue("secret", image=True)

    async def forgetting(site: str, image_id: str) -> bytes | None:
        running.journal.forget_user("shop", "ann", now_ms())
        return None

    running.read_image = forgetting
    running.until(lambda: running.server.deleted)
    assert [request.request_id] == running.server.deleted
    assert [] == running.server.contents()


async def settle(running: Running, folder: Path, stone: Tombstone) -> None:
    images = open_images(Settings(data_dir=folder))
    try:
        await Eraser(running.engine, Tombstones(folder), folder, images, running.journal).again(stone)
    finally:
        await images.close()


def test_what_someone_did_is_taken_back_from_what_another_said_in_the_session(running: Running, tmp_path: Path) -> None:
    start = now_ms() - 60_000
    running.store("shared", 2, start, 10, did="opened her medical order 4711")
    [said] = running.store("shared", 1, start + 100, 1, content="hello", user="bob")
    running.note("shared", {said: start + 100}, user="bob")
    running.until(lambda: running.journal.counts()["forwarded"])
    assert "4711" in str(running.server.items())
    first = running.journal.listed()[0]
    asyncio.run(settle(running, tmp_path, Tombstone(Kind.USER, ("ann",), None, now_ms())))
    running.until(lambda: running.server.deleted and running.server.contents() == ["hello"])
    assert [first.request_id] == running.server.deleted
    assert "4711" not in str(running.server.items())


def test_what_is_said_after_a_deletion_stays_there_when_the_deletion_settles(running: Running, tmp_path: Path) -> None:
    before = running.queue("before")
    running.until(lambda: running.server.contents() == ["before"] and running.journal.counts()["forwarded"])
    stone = Tombstone(Kind.USER, ("ann",), None, now_ms())
    eventually(lambda: now_ms() > stone.at)
    after = running.queue("after")
    running.until(lambda: running.journal.counts()["forwarded"] == 2)
    asyncio.run(settle(running, tmp_path, stone))
    running.until(lambda: running.server.deleted and running.journal.erasure() is None)
    assert [before.request_id] == running.server.deleted
    assert ["after"] == running.server.contents()
    assert ["after"] == running.journal.members(after.request_id)


def test_an_erasure_the_server_fails_on_holds_nobody_up_and_is_told_again(running: Running) -> None:
    """A proxy's 404 and 405, errors, a success that is none, and a refusal: no answer but yes settles an erasure."""
    stuck = running.queue("stuck")
    told: list[str] = []
    answers = [(500, {}), (404, {}), (405, {}), (422, {}), (200, {"success": False, "message": "busy"})]

    def fail(handler: Handler, body: dict[str, Any]) -> bool:
        if handler.command != "DELETE" or body["request_id"] != stuck.request_id or len(told) >= len(answers):
            return False
        told.append(body["request_id"])
        handler.answer(*answers[len(told) - 1])
        return True

    def attempts() -> int:
        erasure = running.journal.erasure()
        return erasure.attempts if erasure else 0

    def put_off(seconds: float) -> None:
        erasure = running.journal.erasure()
        assert erasure
        running.journal.erase_again(erasure.number, "put off", seconds)

    def only_stuck() -> bool:
        erasure = running.journal.erasure()
        return erasure is not None and erasure.body["request_id"] == stuck.request_id

    running.until(lambda: running.journal.counts()["forwarded"])
    running.server.fault = fail
    running.journal.forget_user("shop", "ann", now_ms())
    running.until(lambda: attempts() == 1)
    put_off(3600)
    other = running.queue("other")
    running.until(lambda: "other" in running.server.contents() and running.journal.counts()["forwarded"])
    running.journal.forget_user("shop", "ann", now_ms())
    running.until(lambda: running.server.deleted == [other.request_id] and only_stuck())
    while len(told) < len(answers):
        put_off(0)
        before = attempts()
        running.until(lambda before=before: attempts() > before)  # type: ignore[misc]
    put_off(0)
    running.until(lambda: running.journal.erasure() is None)
    assert [other.request_id, stuck.request_id] == running.server.deleted


def test_many_erasures_a_proxy_refuses_do_not_stop_publishes(running: Running) -> None:
    for number in range(5):
        running.queue(f"old {number}")
    running.until(lambda: running.journal.counts()["forwarded"] == 5)
    running.journal.forget_user("shop", "ann", now_ms())
    tried: list[str] = []

    def refuse(handler: Handler, body: dict[str, Any]) -> bool:
        if handler.command == "DELETE":
            tried.append(body["request_id"])
            handler.answer(405, {})
        return handler.command == "DELETE"

    running.server.fault = refuse
    texts = [f"new {number}" for number in range(5)]
    for text in texts:
        running.queue(text)
    running.until(lambda: set(running.server.contents()) >= set(texts))
    assert len(tried) < 5
    assert running.journal.erasure()


@pytest.mark.parametrize("code", [400, 404, 405])
def test_a_wrong_address_does_not_put_requests_aside(running: Running, code: int) -> None:
    request = running.queue("kept")
    seen: list[str] = []

    def refuse(handler: Handler, body: dict[str, Any]) -> bool:
        seen.append(body["request_id"])
        if len(seen) == 1:
            handler.answer(code, {"detail": "what is this?"})
        return len(seen) == 1

    running.server.fault = refuse
    running.until(lambda: running.server.contents() == ["kept"])
    assert [request.request_id] * 2 == seen


def test_images_that_can_not_be_read_hold_up_no_other_request(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.delivery.forwarder.forwarder.PLAN_AHEAD", 1)
    shot = running.queue("shot", image=True)

    async def away(site: str, image_id: str) -> bytes | None:
        raise OSError("the bucket is away")

    running.read_image = away
    start = now_ms() - 1000
    running.note("plain", dict.fromkeys(running.store("plain", 1, start, 1, "fine"), start))
    running.until(lambda: running.server.contents() == ["fine"])
    waits = running.journal.find(shot.request_id)
    assert waits and (waits.state, "the bucket is away" in waits.reason) == ("queued", True)
    running.read_image = no_image
    running.journal.postpone(shot, "", 0)
    running.until(lambda: running.server.contents() == ["fine", "shot"])


def test_request_that_is_too_large_with_its_images_goes_without_them(running: Running) -> None:
    def refuse(handler: Handler, body: dict[str, Any]) -> bool:
        large = "image_encoding" in str(body)
        if large:
            handler.answer(413, {"detail": "too large"})
        return large

    async def picture(site: str, image_id: str) -> bytes | None:
        return b"picture"

    running.server.fault = refuse
    running.read_image = picture
    running.queue("said", image=True)
    running.until(lambda: running.server.contents() == ["said"])


def test_texts_beyond_what_is_read_of_a_session_at_once_wait_for_the_next_reading(running: Running) -> None:
    """One stands after more actions than are read, all within the time of the context; between it and the next are
    as many again."""
    start = now_ms() - 3_600_000
    running.store("long", MOST_ROWS + 1, start, 1)
    first, last = start + 30_000, start + 60_000
    said = {**dict.fromkeys(running.store("long", 1, first, 1, "first"), first), "00000000-0000-7000-8000-0": first}
    running.store("long", MOST_ROWS + 1, first + 5_000, 1)
    said |= dict.fromkeys(running.store("long", 1, last, 1, "last"), last)
    running.note("long", said)
    running.until(lambda: set(running.server.contents()) >= {"first", "last"})
    assert 0 == running.journal.counts()["waiting"]


def test_a_moment_with_more_rows_than_are_read_does_not_stop_other_sessions(running: Running) -> None:
    start = now_ms() - 3_600_000
    running.store("moment", MOST_ROWS + 1, start, 0)
    running.note("moment", {"ffffffff-0000-7000-8000-000000000000": start})
    running.note("other", dict.fromkeys(running.store("other", 1, start, 1, "fine"), start))
    running.until(lambda: running.server.contents() == ["fine"])


def test_what_was_set_for_a_whole_publish_arrives(running: Running) -> None:
    start = now_ms() - 1000
    props = '{"publish":{"place":0,"evaluation_only":true}}'
    running.note("flags", dict.fromkeys(running.store("flags", 1, start, 1, "fine", props), start))
    running.until(running.server.contents)
    assert [True] == [body["evaluation_only"] for body in running.server.requests.values()]
