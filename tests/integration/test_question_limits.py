"""Limits of a question: time, memory, a caller who goes away. Through a real collector's handlers and a real engine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Route

from collector.clickhouse import Engine, open_engine
from collector.clickhouse.engine import READERS
from collector.http.answering import Answering
from collector.http.auth import Auth
from collector.http.errors import ProblemError, on_crash, on_problem
from collector.settings import Settings
from collector.sites import SitesFile
from collector.timezones import zone_names
from tests.support.clickhouse_front import Front
from tests.support.collector import ADMIN_KEY

ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 7 = 1 AND 'endless' != ''"
RUNNING = "SELECT count() AS n FROM system.processes WHERE query LIKE '%numbers(1000000000000)%' AND query NOT LIKE '%processes%'"


class Anything(BaseModel):
    found: int = 0


@pytest.fixture(params=["embedded", "server"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Settings]]:
    def make(**more: Any) -> Settings:
        return Settings(data_dir=tmp_path / "data", admin_key=ADMIN_KEY, **more)

    if request.param == "embedded":
        yield make
        return
    with Front(tmp_path / "clickhouse") as front:
        yield lambda **more: make(clickhouse_url=front.url, **more)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Engine]:
    engine = open_engine(settings)
    try:
        yield engine
    finally:
        await engine.close()


async def running(engine: Engine) -> int:
    return int((await engine.rows(RUNNING))[0]["n"])


async def until(engine: Engine, count: int) -> None:
    async with asyncio.timeout(20):
        while await running(engine) != count:
            await asyncio.sleep(0.02)


class Caller:
    """A GET through a handler, as an ASGI server makes it; `leave` closes the connection."""

    def __init__(self, engine: Engine, settings: Settings, *statements: str) -> None:
        async def ask(engine: Engine, _: Anything, __: object) -> Anything:
            for sql in statements:
                await engine.rows(sql)
            return Anything()

        auth = Auth(SitesFile(settings.data_dir / "sites.toml", admin_key=ADMIN_KEY), settings.data_dir / "secret")
        route = Route("/ask", Answering(engine, auth).handler(Anything, ask))
        self.app = Starlette(routes=[route], exception_handlers={ProblemError: on_problem, Exception: on_crash})
        self.gone = asyncio.Event()
        self.sent: list[Any] = []
        self.asked = False

    def leave(self) -> None:
        self.gone.set()

    async def receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def get(self) -> tuple[int, Any]:
        scope = {
            "type": "http", "method": "GET", "path": "/ask", "query_string": b"", "http_version": "1.1",
            "headers": [(b"authorization", f"Bearer {ADMIN_KEY}".encode())],
        }  # fmt: skip
        await self.app(scope, self.receive, self.send)
        return self.sent[0]["status"], orjson.loads(self.sent[1]["body"])


def test_a_caller_who_goes_away_ends_the_question(settings: Callable[..., Settings]) -> None:
    async def scenario() -> None:
        configured = settings()
        async with opened(configured) as engine:
            caller = Caller(engine, configured, ENDLESS)
            answering = asyncio.create_task(caller.get())
            await until(engine, 1)
            caller.leave()
            assert 499 == (await answering)[0]
            await until(engine, 0)
            assert [{"one": 1}] == await engine.rows("SELECT 1 AS one")

    asyncio.run(scenario())


def test_questions_that_are_given_up_leave_room_for_others(settings: Callable[..., Settings]) -> None:
    """More than there are clients: each gives its client back."""

    async def scenario() -> None:
        async with opened(settings()) as engine:
            for _ in range(3):
                asked = [asyncio.create_task(engine.rows(ENDLESS)) for _ in range(2)]
                await until(engine, 2)
                for one in asked:
                    one.cancel()
                await until(engine, 0)
            waiting = [asyncio.create_task(engine.rows(ENDLESS)) for _ in range(6)]
            await asyncio.sleep(0)
            for one in waiting:
                one.cancel()
            await asyncio.wait(waiting)
            async with asyncio.timeout(30):
                assert [{"one": 1}] == await engine.rows("SELECT 1 AS one")

    asyncio.run(scenario())


def test_a_question_that_takes_too_long_is_ended(settings: Callable[..., Settings]) -> None:
    async def scenario() -> None:
        configured = settings(query_seconds=1)
        async with opened(configured) as engine:
            status, body = await Caller(engine, configured, ENDLESS).get()
            assert (504, "question_too_slow") == (status, body["reason"])
            assert "COLLECTOR_QUERY_SECONDS" in body["detail"]

    asyncio.run(scenario())


def test_all_statements_of_a_question_together_may_take_as_long_as_one(settings: Callable[..., Settings]) -> None:
    async def scenario() -> None:
        configured = settings(query_seconds=1)
        async with opened(configured) as engine:
            status, body = await Caller(engine, configured, *["SELECT sleep(0.5)"] * 10).get()
            assert (504, "question_too_slow") == (status, body["reason"])

    asyncio.run(scenario())


def test_a_question_that_needs_too_much_memory_is_ended(settings: Callable[..., Settings]) -> None:
    async def scenario() -> None:
        configured = settings(query_memory_bytes=20 * 1024 * 1024)
        async with opened(configured) as engine:
            greedy = "SELECT length(groupArray(toString(number))) AS n FROM numbers(20000000)"
            status, body = await Caller(engine, configured, greedy).get()
            assert (422, "question_too_large") == (status, body["reason"])
            assert [{"one": 1}] == await engine.rows("SELECT 1 AS one")

    asyncio.run(scenario())


def test_rows_of_a_question_that_failed_half_way_are_in_no_other_answer(settings: Callable[..., Settings]) -> None:
    async def work() -> None:
        async with opened(settings()) as engine:
            for _ in range(READERS):
                with pytest.raises(ClickHouseError, match="half-way"):
                    await engine.rows(
                        "SELECT number, throwIf(number = 3, 'half-way') FROM numbers(9) SETTINGS max_block_size = 1"
                    )
            assert [[{"mine": 1}]] * READERS == [await engine.rows("SELECT 1 AS mine") for _ in range(READERS)]

    asyncio.run(work())


def test_a_zone_that_the_engine_does_not_know_is_named(settings: Callable[..., Settings]) -> None:
    async def scenario() -> None:
        configured = settings()
        async with opened(configured) as engine:
            caller = Caller(engine, configured, "SELECT toStartOfDay(now(), 'right/Europe/Berlin')")
            status, body = await caller.get()
            assert (422, ["tz"]) == (status, [one["field"] for one in body["errors"]])

    asyncio.run(scenario())


def test_zones_that_can_be_asked_for_are_known_to_the_engine(settings: Callable[..., Settings]) -> None:
    async def scenario() -> None:
        async with opened(settings()) as engine:
            known = {row["time_zone"] for row in await engine.rows("SELECT time_zone FROM system.time_zones")}
            assert {"UTC", "Europe/Berlin"} <= zone_names() <= known

    asyncio.run(scenario())


def test_an_engine_that_is_away_is_told(settings: Callable[..., Settings]) -> None:
    """And a statement that is wrong is not taken for it."""

    async def scenario() -> None:
        configured = settings()
        async with opened(configured) as engine:
            with pytest.raises(ClickHouseError):
                await Caller(engine, configured, "SELECT no_such_column FROM numbers(1)").get()
        away = Engine(_nowhere, limits={})
        status, body = await Caller(away, configured, "SELECT 1").get()
        assert (503, "engine_unavailable") == (status, body["reason"])
        await away.close()

    asyncio.run(scenario())


def _nowhere() -> Any:
    raise OSError("nobody there")


def test_a_question_is_one_question_to_the_embedded_engine(tmp_path: Path) -> None:
    """What the client library does around it (asking for a setting, setting it, setting it back) counts too."""

    async def asked(engine: Engine) -> int:
        return int((await engine.rows("SELECT value FROM system.events WHERE event = 'Query'"))[0]["value"])

    async def twice() -> tuple[int, int]:
        async with opened(Settings(data_dir=tmp_path / "data")) as engine:
            for _ in range(READERS):
                await asked(engine)  # each client asks on its own when it connects
            return await asked(engine), await asked(engine)

    first, second = asyncio.run(twice())
    assert first + 1 == second
