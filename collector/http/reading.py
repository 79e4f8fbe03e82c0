"""`GET /v1/interactions`, `GET /v1/live`, and signing in."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from collector import telemetry
from collector.analytics.interactions import Reach, Row, export, page
from collector.analytics.live import LiveFeed
from collector.clickhouse import Engine
from collector.http.asking import parse_query, sites_of
from collector.http.auth import COOKIE, COOKIE_SECONDS, Auth
from collector.http.errors import ProblemError, short_body, wrong_parameters
from collector.http.limited import raising, while_connected
from collector.query.interactions import InteractionsQuery, LiveQuery
from collector.sites import Scope
from collector.wire.reading import SignIn

log = telemetry.logger("http")

NDJSON = "application/x-ndjson"
HEARTBEAT_SECONDS = 15.0
MOST_SIGN_IN_BYTES = 4096


class Reading:
    """The handlers, with what they need."""

    def __init__(self, engine: Engine, feed: LiveFeed, auth: Auth, closing: asyncio.Event) -> None:
        self._engine = engine
        self._feed = feed
        self._auth = auth
        self._closing = closing

    async def interactions(self, request: Request) -> Response:
        caller = self._auth.require(request, Scope.READ)
        query = parse_query(request, InteractionsQuery)
        reach = sites_of(caller, query.site)
        if NDJSON in request.headers.get("accept", ""):
            return await self._export(request, query, reach)
        asked = page(self._engine, query, reach)
        rows, cursor = await while_connected(request, raising(asked, self._engine.question_seconds))
        body: dict[str, object] = {"interactions": rows}
        if cursor:
            body["next_cursor"] = cursor
        return Response(orjson.dumps(body), media_type="application/json")

    async def _export(self, request: Request, query: InteractionsQuery, reach: Reach) -> Response:
        """The first chunk is read before the answer begins, so that an engine that is down is a 503."""
        chunks = export(self._engine, query, reach)
        first = await while_connected(request, raising(anext(chunks, b"")))

        async def stream() -> AsyncGenerator[bytes, None]:
            yield first
            async with aclosing(chunks):
                async for chunk in chunks:
                    yield chunk

        return StreamingResponse(stream(), media_type=NDJSON)

    async def live(self, request: Request) -> Response:
        caller = self._auth.require(request, Scope.READ)
        reach = sites_of(caller, parse_query(request, LiveQuery).site)
        headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(reach), media_type="text/event-stream", headers=headers)

    async def _events(self, reach: Reach) -> AsyncGenerator[bytes, None]:
        """Server-sent events (WHATWG HTML 9.2): one `interaction` each, `skipped` when some were dropped."""
        async with aclosing(self._feed.watch(reach)) as watching:
            async for watcher in watching:
                yield b"retry: 2000\n\n"
                while not self._closing.is_set():
                    rows, dropped = await watcher.take(HEARTBEAT_SECONDS)
                    if dropped:
                        yield b'event: skipped\ndata: {"count": %d}\n\n' % dropped
                    yield b"".join(map(_event, rows)) or b": still here\n\n"

    async def sign_in(self, request: Request) -> Response:
        """Take a key from a JSON body and answer with the session cookie."""
        self._auth.own_page(request)
        try:
            body = SignIn.model_validate_json(await short_body(request, MOST_SIGN_IN_BYTES))
        except ValidationError as error:
            raise wrong_parameters(error) from None
        cookie = self._auth.cookie_for(body.key)
        if cookie is None:
            raise ProblemError(401, "unauthorized", "this key is unknown, or may not read")
        response: Response = JSONResponse({"signed_in": True})
        self._keep(response, cookie, request)
        return response

    async def sign_out(self, request: Request) -> Response:
        self._auth.own_page(request)
        response: Response = JSONResponse({"signed_in": False})
        response.delete_cookie(COOKIE, path="/")
        return response

    async def enter(self, request: Request) -> Response:
        """Follow a link that our own program made, `to` one of our pages: its ticket becomes a cookie."""
        cookie = self._auth.cookie_for_ticket(request.query_params.get("ticket", ""))
        response = RedirectResponse("/overview" if request.query_params.get("to") == "overview" else "/live", 303)
        if cookie:
            self._keep(response, cookie, request)
        return response

    def _keep(self, response: Response, cookie: str, request: Request) -> None:
        response.set_cookie(
            COOKIE, cookie, max_age=COOKIE_SECONDS, path="/", httponly=True, samesite="lax",
            secure=self._auth.secure(request),
        )  # fmt: skip


def _event(row: Row) -> bytes:
    return b"id: %d\nevent: interaction\ndata: %b\n\n" % (row["interaction_id"], orjson.dumps(row))
