"""CORS for pages of the sites: Starlette's middleware, with origins that may change while we run.

Here any site's origin is answered; whether it may use *this* write key is checked by intake, which
then says so in a body the page can read.
"""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from collector.sites import SitesFile


class SiteCors(CORSMiddleware):
    """Wraps the endpoints that pages call."""

    def __init__(self, app: ASGIApp, sites: SitesFile) -> None:
        super().__init__(
            app,
            allow_methods=["POST"],
            allow_headers=["content-type", "content-encoding"],
            expose_headers=["retry-after"],
            max_age=86_400,
        )
        self._sites = sites

    def is_allowed_origin(self, origin: str) -> bool:
        known = self._sites.registry.origins
        return origin.lower() in known or "*" in known
