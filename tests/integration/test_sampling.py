"""Answers from a sample: those of the chosen sessions or visitors, so many times, and as close to all as they say."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest
from pydantic import BaseModel

from collector.analytics.friction import friction
from collector.analytics.funnel import funnel
from collector.analytics.heatmap import heatmap
from collector.analytics.images import images
from collector.analytics.paths import paths
from collector.analytics.retention import retention
from collector.analytics.summary import summary
from collector.analytics.timeseries import timeseries
from collector.analytics.top import top
from collector.clickhouse import Engine
from collector.query.asked import FrictionQuery, HeatmapQuery, ImagesQuery, SummaryQuery, TimeseriesQuery, TopQuery
from collector.query.journeys import FunnelQuery, PathsQuery, RetentionQuery
from collector.query.sample import KEPT
from tests.bench.analytics_rows import insert
from tests.support.searchable import open_in

ROWS = 240_000
DAYS = 10
START = datetime(2026, 11, 2, tzinfo=UTC)
WINDOW: dict[str, Any] = {"from": START, "to": START + timedelta(days=DAYS)}
STEPS = '[{"field": "event_name", "is": "page_view"}, {"field": "event_name", "is": "add_to_cart"}, {"field": "user_action", "is": "click"}]'  # fmt: skip
CLICKS = {**WINDOW, "filter": '{"field": "event_name", "is": ["click", "navigate"]}'}
Ask = Callable[[Engine], Awaitable[BaseModel]]


def of_top(by: str) -> Ask:
    return lambda engine: top(engine, TopQuery(by=by, limit=1000, **WINDOW), None)


SESSIONS: dict[str, Ask] = {
    "figures": lambda e: summary(e, SummaryQuery(**WINDOW), None),
    "figures, filtered": lambda e: summary(e, SummaryQuery(**CLICKS), None),
    "activity": lambda e: timeseries(e, TimeseriesQuery(interval="day", **WINDOW), None),
    "activity by event": lambda e: timeseries(e, TimeseriesQuery(interval="day", by="event_name", limit=3, **WINDOW), None),
    "sessions over time": lambda e: timeseries(e, TimeseriesQuery(interval="day", measure="sessions", **WINDOW), None),
    **{by: of_top(by) for by in ("page", "entry_page", "exit_page", "device", "element", "referrer")},
    "images": lambda e: images(e, ImagesQuery(limit=1000, **WINDOW), None),
    "friction": lambda e: friction(e, FrictionQuery(limit=200, **WINDOW), None),
    "funnel": lambda e: funnel(e, FunnelQuery(steps=STEPS, by="device", **WINDOW), None),
    "paths": lambda e: paths(e, PathsQuery(path="/", **WINDOW), None),
    "heat map": lambda e: heatmap(e, HeatmapQuery(path="/", **WINDOW), None),
    "heat map, scroll": lambda e: heatmap(e, HeatmapQuery(path="/", kind="scroll", **WINDOW), None),
}  # fmt: skip
VISITORS: dict[str, Ask] = {
    "visitors over time": lambda e: timeseries(e, TimeseriesQuery(interval="day", measure="visitors", **WINDOW), None),
    "funnel of visitors": lambda e: funnel(e, FunnelQuery(steps=STEPS, who="visitor", **WINDOW), None),
    "retention": lambda e: retention(e, RetentionQuery(interval="day", **WINDOW), None),
}
COUNTS = {
    "interactions", "visitors", "sessions", "page_views", "values", "views", "touches", "carts", "count", "steps",
    "clicks", "started", "submitted", "abandoned", "size", "returned", "new", "returning",
}  # fmt: skip
"""Fields that count; others are shares, medians and names."""
NOT_SAMPLED = {"pictures", "example_sessions", "sampled"}


class Answers:
    """All questions, asked of everything, of the sample, and of the chosen alone."""

    def __init__(self, engine: Engine, runner: asyncio.Runner) -> None:
        self._engine = engine
        self._run = runner.run
        everything = {**SESSIONS, **VISITORS}
        self.exact = self._ask(everything, 0)
        self.sampled = self._ask(everything, 1)
        self.chosen: dict[str, Any] = {}
        for column, questions in (("session_hash", SESSIONS), ("visitor_hash", VISITORS)):
            command(engine, "TRUNCATE TABLE interactions")
            command(engine, f"INSERT INTO interactions SELECT * FROM sampled WHERE {column} % {KEPT} = 0")
            self.chosen |= self._ask(questions, 0)

    def _ask(self, questions: dict[str, Ask], exact_rows: int) -> dict[str, Any]:
        self._engine.exact_rows = exact_rows
        return {name: self._run(_answer(ask, self._engine)) for name, ask in questions.items()}


async def _answer(ask: Ask, engine: Engine) -> Any:
    return (await ask(engine)).model_dump(by_alias=True)


def command(engine: Engine, sql: str) -> None:
    engine.write(lambda client: client.command(sql))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    fill = (resources.files("collector.clickhouse") / "migrations/2026-11-28-3-sampled-of-before.sql").read_text(
        "utf-8"
    )
    with asyncio.Runner() as runner:
        engine = open_in(tmp_path_factory.mktemp("sampling"))
        insert(engine, start=START, span=timedelta(days=DAYS), first=0, count=ROWS, people=ROWS // 30)
        command(engine, fill)
        command(engine, fill)  # copies
        yield Answers(engine, runner)
        runner.run(engine.close())


def scaled(found: Any, name: str = "", *, times: int = KEPT) -> Any:
    """An answer with its counts so many times as large, without what is not sampled."""
    if isinstance(found, dict):
        return {key: scaled(one, key, times=times) for key, one in found.items() if key not in NOT_SAMPLED}
    if name == "cells":
        return sorted((column, row, clicks * times) for column, row, clicks in found)
    if isinstance(found, list | tuple):
        return [scaled(one, name, times=times) for one in found]
    if isinstance(found, int) and name in COUNTS:
        return found * times
    return pytest.approx(found) if isinstance(found, float) else found


@pytest.mark.parametrize("name", [*SESSIONS, *VISITORS])
def test_a_sampled_answer_is_that_of_the_chosen_so_many_times(answers: Answers, name: str) -> None:
    expected, found = answers.chosen[name], answers.sampled[name]
    assert [None, KEPT] == [one["sampled"] for one in (expected, found)]
    if name in ("figures", "figures, filtered"):  # visitors are chosen by themselves
        expected["current"]["visitors"] = found["current"]["visitors"] // KEPT
    for one in found.get("items", []) if name in answers_of_top else []:
        mine = [other for other in expected["items"] if other["value"] == one["value"]]
        assert len(mine) == 1
        mine[0]["visitors"] = one["visitors"] // KEPT
    assert scaled(expected) == scaled(found, times=1)


answers_of_top = {"page", "entry_page", "exit_page", "device", "element", "referrer"}


def counts(found: Any, name: str = "", where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], int]]:
    """The numbers of sessions and visitors in an answer, by where they stand."""
    if isinstance(found, dict):
        key = (*where, (found.get("value", ""), found.get("name", ""), found.get("id", "")))
        for child, one in found.items():
            if child not in NOT_SAMPLED:
                yield from counts(one, child, (*key, child))
    elif isinstance(found, list) and name in ("steps", "values", "new", "returning", "times"):
        for place, one in enumerate(found):
            yield from counts(one, name, (*where, place))
    elif isinstance(found, list):
        for one in found:
            yield from counts(one, name, where)
    elif isinstance(found, int) and name in ("visitors", "sessions", "count", "new", "returning", "size"):
        yield where, found


def test_sampled_numbers_are_as_close_as_they_say(answers: Answers) -> None:
    within, close = 0, 0
    total = 0
    for name in answers.exact:
        exact, sampled = dict(counts(answers.exact[name])), dict(counts(answers.sampled[name]))
        for where, number in exact.items():
            if number < 10 * KEPT:
                continue  # of so few the bound is no statement
            total += 1
            error = abs(sampled.get(where, 0) - number) / (2 * math.sqrt((KEPT - 1) * number))
            within += error <= 1
            close += error <= 2
    assert total > 100
    assert within / total > 0.9
    assert close / total > 0.995
