"""Errors under `/api/`, in the bodies Reflexio's clients know: `{"detail": …}`, but for 429."""

import functools
import json
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector import telemetry
from collector.http.endpoint import Answer
from collector.http.errors import ProblemError, short_body
from collector.rejection import Reason, Rejected
from collector.wire.reflexio import Detail, RateLimited

log = telemetry.logger("http")

MOST_BODY_BYTES = 1024 * 1024
MOST_ECHO_BYTES = 2048
MOST_ERRORS = 100
RETRY_SECONDS = 5
_AWAY = "the database does not answer; what arrives is kept, try again"
_TEXTS = {401: "Authentication required", 413: "Request body too large", 503: _AWAY}
Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[..., Awaitable[Response]]


REFUSED = {
    401: Answer("No key, or an unknown one", Detail),
    403: Answer("The key lacks the scope", Detail),
    413: Answer("The body is too large", Detail),
    422: Answer("The wrong fields, one by one", Detail),
    429: Answer("Too many requests", RateLimited),
    503: Answer("No room, or the database does not answer", Detail),
}
"""How a request is refused."""


class Unprocessable(Exception):
    """A body or query that breaks rules: a list of `{type, loc, msg, input, ctx}`."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("unprocessable")
        self.errors = errors


def detail(status: int, text: object, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": text}, status, headers)


def answering(handler: Handler) -> Handler:
    """A handler whose refusals are answered as Reflexio answers them; counted and logged."""

    @functools.wraps(handler)
    async def answer(self: object, request: Request) -> Response:
        try:
            return await handler(self, request)
        except Unprocessable as refused:
            _note(Reason.INVALID_BATCH.value, 422, json.dumps([error["loc"] for error in refused.errors[:5]]))
            return detail(422, refused.errors)
        except ProblemError as refused:
            _note(refused.reason, refused.status, refused.detail)
            return api_problem(refused)
        except Rejected as refused:
            _note(refused.reason.value, refused.status, refused.message)
            headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else None
            if refused.reason is Reason.RATE_LIMITED:
                return JSONResponse({"error": f"Rate limit exceeded: {refused.message}"}, 429, headers)
            return detail(refused.status, refused.message, headers)
        except (ClickHouseError, OSError) as error:
            log.error("a question failed", problem=str(error)[:500])
            return detail(503, _AWAY, {"Retry-After": str(RETRY_SECONDS)})

    return answer


def _note(reason: str, status: int, problem: str) -> None:
    telemetry.REJECTED.labels(reason).inc()
    log.info("request refused", reason=reason, status=status, problem=problem)


def api_problem(refused: ProblemError) -> Response:
    """The answer that a problem is under `/api/`."""
    return detail(refused.status, _TEXTS.get(refused.status, refused.detail), refused.headers)


async def read_body(request: Request, model: type[Model], most: int = MOST_BODY_BYTES) -> Model:
    """The body as its model. Raises ProblemError 413, Unprocessable."""
    body = await short_body(request, most)
    if not body:
        raise Unprocessable([{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}])
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Unprocessable(_errors(error, "body", body)) from None


def read_query(request: Request, model: type[Model]) -> Model:
    """The query as its model. Raises Unprocessable."""
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise Unprocessable(_errors(error, "query")) from None


def _errors(error: ValidationError, where: str, body: bytes = b"") -> list[dict[str, Any]]:
    found = []
    short = len(body) <= MOST_ECHO_BYTES
    for item in error.errors(include_url=False)[:MOST_ERRORS]:
        if item["type"] == "json_invalid":
            return [_bad_json(body, item["ctx"]["error"])]
        entry: dict[str, Any] = {"type": item["type"], "loc": [where, *item["loc"]], "msg": item["msg"]}
        if item["type"] == "model_type":
            entry |= {"type": "model_attributes_type", "msg": _NO_OBJECT, "input": _echo(item["input"], whole=short)}
        else:
            missing = where == "query" and item["type"] == "missing"
            entry["input"] = None if missing else _echo(item["input"], whole=short)
            if context := item.get("ctx"):
                entry["ctx"] = {name: {} if isinstance(of, Exception) else of for name, of in context.items()}
        found.append(entry)
    return found


_NO_OBJECT = "Input should be a valid dictionary or object to extract fields from"


def _bad_json(body: bytes, why: str) -> dict[str, Any]:
    place = 0
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        place, why = error.pos, error.msg
    except (ValueError, RecursionError):
        pass  # its text is no UTF-8, or it is too deep: the first parser has said so
    return {
        "type": "json_invalid", "loc": ["body", place], "msg": "JSON decode error", "input": {}, "ctx": {"error": why},
    }  # fmt: skip


def _echo(value: object, *, whole: bool) -> object:
    """What was sent, where it is short: an answer must not repeat ten megabytes. Python's clients send NaN, which
    JSON has no number for."""
    if isinstance(value, dict | list) and not whole:
        return type(value)()
    if isinstance(value, dict):
        return {name: _echo(of, whole=True) for name, of in value.items()}
    if isinstance(value, list):
        return [_echo(of, whole=True) for of in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value[:MOST_ECHO_BYTES] if isinstance(value, str) else value
