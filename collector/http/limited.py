"""A question's limits, as its caller is told of them; and a caller who goes away ends the question."""

import asyncio
import re
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError
from starlette.requests import Request

from collector.http.asking import engine_problem
from collector.http.errors import ProblemError

T = TypeVar("T")

_TIMEOUT, _MEMORY = 159, 241
_OURS = {36, 42, 43, 44, 46, 47, 48, 53, 62, 184, 215, 386}
"""Codes that a statement of ours should never get: wrong arguments, names, types, syntax."""
_NO_ZONE = "Cannot load time zone"
"""A server's zones may be older than ours."""
_CODE = re.compile(r"\bCode: (\d+)")


async def raising(asked: Awaitable[T], seconds: float | None = None) -> T:
    """The answer, or the problem that the engine's error is. The engine limits each statement; `seconds` is for all of
    the question's together. Raises ProblemError."""
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except TimeoutError as error:
        raise _problem(_TIMEOUT, error) from error
    except (ClickHouseError, OSError) as error:
        if _NO_ZONE in str(error):
            raise _unknown_zone() from error
        found = _CODE.search(str(error))
        code = int(found[1]) if found else 0
        if code in _OURS:
            raise
        raise _problem(code, error) from error


def _unknown_zone() -> ProblemError:
    message = "the database does not know this time zone"
    return ProblemError(422, "invalid_parameters", f"tz: {message}", errors=[{"field": "tz", "message": message}])


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
