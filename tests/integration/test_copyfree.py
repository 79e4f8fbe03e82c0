"""Reading without FINAL where nothing stands twice: the answer is that of FINAL, whatever came when."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.clickhouse import Engine
from collector.clickhouse.copyfree import CopyFree, Limits
from collector.clickhouse.copyfree_sql import stretches
from tests.support.examples import examples
from tests.support.searchable import open_in

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOURS = 6
ALWAYS = (START - timedelta(days=900), START + timedelta(days=900))
_QUESTION = """
SELECT toStartOfHour(created_at) AS hour, count() AS n, uniqExact(event_id) AS ids, uniqExact(session_hash) AS sessions,
    min(interaction_id) AS least
FROM interactions FINAL
WHERE created_at >= fromUnixTimestamp64Milli({since:Int64}) AND created_at < fromUnixTimestamp64Milli({until:Int64})
GROUP BY hour ORDER BY hour
"""
_INSERT = """
INSERT INTO interactions (site, event_id, event_name, at, created_at, received_at, session_id)
SELECT 'shop', toUUID(concat('00000000-0000-7000-8000-', leftPad(toString(id), 12, '0'))), 'click',
    {start:DateTime64(3, 'UTC')} + toIntervalMinute(id * 7 % {minutes:UInt32}) AS moment,
    moment + toIntervalMinute({offset:Int32}), now64(3), concat('s', toString(id % 5))
FROM (SELECT arrayJoin({ids:Array(UInt32)}) AS id)
"""
_RAW = {"optimize_on_insert": 0, "insert_deduplicate": 0}
FINAL = "interactions FINAL"
TINY = Limits(few=3, piece=5, wait=20, again_seconds=0)
SMALL = Limits(again_seconds=0)


class Bench:
    """An engine, and what the statements asked of it were."""

    def __init__(self, engine: Engine, runner: asyncio.Runner) -> None:
        self.engine = engine
        self.run = runner.run
        self.asked: list[str] = []
        self.first: Callable[[], None] | None = None
        self.then: Callable[[], None] | None = None

    def command(self, sql: str, **parameters: object) -> None:
        self.engine.write(lambda client: client.command(sql, parameters=parameters, settings=_RAW))

    def insert(self, ids: Sequence[int], offset: int = 0) -> None:
        start = START.replace(tzinfo=None)
        self.command(_INSERT, ids=list(ids), offset=offset, start=start, minutes=HOURS * 60)

    async def ask(self, sql: str, parameters: Mapping[str, object] | None) -> list[dict[str, Any]]:
        """The engine's, written down; `first` is called before the first statement that is not about parts, `then`
        after it."""
        if "uniqExact(session_hash)" in sql:
            self.asked.append(sql)
            if self.first:
                first, self.first = self.first, None
                await asyncio.to_thread(first)
        found = await self.engine.rows(sql, parameters)
        if "uniqExact(session_hash)" in sql and self.then:
            then, self.then = self.then, None
            await asyncio.to_thread(then)
        return found

    def same(self, copyfree: CopyFree, since: datetime = ALWAYS[0], until: datetime = ALWAYS[1]) -> list[str]:
        """The question's answer is that with FINAL; returns the statements it took."""
        parameters = {"since": round(since.timestamp() * 1000), "until": round(until.timestamp() * 1000)}
        self.asked.clear()
        found = self.run(copyfree.rows(_QUESTION, parameters, since, until))
        asked = list(self.asked)
        assert self.run(self.engine.rows(_QUESTION, parameters)) == found
        return asked


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        engine = open_in(tmp_path_factory.mktemp("copyfree"))
        yield Bench(engine, runner)
        runner.run(engine.close())


@pytest.fixture
def bench(opened: Bench) -> Bench:
    opened.command("TRUNCATE TABLE interactions")
    return opened


ids = st.lists(st.integers(0, 40), min_size=1, max_size=12)
moments = st.integers(-60, HOURS * 60 + 60).map(lambda minutes: START + timedelta(minutes=minutes))
steps = st.one_of(
    st.tuples(st.just("insert"), ids, st.sampled_from((0, 0, 0, 90))),
    st.tuples(st.just("merge")),
    st.tuples(st.just("delete"), ids),
    st.tuples(st.just("ask"), st.none()),
    st.tuples(st.just("ask"), st.tuples(moments, moments).map(sorted)),
)


@pytest.mark.parametrize("limits", [SMALL, TINY])
@settings(deadline=None, max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(steps, min_size=3, max_size=14))
def test_answers_are_those_with_final_whatever_comes_when(
    opened: Bench, limits: Limits, history: list[tuple[Any, ...]]
) -> None:
    opened.command("TRUNCATE TABLE interactions")
    copyfree = CopyFree(opened.ask, limits=limits)
    for step, *values in [*history, ("ask", None)]:
        match step:
            case "insert":
                opened.insert(*values)
            case "merge":
                opened.command("OPTIMIZE TABLE interactions FINAL")
            case "delete":
                opened.command(
                    "DELETE FROM interactions WHERE toUInt64(substring(toString(event_id), 25)) IN {ids:Array(UInt64)}",
                    ids=values[0],
                )
            case "ask":
                opened.same(copyfree, *(values[0] or ALWAYS))
    opened.run(copyfree.close())


@given(spans=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 20)), max_size=12), most=st.integers(1, 5))
def test_few_stretches_cover_all_spans(spans: list[tuple[int, int]], most: int) -> None:
    ends = [(first, first + length) for first, length in spans]
    found = stretches(ends, most)
    assert len(found) <= most
    assert all(any(first <= start and end <= last for first, last in found) for start, end in ends)
    assert {end for stretch in found for end in stretch} <= {end for span in ends for end in span}
    assert all(before[1] < after[0] for before, after in pairwise(found))


