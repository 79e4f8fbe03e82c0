"""Sessions, funnels, paths, retention and feedback against the reference."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analytics import reference_journeys as reference
from tests.analytics.asking import ask, conditions, expressions, questions
from tests.analytics.reference import Asked, Row, Rows, grouped
from tests.support.collector import Collector


def page_size(count: int, pages: int) -> int:
    """A limit with which `count` things fill so many pages: small ones are tried with few things only, else there
    would be hundreds of requests."""
    return max(1, min(500, -(-count // pages)))


@given(query=questions(), pages=st.integers(1, 6))
def test_sessions_are_those_of_the_reference(shop: Collector, rows: Rows, query: Row, pages: int) -> None:
    expected = reference.sessions(Asked(rows, query))
    found: list[Row] = []
    limit = page_size(len(expected), pages)
    page: Row = {"limit": limit}
    while True:
        answer = ask(shop, "/v1/sessions", {**query, **page})
        assert len(answer["sessions"]) <= limit
        found += answer["sessions"]
        if not answer["next_cursor"]:
            break
        page["cursor"] = answer["next_cursor"]
    by_id = lambda one: (one["started_at"], one["session_id"], one["site"])  # noqa: E731
    assert [one["started_at"] for one in expected] == [one["started_at"] for one in found]
    assert sorted(expected, key=by_id) == sorted(found, key=by_id)


def test_a_session_is_a_timeline_of_everything(shop: Collector, rows: Rows) -> None:
    everything = grouped(rows, lambda row: row["session"])
    longest = max(everything.values(), key=len)
    expected = reference.in_order(longest)
    found: list[Row] = []
    page: Row = {"limit": 7}
    while True:
        answer = shop.get(f"/v1/sessions/{longest[0]['session_id']}", **page).json()
        found += answer["interactions"]
        assert reference.about(longest) == answer["session"]
        if not answer["next_cursor"]:
            break
        page["cursor"] = answer["next_cursor"]
    kept = [
        {name: value for name, value in row.items() if name not in ("when", "who", "session", "place")}
        for row in expected
    ]
    assert kept == found


def test_a_session_that_is_not_there_is_not_found(shop: Collector) -> None:
    answer = shop.get("/v1/sessions/nobody")
    assert (404, "not_found") == (answer.status_code, answer.json()["reason"])
    odd = "00000000-0000-7000-8000-0000000000dd"
    assert "other" == shop.get(f"/v1/sessions/{odd}", site="other").json()["session"]["site"]
    assert 422 == shop.get(f"/v1/sessions/{odd}", cursor="!!").status_code


STEPS = st.one_of(
    st.sampled_from(
        (
            [{"field": "event_name", "is": "page_view"}, {"field": "event_name", "is": "add_to_cart"},
             {"field": "event_name", "is": "purchase"}],
            [{"field": "event_name", "is": "page_view"}] * 4,
            [{"field": "path", "is": "/"}, {"field": "path", "starts_with": "/products"},
             {"field": "user_action", "is": "click"}, {"field": "path", "is": "/cart"}],
            [{"field": "user_action", "is": "click"}, {"field": "user_action", "exists": True}],
        )
    ),
    st.lists(st.one_of(conditions, expressions), min_size=2, max_size=5),
)  # fmt: skip


@given(
    query=questions(),
    steps=STEPS,
    window=st.sampled_from((5, 60, 600, 86_400, 7 * 86_400)),
    who=st.sampled_from(("session", "visitor")),
    by=st.sampled_from((None, "device", "path", "rating", "props.colour")),
    limit=st.integers(1, 4),
)
def test_funnel_is_that_of_the_reference(
    shop: Collector, rows: Rows, query: Row, steps: list[Any], window: int, who: str, by: str | None, limit: int
) -> None:
    asked = {**query, "steps": json.dumps(steps), "window": window, "who": who, "limit": limit}
    found = ask(shop, "/v1/funnel", {**asked, **({"by": by} if by else {})})
    expected = reference.funnel(Asked(rows, query), steps, timedelta(seconds=window), who, by, limit)
    assert expected["breakdown"] == found["breakdown"]
    for one, other in zip(expected["steps"], found["steps"], strict=True):
        assert {name: value and pytest.approx(value) for name, value in one.items()} == other


@pytest.mark.parametrize(
    "steps", ["", "{}", "[]", '[{"field": "path", "is": "/"}]', '[{"field": "path", "is": "/"}, {"field": "colour"}]']
)
def test_wrong_steps_are_named(shop: Collector, steps: str) -> None:
    answer = shop.get("/v1/funnel", steps=steps)
    assert (422, ["steps"]) == (answer.status_code, [entry["field"] for entry in answer.json()["errors"]])


@given(
    query=questions(),
    path=st.sampled_from((None, "/", "/cart", "/categories/laptops", "/nowhere")),
    direction=st.sampled_from(("after", "before")),
    depth=st.integers(1, 5),
    limit=st.integers(1, 8),
)
def test_paths_are_those_of_the_reference(
    shop: Collector, rows: Rows, query: Row, path: str | None, direction: str, depth: int, limit: int
) -> None:
    asked = {**query, "direction": direction, "depth": depth, "limit": limit, **({"path": path} if path else {})}
    found = ask(shop, "/v1/paths", asked)
    nodes, links = reference.paths(Asked(rows, query), path, direction, depth, limit)
    known = {node["id"]: (node["depth"], node["rest"], node["page"]) for node in found["nodes"]}
    assert len(known) == len(found["nodes"])
    assert nodes == {known[node["id"]]: node["sessions"] for node in found["nodes"]}
    assert links == {(known[one["source"]], known[one["target"]]): one["sessions"] for one in found["links"]}


@given(
    query=questions(),
    interval=st.sampled_from(("day", "week", "month")),
    cohort=st.one_of(st.none(), conditions, st.just({"field": "event_name", "is": "purchase"})),
)
def test_retention_is_that_of_the_reference(
    shop: Collector, rows: Rows, query: Row, interval: str, cohort: Row | None
) -> None:
    asked = {**query, "interval": interval, **({"cohort": json.dumps(cohort)} if cohort else {})}
    found = ask(shop, "/v1/retention", asked)
    expected = reference.retention(rows, Asked(rows, query), query, interval, cohort)
    assert expected["cohorts"] == [(one["size"], one["returned"]) for one in found["cohorts"]]
    both = found["new_vs_returning"]
    assert (expected["new"], expected["returning"]) == (both["new"], both["returning"])
    assert [one["start"] for one in found["cohorts"]] == both["times"]


@given(query=questions(), q=st.sampled_from(("", "the", "straße", "ä ", "nothing like it")), pages=st.integers(1, 6))
def test_feedback_is_that_of_the_reference(shop: Collector, rows: Rows, query: Row, q: str, pages: int) -> None:
    expected = reference.feedback(Asked(rows, query), rows, q)
    found: list[Row] = []
    page: Row = {"limit": page_size(len(expected), pages), **({"q": q} if q else {})}
    while True:
        answer = ask(shop, "/v1/feedback", {**query, **page})
        found += answer["items"]
        if not answer["next_cursor"]:
            break
        page["cursor"] = answer["next_cursor"]
    told = [(one["event_id"], [earlier["event_name"] for earlier in one["before"]]) for one in found]
    assert expected == told
