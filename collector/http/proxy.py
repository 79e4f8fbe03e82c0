"""Passes requests on to the process that has the engine, over a Unix socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from collector import telemetry
from collector.http.api_errors import MOST_BODY_BYTES, api_problem
from collector.http.errors import ProblemError, short_body
from collector.http.limited import while_connected

log = telemetry.logger("proxy")

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "content-length"})


class EngineProxy:
    """An ASGI application. Answers are streamed, so that exports and live streams flow."""

    def __init__(self, socket_path: Path) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(socket_path), retries=1, limits=httpx.Limits(max_connections=None))
        timeout = httpx.Timeout(10, read=None, write=None, pool=None)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = await self._pass_on(Request(scope, receive))
        await response(scope, receive, send)

    async def ask(self, path: str) -> dict[str, Any] | None:
        """A JSON answer of the engine's process; None where it gives none."""
        try:
            answer = await self._client.get(path)
        except httpx.HTTPError:
            return None
        found = answer.json() if answer.headers.get("content-type") == "application/json" else None
        return found if isinstance(found, dict) else None

    async def _pass_on(self, request: Request) -> Response:
        headers = [(name, value) for name, value in request.headers.raw if name.decode("latin-1") not in _HOP_BY_HOP]
        try:
            body = await short_body(request, MOST_BODY_BYTES)
        except ProblemError as refused:
            return _answer(request, refused)
        url = httpx.URL("http://engine", raw_path=_raw_target(request.scope))
        sent = self._client.build_request(request.method, url, headers=headers, content=body)
        try:
            answer = await while_connected(request, self._client.send(sent, stream=True))
        except ProblemError as left:  # a closed tab ends its question in the other process too
            return _answer(request, left)
        except httpx.HTTPError as error:
            log.error("the engine's process does not answer", problem=repr(error))
            detail = "the database is not up yet, or gone; what arrives is kept, try again"
            return _answer(request, ProblemError(503, "engine_unavailable", detail, headers={"Retry-After": "5"}))
        response = StreamingResponse(_raw(answer), answer.status_code, background=BackgroundTask(answer.aclose))
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.decode("latin-1").lower() not in _HOP_BY_HOP - {"content-length"}
        ]
        return response

    async def close(self) -> None:
        await self._client.aclose()


def _answer(request: Request, refused: ProblemError) -> Response:
    """As the engine's process would have answered."""
    return api_problem(refused) if request.url.path.startswith("/api/") else refused.response()


def _raw_target(scope: Scope) -> bytes:
    """Path and query as they came, byte for byte."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return path + (b"?" + scope["query_string"] if scope["query_string"] else b"")


async def _raw(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it comes, still compressed where it was; closes the stream when the reader goes."""
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()
