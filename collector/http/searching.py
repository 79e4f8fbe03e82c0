"""`GET /v1/search`."""

import orjson
from clickhouse_connect.driver.exceptions import ClickHouseError
from starlette.requests import Request
from starlette.responses import Response

from collector.http.asking import engine_problem, parse_query, sites_of
from collector.http.auth import Auth
from collector.http.endpoint import Answer, Endpoint
from collector.http.table import REFUSED
from collector.query.search import SearchQuery
from collector.semantic.search import Ask, Search
from collector.sites import Scope
from collector.wire.searching import FoundInteractions


class Searching:
    """The handler, with what it needs."""

    def __init__(self, search: Search, auth: Auth) -> None:
        self._search = search
        self._auth = auth

    async def search(self, request: Request) -> Response:
        caller = self._auth.require(request, Scope.READ)
        query = parse_query(request, SearchQuery)
        try:
            found = await self._search.search(
                Ask(
                    query=query.q,
                    mode=query.mode,
                    top_k=query.top_k,
                    sites=sites_of(caller, query.site).sites,
                    user=query.user_id or "",
                    request_id=query.request_id or "",
                    start=query.start,
                    end=query.end,
                    most_recent=query.most_recent,
                    threshold=query.threshold,
                )
            )
        except (ClickHouseError, OSError) as error:
            raise engine_problem(error) from error
        body = {"items": found.items, "degraded": found.degraded}
        return Response(orjson.dumps(body), media_type="application/json")


def search_endpoints(searching: Searching) -> list[Endpoint]:
    """The endpoints of search."""
    return [
        Endpoint(
            "GET",
            "/v1/search",
            searching.search,
            "Search what people said",
            "By meaning, by words, or both (hybrid), in any language; best first. Looks at everything with content, "
            "and at published items with a description. Without `q`, `most_recent` answers the newest. `degraded` "
            "says that some rows could be found by their words only, because their embedding is not made yet.",
            tag="Reading",
            scope=Scope.READ,
            query=SearchQuery,
            answers={200: Answer("Records with their score", FoundInteractions), **REFUSED},
        )
    ]
