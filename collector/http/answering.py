"""Answering a question: who asks, what, of which sites; limits; and a caller who goes away ends the question."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Concatenate, TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from collector.clickhouse import Engine
from collector.http.asking import engine_problem, parse_query, sites_of
from collector.http.auth import Auth
from collector.http.endpoint import Answer, Endpoint
from collector.http.errors import ProblemError
from collector.http.table import QUESTION_REFUSED
from collector.sites import Scope

Sites = Sequence[str] | None
T = TypeVar("T")


Query = TypeVar("Query", bound=BaseModel)
Ask = Callable[Concatenate[Engine, Query, Sites, ...], Awaitable[BaseModel]]
"""A question; what stands in the path comes by name."""

_TIMEOUT, _MEMORY = 159, 241
_OURS = {36, 42, 43, 44, 46, 47, 48, 53, 62, 184, 215, 386}
"""Codes that a statement of ours should never get: wrong arguments, names, types, syntax."""
_CODE = re.compile(r"\bCode: (\d+)")


class Answering:
    """Makes endpoints out of questions."""

    def __init__(self, engine: Engine, auth: Auth) -> None:
        self._engine = engine
        self._auth = auth

    def group(self, tag: str, examples: Mapping[str, object]) -> "Group":
        """Questions of one group of the documentation, with an example of each answer by its path."""
        return Group(self, tag, examples)

    def handler(self, model: type[Query], ask: Ask[Query]) -> Callable[[Request], Awaitable[Response]]:
        """A handler that checks the caller and the parameters, asks, and answers as JSON. `model` has a `site`."""

        async def handle(request: Request) -> Response:
            caller = self._auth.require(request, Scope.READ)
            query = parse_query(request, model)
            sites = sites_of(caller, getattr(query, "site", None)).sites
            found = await while_connected(request, _raising(ask(self._engine, query, sites, **request.path_params)))
            return Response(found.model_dump_json(by_alias=True), media_type="application/json")

        return handle


class Group:
    """Called, makes one endpoint."""

    def __init__(self, answering: Answering, tag: str, examples: Mapping[str, object]) -> None:
        self._answering = answering
        self._tag = tag
        self._examples = examples

    def __call__(
        self, path: str, query: type[Query], ask: Ask[Query], answer: type[BaseModel], summary: str, description: str
    ) -> Endpoint:
        answers = {200: Answer("The answer", answer, example=self._examples[path]), **QUESTION_REFUSED}
        return Endpoint(
            "GET", path, self._answering.handler(query, ask), summary, description, tag=self._tag, scope=Scope.READ,
            query=query, answers=answers,
        )  # fmt: skip


async def _raising(asked: Awaitable[T]) -> T:
    """The answer, or the problem that the engine's error is. Raises ProblemError."""
    try:
        return await asked
    except (ClickHouseError, OSError) as error:
        found = _CODE.search(str(error))
        code = int(found[1]) if found else 0
        if code in _OURS:
            raise
        raise _problem(code, error) from error


def _problem(code: int, error: Exception) -> ProblemError:
    if code == _TIMEOUT:
        return ProblemError(
            504, "question_too_slow", "took longer than COLLECTOR_QUERY_SECONDS; ask for a shorter window"
        )
    if code == _MEMORY:
        detail = "needs more memory than COLLECTOR_QUERY_MEMORY_BYTES; ask for a shorter window or fewer values"
        return ProblemError(422, "question_too_large", detail)
    return engine_problem(error)


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the caller disconnects. Raises what it raises, ProblemError."""
    asking = asyncio.create_task(work)
    leaving = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait([asking, leaving], return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            return asking.result()
        raise ProblemError(499, "client_disconnected", "the caller went away before the answer")
    finally:
        asking.cancel()
        leaving.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
