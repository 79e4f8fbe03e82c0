"""A collector with three weeks of the demo's visitors, some of it across a change of clocks, and odd rows beside."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, settings

from collector.demo.traffic import visits
from tests.analytics.reference import Rows, read_row
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, now_ms, uuid7
from tests.support.examples import examples

settings.register_profile(
    "analytics",
    deadline=None,
    database=None,
    max_examples=examples(10),
    phases=(Phase.explicit, Phase.generate),  # a smaller example would take minutes to find, over HTTP
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("analytics")
SHOP = "https://shop.test"
COPIED = 7
"""One visit in so many is sent twice."""
ODD = "00000000-0000-7000-8000-0000000000dd"
WEEKS = (
    (datetime(2026, 10, 22, tzinfo=UTC), datetime(2026, 10, 29, tzinfo=UTC)),  # summer time ends in Europe
    (datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)),  # it begins in America
)


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """The running collector, everything stored."""
    folder: Path = tmp_path_factory.mktemp("analytics")
    sites = f"shop=pk_test_key@{SHOP},http://shop.test;other=pk_other@{SHOP}"
    with Collector(folder / "data", sites=sites, retention_days="3650") as collector:
        sent = sum(_send(collector, *week) for week in WEEKS) + _odd(collector)
        eventually(lambda: len(collector.rows()), lambda count: count >= sent)
        yield collector


def _send(collector: Collector, start: datetime, end: datetime) -> int:
    """A visit's batches go as one, where nothing but their events differs: it is quicker."""
    sent = 0
    for visit in visits(7, start, end, 40, SHOP):
        for _, batches in groupby(visit.batches, lambda one: one.get("user_id")):
            first, *others = batches
            events = [*first["events"], *chain.from_iterable(other["events"] for other in others)]
            headers = {"user-agent": visit.user_agent, "origin": SHOP}
            answer = collector.send({**first, "sent_at": now_ms(), "events": events}, headers=headers)
            assert 202 == answer.status_code, answer.text
            sent += answer.json()["accepted"]
            if events[0]["at"] % COPIED == 0:  # a faulty client: the same events in another batch
                again = {**first, "batch_id": uuid7(), "sent_at": now_ms(), "events": events}
                assert 202 == collector.send(again, headers=headers).status_code
    return sent


def _odd(collector: Collector) -> int:
    """What the demo's visitors do not do: another site, props of all kinds, no visitor, numbers that are no floats."""
    at = round((WEEKS[0][0] + timedelta(hours=30)).timestamp() * 1000)
    props: list[dict[str, Any]] = [
        {"colour": "red"}, {"colour": "Red", "n": 3}, {"n": 3.5}, {"n": "3"}, {"flag": True}, {"flag": False},
        {"colour": 'quo"te \\ \'x\' é'}, {"n": -1}, {},
    ]  # fmt: skip
    events = [
        event("custom", name="configured", at=at + 60_000 * index, props=kept, url=f"{SHOP}/odd?utm_source=mail")
        for index, kept in enumerate(props)
    ]
    rated = [event("feedback", text="Ä ß straße", rating=value, at=at) for value in (0.1, 4.5, 0)]
    for answer in (
        collector.send(batch(*events, *rated, visitor_id=None, session_id=ODD)),
        collector.send(
            batch(*[event(at=at + 1 + n) for n in range(3)], session_id=ODD), key="pk_other", headers={"origin": SHOP}
        ),
        collector.send(batch(event("page_view", at=now_ms() - 60_000))),
    ):
        assert 202 == answer.status_code, answer.text
        assert [] == answer.json()["rejected"], answer.text
    return len(events) + len(rated) + 4


@pytest.fixture(scope="package")
def rows(shop: Collector) -> Rows:
    """The same interactions as the export gives them, with what the reference needs. `place` tells those of one batch
    and one moment apart: no answer has it, but SQL does."""
    asked = {"sql": "SELECT event_id, batch_place FROM interactions FINAL", "format": "ndjson"}
    answer = shop.http.post("/v1/sql", json=asked, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    places = {row["event_id"]: row["batch_place"] for row in map(orjson.loads, answer.text.splitlines())}
    return Rows({**read_row(row), "place": places[row["event_id"]]} for row in shop.rows())
