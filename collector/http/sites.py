"""`GET /v1/sites`: which sites the caller may ask about."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.http.auth import Auth
from collector.http.endpoint import Answer, Endpoint
from collector.http.table import REFUSED
from collector.sites import Scope, SitesFile
from collector.wire.reading import Site, Sites


def sites_endpoints(sites: SitesFile, auth: Auth) -> list[Endpoint]:
    """The endpoint, as a group of the table."""

    async def handler(request: Request) -> Response:
        caller = auth.require(request, Scope.READ)
        known = sites.registry.sites
        names = sorted(known if caller.sites is None else set(caller.sites))
        found = [
            Site(name=name, origins=known[name].origins, timezone=known[name].timezone)
            if name in known
            else Site(name=name)
            for name in names
        ]
        return JSONResponse(Sites(sites=found).model_dump(mode="json"))

    return [
        Endpoint(
            "GET",
            "/v1/sites",
            handler,
            "List the sites",
            "The sites this key may read, by name, with the pages that may send for them. A site that was removed "
            "keeps its data; a key for all sites does not list it.",
            tag="Reading",
            scope=Scope.READ,
            answers={200: Answer("The sites", Sites), 401: REFUSED[401], 403: REFUSED[403]},
        )
    ]
