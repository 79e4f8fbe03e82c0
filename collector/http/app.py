"""The ASGI application: the hot path first, then Starlette with the routes of the table."""

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.http.batch import BatchEndpoint
from collector.http.cors import SiteCors
from collector.http.endpoint import Endpoint
from collector.http.errors import ProblemError, on_crash, on_http_error, on_problem
from collector.http.openapi import openapi
from collector.http.table import BATCH_ENDPOINT
from collector.sites import SitesFile


class Application:
    """Dispatches beacons straight to their endpoint and everything else to Starlette."""

    def __init__(self, beacons: ASGIApp, preflight: ASGIApp, rest: ASGIApp) -> None:
        self._beacons = beacons
        self._preflight = preflight
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == BATCH_ENDPOINT.path and scope["method"] == "POST":
            await self._beacons(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == BATCH_ENDPOINT.path and scope["method"] == "OPTIONS":
            await self._preflight(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def beacons_and(batch: BatchEndpoint, sites: SitesFile, rest: ASGIApp) -> Application:
    """Beacons to their endpoint, everything else to `rest`."""
    return Application(batch, SiteCors(rest, sites), rest)


def application(batch: BatchEndpoint | None, sites: SitesFile, table: list[Endpoint], server: str) -> Application:
    """Build the application from its table. Without `batch` it takes no beacons: another process does."""
    document = orjson.dumps(openapi(table, server))

    async def serve_openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    routes = [
        Route(endpoint.path, endpoint.handler, methods=[endpoint.method])
        for endpoint in table
        if endpoint is not BATCH_ENDPOINT
    ]
    routes.append(Route("/openapi.json", serve_openapi, methods=["GET"]))
    # beacons never get here, so whatever does has the wrong method
    routes.append(Route(BATCH_ENDPOINT.path, BATCH_ENDPOINT.handler, methods=["POST", "OPTIONS"]))
    rest = Starlette(
        routes=routes,
        exception_handlers={ProblemError: on_problem, HTTPException: on_http_error, Exception: on_crash},
    )
    return beacons_and(batch, sites, rest) if batch else Application(rest, rest, rest)
