"""Tombstones: what they take out of record batches, and their file through torn lines and several processes."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import recordbatch
from collector.erasure.meaning import Meaning, event_value
from collector.erasure.reach import Reach, steady, wall
from collector.erasure.tombstones import Kind, Tombstone, Tombstones
from collector.intake.normalize import stamp
from tests.support.collector import eventually
from tests.unit.making import NOW, checked, event, spooled, uuid

Row = dict[str, Any]


def record(*events: object, received_at: int = NOW, **fields: object) -> bytes:
    return spooled(checked(*events, **fields), received_at=received_at)


def kept(stones: Tombstones, *batches: bytes) -> list[str]:
    return [row["event_id"] for batch in stones.screen(batches) for row in recordbatch.rows(batch)]


@pytest.fixture
def stones(tmp_path: Path) -> Tombstones:
    return Tombstones(tmp_path)


def test_events_are_gone_whenever_they_come(stones: Tombstones) -> None:
    stones.add([Tombstone(Kind.EVENTS, (uuid(1),), None, NOW)])
    assert [uuid(2)] == kept(stones, record(event(1), event(2), received_at=NOW + 10**9))


def test_an_event_of_one_session_is_gone_there_only(stones: Tombstones) -> None:
    one, other = uuid(70), uuid(71)
    stones.add([Tombstone(Kind.EVENTS, (event_value(uuid(1), one),), None, NOW)])
    assert [uuid(2)] == kept(stones, record(event(1), event(2), session_id=one))
    assert [uuid(1), uuid(2)] == kept(stones, record(event(1), event(2), session_id=other))


def test_a_publish_is_gone_up_to_the_deletion_of_its_request(stones: Tombstones) -> None:
    """A later one under the same id is another, whenever its items say they happened."""
    stones.add([Tombstone(Kind.REQUESTS, ("order-7",), None, NOW)])

    def publish(place: int, received_at: int) -> bytes:
        shared = {"site": "shop", "request_id": "order-7", "user_id": "dave", "received_at": stamp(received_at)}
        return recordbatch.encode(shared, recordbatch.columns([{"event_id": uuid(place), "at_ms": NOW - 10**9}]), 1)

    assert [uuid(2)] == kept(stones, publish(1, NOW), publish(2, NOW + 1))


def test_id_in_capitals_is_the_same_event(stones: Tombstones) -> None:
    stones.add([Tombstone(Kind.EVENTS, (uuid(0xAB),), None, NOW)])
    assert [] == kept(stones, record(event(1, event_id=uuid(0xAB).upper())))


@pytest.mark.parametrize(
    ("kind", "value", "fields"),
    [
        (Kind.USER, "dave", {"user_id": "dave"}),
        (Kind.USER, "visitor-1", {}),
        (Kind.SESSION, uuid(2000), {}),
        (Kind.REQUESTS, uuid(1001), {"batch_id": uuid(1001)}),
        (Kind.EVERYTHING, None, {}),
    ],
)
def test_people_sessions_and_requests_are_gone_up_to_their_deletion(
    stones: Tombstones, kind: Kind, value: str | None, fields: Row
) -> None:
    stones.add([Tombstone(kind, (value,) if value else (), ("shop",), NOW)])
    after = event(9, at=NOW + 1)
    assert [] == kept(stones, record(event(1), **fields))
    assert [uuid(9)] == kept(stones, record(after, received_at=NOW + 1, **fields))
    assert [] == kept(stones, record(event(1), received_at=NOW + 10**9, **fields)), "a page that sends late"
    elsewhere = spooled(checked(event(1), **fields), site="blog")
    assert [uuid(1)] == kept(stones, elsewhere)


def test_what_came_after_everything_was_deleted_is_not_looked_at_closely(tmp_path: Path) -> None:
    """Or every batch would be parsed for ever. A page that sends late is."""
    meaning = Meaning()
    meaning.add(Kind.EVERYTHING, (), ("shop",), Reach(stamp(NOW)))
    late = [event(1, at=NOW + 1), event(2, at=NOW)]
    assert meaning.may_touch(record(*late, received_at=NOW + 10**6))
    assert not meaning.may_touch(record(event(1, at=NOW + 1), received_at=NOW + 10**6))
    assert meaning.may_touch(spooled(checked(event(1, at=NOW + 1)), received_at=NOW + 10**6, offset=-1))
    assert not meaning.may_touch(spooled(checked(event(1)), site="blog"))


@pytest.mark.parametrize("restarted", [False, True])
def test_clock_put_back_after_a_deletion_takes_nothing_that_comes_next(tmp_path: Path, restarted: bool) -> None:
    """Also in another process, and after the machine was started again."""
    hour = 3_600_000
    stones, ahead = Tombstones(tmp_path), wall() + 2 * hour
    before = record(event(1, at=wall() - 1), received_at=wall() - 1, user_id="dave")
    before_by_that_clock = record(event(2, at=ahead - hour), received_at=ahead - hour, user_id="dave")
    after_by_that_clock = record(event(3, at=ahead + hour), received_at=ahead + hour, user_id="dave")
    moment = "another start/1" if restarted else steady()
    stones.add([Tombstone(Kind.USER, ("dave",), None, ahead, steady=moment)])
    put_back = wall()
    eventually(lambda: wall() > put_back + 1)
    after = record(event(4, at=wall()), received_at=wall(), user_id="dave")
    for seen in (stones, Tombstones(tmp_path)):
        assert [uuid(3), uuid(4)] == kept(seen, before, before_by_that_clock, after_by_that_clock, after)
        [stone] = seen.unsettled()
        assert stone.at <= put_back and ahead == stone.ahead


def test_someone_else_is_kept_byte_for_byte(stones: Tombstones) -> None:
    stones.add([Tombstone(Kind.USER, ("dave", "visitor-1"), None, NOW)])
    batch = record(event(1), user_id="eve")
    assert [batch] == stones.screen([batch])


names = st.sampled_from(["a", "b", 'q"[', ""])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "event_id": st.sampled_from([uuid(n) for n in range(4)]),
            "at_ms": st.sampled_from([NOW - 1, NOW, NOW + 1, NOW + 2]),
        }
    ),
    min_size=1,
    max_size=4,
)
shared = st.fixed_dictionaries(
    {
        "site": st.sampled_from(["shop", "blog"]),
        "request_id": names,
        "session_id": names,
        "visitor_id": names,
        "user_id": names,
        "received_at": st.sampled_from([stamp(NOW), stamp(NOW + 2)]),
        "offset_ms": st.sampled_from([-1, 0, 1]),
    }
)
marks = st.lists(
    st.tuples(
        st.sampled_from([Kind.REQUESTS, Kind.SESSION, Kind.USER, Kind.EVERYTHING]),
        names.filter(bool),
        st.sampled_from([None, ("shop",)]),
    )
)


@given(rows, shared, marks, st.sets(st.sampled_from([uuid(n) for n in range(4)])))
def test_quick_look_and_close_look_agree(
    tmp_path_factory: pytest.TempPathFactory, made: list[Row], head: Row, deleted: list[Any], events: set[str]
) -> None:
    """A batch that the quick look lets pass holds nothing that is deleted."""
    stones = Tombstones(tmp_path_factory.mktemp("stones"))
    stones.add(
        [Tombstone(kind, () if kind is Kind.EVERYTHING else (value,), sites, NOW) for kind, value, sites in deleted]
    )
    stones.add([Tombstone(Kind.EVENTS, tuple(events), None, NOW)] if events else [])
    batch = recordbatch.encode(head, recordbatch.columns(made), len(made))
    who = head["user_id"] or head["visitor_id"] or f"anon:{head['session_id']}"
    named = {Kind.REQUESTS: head["request_id"], Kind.SESSION: head["session_id"], Kind.USER: who}
    meant = any(
        value == named.get(kind, value) and (sites is None or head["site"] in sites) for kind, value, sites in deleted
    )

    def is_deleted(row: Row) -> bool:
        happened = stamp(row["at_ms"] + head["offset_ms"])
        came = min(happened, head["received_at"]) if head["visitor_id"] else head["received_at"]
        return row["event_id"] in events or (meant and came <= stamp(NOW))

    assert [row["event_id"] for row in made if not is_deleted(row)] == kept(stones, batch)


def test_another_process_sees_it_before_its_next_segment(tmp_path: Path) -> None:
    one, other = Tombstones(tmp_path), Tombstones(tmp_path)
    assert [uuid(1)] == kept(other, record(event(1)))
    one.add([Tombstone(Kind.EVENTS, (uuid(1),), None, NOW)])
    assert [] == kept(other, record(event(1)))
    assert [] == kept(Tombstones(tmp_path), record(event(1)))


def test_threads_that_look_at_once_read_each_line_once(tmp_path: Path) -> None:
    """Writers, deletions and questions of one process share the object."""
    reading, writing = Tombstones(tmp_path), Tombstones(tmp_path)
    ids = [uuid(number) for number in range(300)]
    left = threading.Event()
    often = sys.getswitchinterval()

    def look() -> None:
        while not left.is_set():
            reading.refresh()

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            looking = [threads.submit(look) for _ in range(4)]
            for name in ids:
                writing.add([Tombstone(Kind.EVENTS, (name,), None, NOW)])
            left.set()
            for thread in looking:
                thread.result()
    finally:
        sys.setswitchinterval(often)
    reading.refresh()
    assert ids == [value for stone in reading.unsettled() for value in stone.values]


def test_what_is_unsettled_can_be_asked_while_threads_add(tmp_path: Path) -> None:
    """The settling asked on the event loop while a deletion was taken in on a thread, and the process stopped."""
    stones, left = Tombstones(tmp_path), threading.Event()
    stones.add([Tombstone(Kind.EVENTS, (uuid(number),), None, NOW) for number in range(2000)])
    stones.settled(stones.unsettled())

    def ask() -> int:
        asked = 0
        while not left.is_set():
            asked += len(stones.unsettled()) + len(stones.unshared())
        return asked

    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(1) as threads:
            asking = threads.submit(ask)
            for number in range(200):
                stones.add([Tombstone(Kind.EVENTS, (uuid(5000 + number),), None, NOW)])
            left.set()
            assert asking.result()
    finally:
        sys.setswitchinterval(often)
    assert 200 == len(stones.unsettled())


def test_torn_last_line_is_passed_over_and_written_behind(tmp_path: Path) -> None:
    stones = Tombstones(tmp_path)
    stones.add([Tombstone(Kind.EVENTS, (uuid(1),), None, NOW)])
    path = tmp_path / "erasure" / "tombstones.jsonl"
    path.write_bytes(path.read_bytes() + Tombstone(Kind.EVENTS, (uuid(2),), None, NOW).line()[:-5])
    again = Tombstones(tmp_path)
    assert [uuid(2)] == kept(again, record(event(1), event(2)))
    again.add([Tombstone(Kind.EVENTS, (uuid(3),), None, NOW)])
    assert [uuid(2)] == kept(Tombstones(tmp_path), record(event(1), event(2), event(3)))


def test_settled_ones_still_hold(tmp_path: Path) -> None:
    stones = Tombstones(tmp_path)
    stone = Tombstone(Kind.EVENTS, (uuid(1),), None, NOW)
    stones.add([stone])
    assert [stone] == stones.unsettled()
    stones.settled([stone])
    assert [] == stones.unsettled() == Tombstones(tmp_path).unsettled()
    assert [] == kept(Tombstones(tmp_path), record(event(1)))
