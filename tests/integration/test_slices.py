"""Lists of a large table are read in slices, those of a small one at once: both tell the same."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from collector import recordbatch
from collector.analytics import slices
from collector.analytics.feedback import feedback
from collector.analytics.interactions import Reach, export, page
from collector.analytics.published import Published
from collector.analytics.sessions import sessions
from collector.clickhouse import Engine
from collector.http.errors import ProblemError
from collector.http.limited import raising
from collector.query.interactions import InteractionsQuery
from collector.query.journeys import FeedbackQuery, SessionsQuery
from collector.wire.reflexio import GetRequests
from tests.support.collector import now_ms, uuid7
from tests.support.searchable import open_in

HOUR = 3_600_000
AGES = [
    -20 * HOUR, -1, 0, 1, 2, 2, 40_000, HOUR - 1, HOUR, HOUR + 1, 7 * HOUR, 7 * HOUR, 30 * HOUR, 43 * HOUR,
    10 * 24 * HOUR, 11 * 24 * HOUR, 70 * 24 * HOUR, 400 * 24 * HOUR, 401 * 24 * HOUR,
]  # fmt: skip
"""How long ago something happened (ms), also at the edges of slices; a clock may run ahead."""
EVERYONE = Reach(None)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, runner: asyncio.Runner) -> Iterator[Engine]:
    """Each age twice, in two sessions; every third event is stored again by another batch."""
    engine = open_in(tmp_path_factory.mktemp("slices"))
    lines, now = [], now_ms()
    for number, age in enumerate(2 * AGES):
        row = {"event_id": uuid7(), "at_ms": now - age, "event_name": "click", "content": f"no {number}"}
        user = f"u-{number // 5}"
        shared = {
            "site": "shop",
            "session_id": f"s-{number // 3}",
            "user_id": user,
            "received_at": "2026-11-28 08:00:00",
        }
        lines += [
            recordbatch.encode({**shared, "request_id": uuid7()}, recordbatch.columns([row]), 1)
            for _ in range(2 if number % 3 == 0 else 1)
        ]
    runner.run(engine.insert("incoming", recordbatch.FIELDS, b"".join(lines), "segment"))
    yield engine
    runner.run(engine.close())


async def _listed(engine: Engine, limit: int, **query: Any) -> list[dict[str, Any]]:
    rows, cursor = await page(engine, InteractionsQuery(limit=limit, **query), EVERYONE)
    while cursor:
        more, cursor = await page(engine, InteractionsQuery(limit=limit, cursor=cursor, **query), EVERYONE)
        rows += more
    return rows


async def _sessions(engine: Engine, limit: int) -> list[str]:
    window: dict[str, Any] = {"from": now_ms() - 500 * 24 * HOUR, "to": now_ms() + 24 * HOUR}
    answer = await sessions(engine, SessionsQuery(limit=limit, **window), None)
    found = answer.sessions
    while answer.next_cursor:
        answer = await sessions(engine, SessionsQuery(limit=limit, cursor=answer.next_cursor, **window), None)
        found += answer.sessions
    return [one.session_id for one in found]


async def _written(engine: Engine, limit: int, **query: Any) -> list[str]:
    window: dict[str, Any] = {"from": now_ms() - 500 * 24 * HOUR, "to": now_ms() + 24 * HOUR, **query}
    answer = await feedback(engine, FeedbackQuery(limit=limit, **window), None)
    found = answer.items
    while answer.next_cursor:
        answer = await feedback(engine, FeedbackQuery(limit=limit, cursor=answer.next_cursor, **window), None)
        found += answer.items
    return [one["event_id"] for one in found]


async def _all(engine: Engine, limit: int) -> dict[str, Any]:
    published = Published(engine, "http://here.test")
    requests, more = await published.sessions(GetRequests(top_k=limit, offset=2), EVERYONE)
    return {
        "listed": await _listed(engine, limit),
        "of one": await _listed(engine, limit, user_id="u-3"),
        "of none": await _listed(engine, limit, user_id="nobody"),
        "exported": b"".join([chunk async for chunk in export(engine, InteractionsQuery(), EVERYONE)]),
        "sessions": await _sessions(engine, limit),
        "newest": await published.newest(limit, EVERYONE),
        "requests": [one["session_id"] for one in requests],
        "more": more,
        "written": await _written(engine, limit),
        "written by one": await _written(engine, limit, filter='{"field": "user_id", "is": "u-3"}'),
        "written of some": await _written(
            engine, limit, segment='{"who": "session", "did": {"field": "content", "is": "no 4"}}'
        ),
        "said": await _written(engine, limit, q="no 3"),
    }


@pytest.mark.parametrize("limit", [7, 100])
def test_slices_tell_what_one_question_tells(
    engine: Engine, runner: asyncio.Runner, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = runner.run(_all(engine, limit))
    monkeypatch.setattr(slices, "FEW_ROWS", 0)
    assert at_once == runner.run(_all(engine, limit))
    assert at_once["written"] == [row["event_id"] for row in at_once["listed"]]
    assert 2 * len(AGES) == len(at_once["listed"]) == len({row["event_id"] for row in at_once["listed"]})
    assert len(set(at_once["sessions"])) == len(at_once["sessions"]) == -(-2 * len(AGES) // 3)


def test_small_table_is_listed_with_one_question_and_a_look_at_its_size(
    engine: Engine, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.run(_listed(engine, 100))  # copies are looked for
    asked: list[str] = []
    lines = engine.lines

    async def counted(sql: str, params: Any = None) -> bytes:
        asked.append(sql)
        return await lines(sql, params)

    monkeypatch.setattr(engine, "lines", counted)
    runner.run(_listed(engine, 100, user_id="u-3"))
    assert 1 == len([sql for sql in asked if "user_action_description" in sql])
    assert len(asked) <= 3, asked  # how many rows there are, the question, whether there is news


def test_all_slices_together_may_take_as_long_as_one_question(
    engine: Engine, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "FEW_ROWS", 0)
    with pytest.raises(ProblemError) as problem:
        runner.run(raising(page(engine, InteractionsQuery(user_id="nobody"), EVERYONE), 0.01))
    assert (504, "question_too_slow") == (problem.value.status, problem.value.reason)
