"""The server's clock is ahead, and put back: a deletion takes what came before it, and nothing that comes next."""

from collections.abc import Iterator

import pytest

from tests.faults.test_time import HOUR, needs_faketime
from tests.integration.test_publish import call
from tests.support.clickhouse_front import Front
from tests.support.clock import Clock
from tests.support.collector import Collector, batch, event, eventually, now_ms, uuid7

DAY = 24 * HOUR
AHEAD = 2 * HOUR


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def collector(clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with Front(tmp_path_factory.mktemp("front") / "db", database="collector") as front:
        collector = Collector(tmp_path_factory.mktemp("data") / "data", clickhouse_url=front.url)
        collector.environment = clock.environment
        with collector:
            yield collector


def put(collector: Collector, clock: Clock, ahead: int) -> None:
    """Set the server's clock so many ms ahead, and wait until it is."""
    clock.set(ahead / 1000)

    def off() -> int:
        return abs(int(collector.send(batch(event())).json()["server_time"]) - now_ms() - ahead)

    eventually(off, lambda found: found < HOUR // 60)


def visit(collector: Collector, user: str) -> str:
    """What someone does now; the event's id."""
    sent = batch(event("feedback", text="lamp"), user_id=user)
    assert 202 == collector.send(sent).status_code
    return str(sent["events"][0]["event_id"])


def wait_for(collector: Collector, user: str, *ids: str) -> None:
    window = {"from": now_ms() - DAY, "to": now_ms() + DAY}
    eventually(
        lambda: sorted(row["event_id"] for row in collector.rows(user_id=user, **window)),
        lambda found: found == sorted(ids),
    )


@needs_faketime
def test_deletion_by_a_clock_that_was_ahead_keeps_what_came_after_it(collector: Collector, clock: Clock) -> None:
    dave = uuid7()
    put(collector, clock, AHEAD)
    wait_for(collector, dave, visit(collector, dave))
    call(collector, "/api/clear_user_data", {"user_id": dave})
    wait_for(collector, dave)
    put(collector, clock, 0)
    wait_for(collector, dave, visit(collector, dave))
    assert "the clock was put back since a deletion" in collector.log_text()


@needs_faketime
def test_deletion_takes_what_was_received_by_a_clock_that_was_ahead(collector: Collector, clock: Clock) -> None:
    dave = uuid7()
    put(collector, clock, AHEAD)
    wait_for(collector, dave, visit(collector, dave))
    put(collector, clock, 0)
    call(collector, "/api/clear_user_data", {"user_id": dave})
    wait_for(collector, dave)
    wait_for(collector, dave, visit(collector, dave))