def test_copies_of_a_known_hour_that_were_created_at_another_time_are_found(bench: Bench) -> None:
    bench.insert(range(10))
    bench.insert([1])
    copyfree = CopyFree(bench.ask, limits=SMALL)
    bench.same(copyfree)
    bench.first = lambda: bench.insert([1], offset=90)
    assert [True, True] == [FINAL in sql for sql in bench.same(copyfree)]


def test_where_nothing_stands_twice_final_is_left_out(bench: Bench) -> None:
    bench.insert(range(10))
    bench.insert(range(10, 20))
    copyfree = CopyFree(bench.ask, limits=SMALL)
    assert [False] == [FINAL in sql for sql in bench.same(copyfree)]
    bench.insert(range(20, 25))
    assert [False] == [FINAL in sql for sql in bench.same(copyfree)]


def test_final_is_for_hours_with_copies_until_they_are_merged(bench: Bench) -> None:
    bench.insert(range(10))
    bench.insert([1])  # 12:07
    copyfree = CopyFree(bench.ask, limits=SMALL)
    assert [True] == [FINAL in sql and "UNION ALL" in sql for sql in bench.same(copyfree)]
    assert [False] == [FINAL in sql for sql in bench.same(copyfree, START + timedelta(minutes=10), ALWAYS[1])]
    bench.command("OPTIMIZE TABLE interactions FINAL")
    bench.same(copyfree)
    assert [False] == [FINAL in sql for sql in bench.same(copyfree)]


def test_copies_of_one_hour_that_come_one_after_the_other_are_all_known(bench: Bench) -> None:
    bench.insert(range(10))
    copyfree = CopyFree(bench.ask, limits=Limits(again_seconds=3600))
    for copy in (1, 5):  # 12:07, 12:35
        bench.insert([copy])
        bench.same(copyfree)
    for minute in (7, 35):
        since = START + timedelta(minutes=minute)
        assert [True] == ["UNION ALL" in sql for sql in bench.same(copyfree, since, since + timedelta(minutes=1))]


def test_a_copy_that_comes_while_the_question_runs_is_found(bench: Bench) -> None:
    bench.insert(range(10))
    copyfree = CopyFree(bench.ask, limits=SMALL)
    bench.same(copyfree)
    bench.first = lambda: bench.insert([3, 4])
    assert [False, True] == [FINAL in sql for sql in bench.same(copyfree)]


@pytest.mark.parametrize(("came", "again"), [([3, 4], True), ([20, 21], False)], ids=["copies", "nothing twice"])
def test_what_is_merged_just_after_the_question_is_asked_for_again_where_it_was_copies(
    bench: Bench, came: list[int], again: bool
) -> None:
    bench.insert(range(10))
    copyfree = CopyFree(bench.ask, limits=SMALL)
    bench.same(copyfree)
    bench.insert(came)
    bench.then = lambda: bench.command("OPTIMIZE TABLE interactions FINAL")
    assert again == (len(bench.same(copyfree)) > 1)


def test_copies_within_one_insert_are_found(bench: Bench) -> None:
    bench.insert([1, 2, 2, 3])
    assert [True] == [FINAL in sql for sql in bench.same(CopyFree(bench.ask, limits=SMALL))]


def test_a_merge_beside_the_look_leaves_nothing_out(bench: Bench) -> None:
    bench.insert(range(10))
    copyfree = CopyFree(_merging(bench), limits=SMALL)
    bench.same(copyfree)
    bench.insert(range(20, 30))
    bench.insert(range(25, 35))
    bench.same(copyfree)


def _merging(bench: Bench) -> Callable[[str, Mapping[str, object] | None], Awaitable[list[dict[str, Any]]]]:
    """Asks; after each list of parts, they are merged once."""
    left = 3

    async def ask(sql: str, parameters: Mapping[str, object] | None) -> list[dict[str, Any]]:
        nonlocal left
        found = await bench.ask(sql, parameters)
        if "system.parts" in sql and left:
            left -= 1
            await asyncio.to_thread(bench.command, "OPTIMIZE TABLE interactions FINAL")
        return found

    return ask


def test_much_that_is_new_is_looked_at_behind_the_questions(bench: Bench) -> None:
    bench.insert(range(40))
    copyfree = CopyFree(bench.ask, limits=Limits(few=3, piece=5, wait=20, seconds=0, again_seconds=0))
    assert [True] == [sql.count(FINAL) == 1 and "UNION" not in sql for sql in bench.same(copyfree)]
    bench.run(copyfree.catch_up())
    assert [False] == [FINAL in sql for sql in bench.same(copyfree)]


def test_questions_do_not_wait_one_after_the_other_for_what_is_looked_at_behind_them(bench: Bench) -> None:
    bench.insert(range(40))

    async def scenario() -> list[bool]:
        looked = asyncio.Event()

        async def ask(sql: str, parameters: Mapping[str, object] | None) -> list[dict[str, Any]]:
            if "HAVING count() != uniqExact(event_id)" in sql:
                await looked.wait()
            return await bench.ask(sql, parameters)

        copyfree = CopyFree(ask, limits=Limits(few=3, piece=5, wait=20, seconds=0.5))
        async with asyncio.timeout(10):
            found = await asyncio.gather(*[copyfree.look() for _ in range(60)])
        looked.set()
        await copyfree.catch_up()
        return [*found, await copyfree.look()]

    assert [False] * 60 + [True] == bench.run(scenario())
