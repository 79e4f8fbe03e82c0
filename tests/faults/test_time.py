"""Clocks that are wrong, jump or disagree: nothing is lost, nothing moves, nothing doubles."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.faults.ledger import account, note
from tests.support.clickhouse_front import Front
from tests.support.clock import LIBRARY, Clock
from tests.support.collector import Collector, batch, event, eventually, now_ms, uuid7
from tests.support.load import Ledger

HOUR, DAY, YEAR = 3_600_000, 86_400_000, 31_557_600_000
needs_faketime = pytest.mark.skipif(LIBRARY is None, reason="sets a process's clock with Debian's package faketime")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with Collector(tmp_path_factory.mktemp("time") / "data") as running:
        yield running


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def sent_by(clock_ms: int, ago: int = 0, **fields: Any) -> dict[str, Any]:
    """A batch of a browser whose clock is so far ahead, with one event of so long ago."""
    now = now_ms() + clock_ms
    return batch(event(at=now - ago), sent_at=now, user_id=uuid7(), **fields)


@needs_faketime
@pytest.mark.parametrize(
    "hours", [(0, 30, -30), pytest.param((0, 1, -1, 30, -30, 0), marks=pytest.mark.long)], ids=["short", "long"]
)
def test_jumps_of_the_servers_clock_lose_and_double_nothing(tmp_path: Path, hours: tuple[int, ...]) -> None:
    """By an hour and by more than a day, ahead and back: also the memory of batches must not be taken for old."""
    clock, ledger = Clock(tmp_path), Ledger()
    front = Front(tmp_path / "db", database="collector")
    with front, front.connect() as client:
        collector = Collector(tmp_path / "data", rate_limit_key="100000/hour", clickhouse_url=front.url)
        collector.environment = clock.environment
        with collector:
            jump(collector, clock, ledger, hours)
            account(collector, ledger, "the server's clock jumps", len(hours), ended=time.monotonic(), client=client)


def jump(collector: Collector, clock: Clock, ledger: Ledger, hours: tuple[int, ...]) -> None:
    """Send one batch by each clock, and all of before again."""
    sent: list[dict[str, Any]] = []
    for ahead in (number * HOUR for number in hours):
        clock.set(ahead / 1000)
        eventually(lambda: abs(its_clock(collector, ledger) - now_ms() - ahead) < 60_000)  # noqa: B023
        sent.append(sent_by(0))
        before = collector.send(sent[-1]).json()
        assert (1, False) == (before["accepted"], before["duplicate"])
        assert abs(before["server_time"] - now_ms() - ahead) < 60_000
        assert {True} == {collector.send(one).json()["duplicate"] for one in sent}
        ledger.acknowledged |= {sent[-1]["events"][0]["event_id"]}
        [row] = collector.rows_when(1, user_id=sent[-1]["user_id"])
        assert abs(ms(row["created_at"]) - now_ms() - ahead) < 60_000
    ledger.sent |= ledger.acknowledged
    eventually(lambda: "the machine's clock jumped" in collector.log_text())
    window = {"from": now_ms() - 4 * DAY, "to": now_ms() + 4 * DAY}
    count = len(ledger.acknowledged)
    assert count == len(collector.rows_when(count, **window))


def its_clock(collector: Collector, ledger: Ledger) -> int:
    """The server's time in ms, as it answers a beacon."""
    probe = batch()
    answer = collector.send(probe).json()
    assert 1 == answer["accepted"]
    ledger.acknowledged |= {probe["events"][0]["event_id"]}
    return int(answer["server_time"])


