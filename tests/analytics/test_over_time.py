"""Summary and time series against the reference."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analytics import reference
from tests.analytics.asking import ask, questions
from tests.analytics.reference import Asked, Row, Rows
from tests.support.collector import Collector


def same_figures(expected: Row, found: Row) -> None:
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value) == found[name], name


@given(query=questions())
def test_summary_is_that_of_the_reference(shop: Collector, rows: Rows, query: Row) -> None:
    found = ask(shop, "/v1/summary", {**query, "compare": "previous"})
    same_figures(reference.summary(Asked(rows, query)), found["current"])
    zone = Asked(rows, query).zone
    first, last = (query[name].astimezone(zone).replace(tzinfo=None) for name in ("from", "to"))
    start = query["from"] - (query["to"] - query["from"])
    if query["to"] - query["from"] >= timedelta(days=2) or first.time() == last.time() == time():
        start = (first - (last - first)).replace(tzinfo=zone)
    before = {**query, "from": reference.utc(start), "to": query["from"]}
    assert [before["from"], before["to"]] == [
        datetime.fromisoformat(found[name]) for name in ("previous_from", "previous_to")
    ]
    same_figures(reference.summary(Asked(rows, before)), found["previous"])


@given(
    query=questions(),
    interval=st.sampled_from(("hour", "day", "week", "month")),
    measure=st.sampled_from(("interactions", "visitors", "sessions")),
    by=st.sampled_from((None, None, "event_name", "device", "path", "props.colour", "rating")),
    limit=st.integers(1, 5),
)
def test_time_series_is_that_of_the_reference(
    shop: Collector, rows: Rows, query: Row, interval: str, measure: str, by: str | None, limit: int
) -> None:
    asked = Asked(rows, query)
    extra: dict[str, Any] = {"interval": interval, "measure": measure, "limit": limit}
    found = ask(shop, "/v1/timeseries", {**query, **extra, **({"by": by} if by else {})})
    expected = reference.timeseries(asked, interval, measure, by, limit)
    assert expected == sorted((one["name"], one["rest"], one["values"]) for one in found["series"])
    names = [reference.bucket(datetime.fromisoformat(at), interval, asked.zone) for at in found["times"]]
    assert reference.buckets(asked, interval) == names


@given(query=questions(), minutes=st.integers(1, 300))
def test_minutes_are_those_of_the_reference(shop: Collector, rows: Rows, query: Row, minutes: int) -> None:
    query = {**query, "to": query["from"] + timedelta(minutes=minutes)}
    found = ask(shop, "/v1/timeseries", {**query, "interval": "minute"})
    assert reference.timeseries(Asked(rows, query), "minute", "interactions", None, 1) == [
        (one["name"], one["rest"], one["values"]) for one in found["series"]
    ]


def test_no_window_is_the_last_seven_days(shop: Collector) -> None:
    answer = shop.get("/v1/timeseries", tz="Europe/Berlin").json()
    start, end = (datetime.fromisoformat(answer[name]) for name in ("from", "to"))
    assert timedelta(days=7) == end - start
    assert "hour" == answer["interval"]
    assert 1 == sum(answer["series"][0]["values"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tz": "Mars/Olympus"}, "tz"),
        ({"from": 2000, "to": 1000}, "from"),
        ({"filter": "{"}, "filter"),
        ({"filter": '{"field": "colour", "is": "red"}'}, "filter"),
        ({"filter": '{"field": "path", "near": "red"}'}, "filter"),
        ({"filter": '{"field": "x", "contains": "red"}'}, "filter"),
        ({"filter": '{"field": "path", "gt": "red"}'}, "filter"),
        ({"filter": '{"and": []}'}, "filter"),
        ({"filter": "[" * 5000}, "filter"),
        ({"filter": '{"not":' * 20 + '{"field": "path", "is": "/"}' + "}" * 20}, "filter"),
        ({"segment": '{"who": "crowd", "did": {"field": "path", "is": "/"}}'}, "segment"),
        ({"segment": '{"who": "session"}'}, "segment"),
        ({"bots": "some"}, "bots"),
        ({"by": "colour"}, "by"),
        ({"by": "path)"}, "by"),
        ({"from": 0, "to": 1_700_000_000_000, "interval": "minute"}, "interval"),
    ],
)
def test_wrong_parameters_are_named(shop: Collector, query: Row, field: str) -> None:
    answer = shop.get("/v1/timeseries", **query)
    assert 422 == answer.status_code, answer.text
    assert [field] == [entry["field"] for entry in answer.json()["errors"]]
    assert "Traceback" not in answer.text


def test_a_place_in_a_filter_is_named(shop: Collector) -> None:
    broken = '{"and": [{"field": "path", "is": "/"}, {"not": {"field": "colour", "is": 1}}]}'
    message = shop.get("/v1/summary", filter=broken).json()["errors"][0]["message"]
    assert message.startswith("and[1].not there is no field 'colour'; there are: ")


def test_a_key_reads_its_sites_only(shop: Collector) -> None:
    assert 401 == shop.http.get("/v1/summary").status_code
    answer = shop.get("/v1/summary", site="other", **{"from": "2026-10-01", "to": "2026-11-01"})
    assert 3 == answer.json()["current"]["interactions"]
