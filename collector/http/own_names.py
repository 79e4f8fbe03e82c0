"""Paths and names that a site chose for what its pages load and call, so that a proxy of the shop's own host can pass
them on as they come. Only what pages need is there; everything else has its one address."""

from starlette.types import ASGIApp, Receive, Scope, Send

from collector.http.table import FOR_PAGES
from collector.sites import SitesFile

_CALLED = frozenset(endpoint.path for endpoint in FOR_PAGES)
_SCRIPTS = "/s/"


class OwnNames:
    """Gives requests for a site's own names their real path, and passes everything on to `app`."""

    def __init__(self, app: ASGIApp, sites: SitesFile) -> None:
        self._app = app
        self._sites = sites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        real = self._real(scope["path"]) if scope["type"] == "http" else None
        if real:
            scope = {**scope, "path": real, "raw_path": real.encode()}
        await self._app(scope, receive, send)

    def _real(self, path: str) -> str | None:
        registry = self._sites.registry
        for prefix in ("", *registry.paths):
            if not path.startswith(prefix + "/"):
                continue
            rest = path[len(prefix) :]
            if rest.startswith(_SCRIPTS) and rest.removeprefix(_SCRIPTS) in registry.scripts:
                return _SCRIPTS + "v1.js"
            if prefix and (rest.startswith(_SCRIPTS) or rest in _CALLED):
                return rest
        return None
