"""Our own pages: each an HTML file under a strict content security policy, which asks the public API."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.http import static
from collector.http.endpoint import Endpoint

DASHBOARDS = (
    "/overview",
    "/images",
    "/journeys",
    "/friction",
    "/heatmap",
    "/sessions",
    "/sessions/{session_id:path}",
    "/feedback",
)
"""Addresses of the dashboards: one file, which reads the address."""


async def _first(_: Request) -> Response:
    return RedirectResponse("/overview", 307)


async def _dashboard(_: Request) -> Response:
    return static.page("app.html")


async def _live(_: Request) -> Response:
    return static.page("live.html")


async def _docs(_: Request) -> Response:
    return static.page("docs.html")


PAGES = [
    Endpoint("GET", "/", _first, "The first page", hidden=True),
    *(Endpoint("GET", path, _dashboard, "The dashboards", hidden=True) for path in DASHBOARDS),
    Endpoint("GET", "/live", _live, "The live page", hidden=True),
    Endpoint("GET", "/docs", _docs, "This documentation", hidden=True),
    Endpoint("GET", "/s/{name}", static.script, "The script tag's file", hidden=True),
    Endpoint("GET", "/assets/{name:path}", static.asset, "Files of our pages", hidden=True),
]
"""What a browser may open, and what it loads."""