@needs_faketime
def test_clock_that_can_not_be_right_stops_the_start_and_says_so(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    clock.set(-56 * YEAR / 1000)
    collector = Collector(tmp_path / "data")
    collector.environment = clock.environment
    with closing(collector.http):
        collector.start(ready=False)
        assert collector.process is not None
        assert 1 == collector.process.wait(60)
    assert "this machine's clock says 1970" in collector.log_text()
    note("the server's clock says 1970", 1, refused=["the start"])
    assert "Traceback" not in collector.log_text()


def told(collector: Collector, fault: str, *sent: dict[str, Any]) -> None:
    """Account for these batches, all of whose events were acknowledged."""
    ids = {one["event_id"] for each in sent for one in each["events"]}
    account(collector, Ledger(set(ids), ids), fault, len(sent), ended=time.monotonic())


def test_browser_whose_clock_is_years_off_is_stored_with_our_time(collector: Collector) -> None:
    sent = [sent_by(years * YEAR, ago=10_000) for years in (-50, -5, 5, 60)]
    for one in sent:
        assert 1 == collector.send(one).json()["accepted"]
        [row] = collector.rows_when(1, user_id=one["user_id"])
        assert abs(ms(row["created_at"]) + 10_000 - now_ms()) < 30_000
    told(collector, "browsers' clocks are years off", *sent)


def test_outbox_that_is_delivered_a_day_late_keeps_its_times(collector: Collector) -> None:
    sent = {clock: sent_by(clock, ago=DAY) for clock in (0, HOUR, -YEAR)}
    for clock, one in sent.items():
        assert 1 == collector.send(one).json()["accepted"]
        [row] = collector.rows_when(1, user_id=one["user_id"])
        exact = 0 if clock == 0 else 5_000
        assert abs(ms(row["created_at"]) + clock - one["events"][0]["at"]) <= exact
    told(collector, "outboxes are delivered a day late", *sent.values())


def test_change_of_summer_time_puts_each_event_once_into_an_hour_of_its_own(collector: Collector) -> None:
    """The last change there was, in spring or in autumn: an hour that the clocks left out, or had twice."""
    zone = ZoneInfo("Europe/Berlin")
    change = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    while change.astimezone(zone).utcoffset() == (change - timedelta(hours=1)).astimezone(zone).utcoffset():
        change -= timedelta(hours=1)
    moments = [change + timedelta(minutes=minutes) for minutes in (-90, -30, 30, 90)]
    sent = batch(*[event(at=round(moment.timestamp() * 1000)) for moment in moments])
    assert 4 == collector.send(sent).json()["accepted"]
    told(collector, "the hour in which summer time changes", sent)
    day = {"from": (change - timedelta(days=2)).isoformat(), "to": (change + timedelta(days=2)).isoformat()}
    for interval, most in (("hour", 1), ("day", 4)):
        [series] = collector.get("/v1/timeseries", **day, tz="Europe/Berlin", interval=interval).json()["series"]
        assert (4, most) == (sum(series["values"]), max(series["values"]))


def test_resend_neither_moves_nor_doubles_an_event_also_where_nobody_remembers_the_first(tmp_path: Path) -> None:
    """The memory of batches is lost, the browser's clock is an hour off and the resend a minute late: the table gets
    a second row with another time, and the first is the one that counts."""
    collector = Collector(tmp_path / "data").start()
    sent = sent_by(HOUR)
    assert not collector.send(sent).json()["duplicate"]
    [first] = collector.rows_when(1, user_id=sent["user_id"])
    late = {**sent, "sent_at": sent["sent_at"] + 60_000}
    assert collector.send(late).json()["duplicate"]
    assert 0 == collector.stop()
    for path in collector.data_dir.glob("seen.db*"):
        path.unlink()
    lost = time.monotonic()
    with collector:
        assert not collector.send(late).json()["duplicate"]
        marker = sent_by(0)
        collector.send(marker)
        collector.rows_when(1, user_id=marker["user_id"])
        [row] = collector.rows(user_id=sent["user_id"])
        assert first["created_at"] == row["created_at"] and first["received_at"] == row["received_at"]
        assert 2 == collector.get("/v1/summary").json()["current"]["interactions"]
        took = time.monotonic() - lost
        note("the memory of batches is lost: listed once", 1, acknowledged=2, once=2, recovery=took)


def test_events_older_than_the_retention_or_of_the_future_are_refused_alone(collector: Collector) -> None:
    now = now_ms()
    times = [now - 401 * DAY, now - 399 * DAY, now, now + DAY - HOUR, now + DAY + HOUR]
    sent = batch(*[event(at=at) for at in times], user_id=uuid7())
    answer = collector.send(sent).json()
    assert 3 == answer["accepted"]
    assert [(0, "timestamp_out_of_range"), (4, "timestamp_out_of_range")] == [
        (one["index"], one["reason"]) for one in answer["rejected"]
    ]
    rows = collector.rows_when(3, user_id=sent["user_id"])
    assert times[1:4] == sorted(ms(row["created_at"]) for row in rows)
    kept = {**sent, "events": sent["events"][1:4]}
    told(collector, "events too old or of the future, among others", kept)
