"""Reflexio's interaction API: the handlers, and their part of the endpoint table."""

from starlette.requests import Request
from starlette.responses import Response

from collector import __version__
from collector.analytics.interactions import Reach
from collector.analytics.published import FIRST, LAST, TOLD, Published, whole_seconds
from collector.erasure.pending import Pending
from collector.http.api import ApiAccess, answer, own_site
from collector.http.api_errors import REFUSED, answering, detail, read_body, read_query
from collector.http.endpoint import Answer, Endpoint
from collector.publish.publisher import Storage
from collector.query.search import Mode
from collector.semantic.search import Ask, Search
from collector.sites import Scope
from collector.wire.reflexio import (
    Detail,
    GetAllInteractions,
    GetInteractions,
    GetRequests,
    Interactions,
    LearningStatus,
    LearningStatusQuery,
    Requests,
    SearchInteractions,
    VersionInfo,
    WhoAmI,
)  # fmt: skip

DEFAULT_TOP_K = 10


class ReflexioApi:
    """Reading: what a process that has an engine can answer."""

    def __init__(
        self,
        access: ApiAccess,
        published: Published,
        search: Search,
        storage: Storage,
        pending: Pending,
    ) -> None:
        self._access = access
        self._published = published
        self._search = search
        self._storage = storage
        self._pending = pending

    def _reader(self, request: Request) -> Reach:
        return Reach(self._access.require(request, Scope.READ).sites)

    @answering
    async def get_interactions(self, request: Request) -> Response:
        reach = self._reader(request)
        return _found(await self._published.of_user(await read_body(request, GetInteractions), reach))

    @answering
    async def get_all_interactions(self, request: Request) -> Response:
        reach = self._reader(request)
        return _found(await self._published.newest(read_query(request, GetAllInteractions).limit, reach))

    @answering
    async def search_interactions(self, request: Request) -> Response:
        reach = self._reader(request)
        asked = await read_body(request, SearchInteractions)
        start, end = whole_seconds(asked.start_time or FIRST, asked.end_time or LAST)
        found = await self._search.search(
            Ask(
                query=asked.query or "",
                mode=Mode(asked.search_mode.value),
                top_k=asked.top_k or asked.most_recent_k or DEFAULT_TOP_K,
                sites=reach.sites,
                user=asked.user_id,
                request_id=asked.request_id or "",
                start=start if asked.start_time else None,
                end=end if asked.end_time else None,
                most_recent=asked.most_recent_k,
                threshold=asked.threshold,
                columns=TOLD,
            )
        )
        rows = [self._published.tell_record(record) for record in found.items]
        told = {"success": True, "interactions": rows, "msg": f"Found {len(rows)} matching interaction(s)"}
        return answer(told | ({"degraded": True} if found.degraded else {}))

    @answering
    async def learning_status(self, request: Request) -> Response:
        reach = self._reader(request)
        request_id = read_query(request, LearningStatusQuery).request_id
        if await self._published.has_request(request_id, reach):
            return answer(LearningStatus(status="done", reason="stored"))
        if await self._pending.holds(request_id, self._access.sites(reach.sites)):
            return answer(LearningStatus(status="pending", reason="durable"))
        if await self._published.has_request(request_id, reach):  # stored while the spools were looked through
            return answer(LearningStatus(status="done", reason="stored"))
        return detail(404, "request not found")

    @answering
    async def get_requests(self, request: Request) -> Response:
        reach = self._reader(request)
        sessions, more = await self._published.sessions(await read_body(request, GetRequests), reach)
        count = sum(len(session["requests"]) for session in sessions)
        message = f"Found {count} request(s) in {len(sessions)} session(s)"
        return answer({"success": True, "sessions": sessions, "has_more": more, "msg": message})

    @answering
    async def whoami(self, request: Request) -> Response:
        caller = self._access.identify(request)
        kind, label = self._storage
        return answer(
            WhoAmI(
                success=True, org_id=own_site(caller), storage_type=kind, storage_label=label, storage_configured=True
            )
        )

    @answering
    async def version(self, _: Request) -> Response:
        return answer(VersionInfo(server_version=__version__, api_version="v1", min_client_version="0.1.0"))

    def endpoints(self) -> list[Endpoint]:
        read = Scope.READ
        return [
            Endpoint("POST", "/api/get_interactions", self.get_interactions, "A user's interactions", tag="Reflexio",
                     scope=read, body=GetInteractions, answers={200: Answer("Newest first", Interactions), **REFUSED}),
            Endpoint("GET", "/api/get_all_interactions", self.get_all_interactions, "The newest interactions",
                     tag="Reflexio", scope=read, query=GetAllInteractions,
                     answers={200: Answer("Newest first", Interactions), **REFUSED}),
            Endpoint("POST", "/api/get_requests", self.get_requests, "Requests by session", tag="Reflexio", scope=read,
                     body=GetRequests, answers={200: Answer("Newest session first", Requests), **REFUSED}),
            Endpoint("POST", "/api/search_interactions", self.search_interactions, "Search a user's interactions",
                     "By meaning, by words, or both, within the times given, both included. Without `query` and "
                     "`most_recent_k` nothing is found.", tag="Reflexio", scope=read, body=SearchInteractions,
                     answers={200: Answer("Best first", Interactions), **REFUSED}),
            Endpoint("GET", "/api/learning_status", self.learning_status, "What became of a publish",
                     "`done`: stored where questions find it; `pending`: durable, and there in a moment. What was "
                     "deleted is unknown.",
                     tag="Reflexio", scope=read, query=LearningStatusQuery,
                     answers={200: Answer("Known", LearningStatus), 404: Answer("Unknown", Detail), **REFUSED}),
            Endpoint("GET", "/api/whoami", self.whoami, "Whose key is this", tag="Reflexio", scope=read,
                     answers={200: Answer("A known key", WhoAmI), 401: REFUSED[401]}),
            Endpoint("GET", "/meta/version", self.version, "Which version is this", tag="Reflexio",
                     answers={200: Answer("Version", VersionInfo)}),
        ]  # fmt: skip


def _found(rows: list[dict[str, object]]) -> Response:
    return answer({"success": True, "interactions": rows, "msg": f"Found {len(rows)} interaction(s)"})
