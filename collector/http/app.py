"""The ASGI application: the hot path first, then Starlette with the routes of the table."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache

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
from collector.http.own_names import OwnNames
from collector.http.table import BATCH_ENDPOINT, FOR_PAGES, IMAGE_ENDPOINT
from collector.http.upload import ImageUpload
from collector.sites import SitesFile

Taking = tuple[BatchEndpoint, ImageUpload]


class Application:
    """Dispatches what pages send straight to its endpoint, and everything else to Starlette."""

    def __init__(self, pages: Mapping[str, ASGIApp], preflight: ASGIApp, rest: ASGIApp) -> None:
        self._pages = pages
        self._preflight = preflight
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self._pages.get(scope["path"]) if scope["type"] == "http" else None
        if page and scope["method"] == "POST":
            await page(scope, receive, send)
        elif page and scope["method"] == "OPTIONS":
            await self._preflight(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def pages_and(batch: BatchEndpoint, upload: ImageUpload, sites: SitesFile, rest: ASGIApp) -> ASGIApp:
    """What pages send to its endpoints, everything else to `rest`."""
    pages: dict[str, ASGIApp] = {BATCH_ENDPOINT.path: batch, IMAGE_ENDPOINT.path: upload}
    return OwnNames(Application(pages, SiteCors(rest, sites), rest), sites)


def ahead(table: Sequence[Endpoint], rest: ASGIApp) -> ASGIApp:
    """The endpoints a process answers by itself, ahead of `rest`, which gets everything else."""
    app = _starlette(table)
    app.router.default = rest
    return app


def _starlette(table: Sequence[Endpoint]) -> Starlette:
    app = Starlette(
        routes=[Route(endpoint.path, endpoint.handler, methods=[endpoint.method]) for endpoint in table],
        exception_handlers={ProblemError: on_problem, HTTPException: on_http_error, Exception: on_crash},
    )
    app.router.redirect_slashes = False  # it would send people to whatever the Host header says
    return app


def application(sites: SitesFile, table: list[Endpoint], server: str, taking: Taking | None) -> ASGIApp:
    """Build the application from its table. Without `taking` pages can't send to it: another process takes that."""

    @cache
    def document() -> bytes:
        """Made when it is first asked for: a tenth of a second of each start."""
        return orjson.dumps(openapi(table, server))

    async def serve_openapi(_: Request) -> Response:
        return Response(await asyncio.to_thread(document), media_type="application/json")

    rest = _starlette([endpoint for endpoint in table if endpoint not in FOR_PAGES])
    rest.routes.append(Route("/openapi.json", serve_openapi, methods=["GET"]))
    # what pages send never gets here, so whatever does has the wrong method
    rest.routes.extend(Route(endpoint.path, endpoint.handler, methods=["POST", "OPTIONS"]) for endpoint in FOR_PAGES)
    return pages_and(*taking, sites, rest) if taking else Application({}, rest, rest)
