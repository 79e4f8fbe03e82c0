"""Reflexio's interaction API: the handlers, and their part of the endpoint table."""

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from collector import __version__
from collector.analytics.interactions import Scope
from collector.analytics.published import Published
from collector.http.api_errors import answering, detail, read_body, read_query
from collector.http.auth import Auth, Caller
from collector.http.endpoint import Answer, Endpoint
from collector.publish.publisher import Publisher
from collector.settings import Settings
from collector.sites import Scope as KeyScope
from collector.wire.publish import PublishAnswer, PublishRequest
from collector.wire.reflexio import (
    Detail,
    GetAllInteractions,
    GetInteractions,
    GetRequests,
    Interactions,
    PublishQuery,
    RateLimited,
    Requests,
    VersionInfo,
    WhoAmI,
)  # fmt: skip

MOST_PUBLISH_BYTES = 10 * 1024 * 1024
PUBLISH_PATH = "/api/publish_interaction"
DEFAULT_SITE = "default"


def storage(settings: Settings) -> tuple[str, str]:
    """What `storage_type` and `storage_label` say; never an address or a password."""
    return ("chdb", "embedded chDB") if settings.embedded else ("clickhouse", "ClickHouse server")


def _json(answer: BaseModel | dict[str, object], status: int = 200) -> Response:
    body = answer.model_dump(mode="json", exclude_none=True) if isinstance(answer, BaseModel) else answer
    return Response(orjson.dumps(body), status, media_type="application/json")


def _site(caller: Caller) -> str:
    """Where a key publishes: to its only site, else to the site `default`."""
    return caller.sites[0] if caller.sites and len(caller.sites) == 1 else DEFAULT_SITE


class PublishApi:
    """Publishing: what a process that has a spool can answer."""

    def __init__(self, auth: Auth, publisher: Publisher) -> None:
        self._auth = auth
        self._publisher = publisher

    @answering
    async def publish(self, request: Request) -> Response:
        caller = self._auth.require(request, KeyScope.PUBLISH)
        query = read_query(request, PublishQuery)
        body = await read_body(request, PublishRequest, MOST_PUBLISH_BYTES)
        return _json(await self._publisher.publish(_site(caller), body, wait=query.wait_for_response))


class ReflexioApi:
    """Reading: what a process that has an engine can answer."""

    def __init__(self, auth: Auth, published: Published, storage: tuple[str, str]) -> None:
        self._auth = auth
        self._published = published
        self._storage = storage

    def _reader(self, request: Request) -> Scope:
        return Scope(self._auth.require(request, KeyScope.READ).sites)

    @answering
    async def get_interactions(self, request: Request) -> Response:
        scope = self._reader(request)
        return _found(await self._published.of_user(await read_body(request, GetInteractions), scope))

    @answering
    async def get_all_interactions(self, request: Request) -> Response:
        scope = self._reader(request)
        return _found(await self._published.newest(read_query(request, GetAllInteractions).limit, scope))

    @answering
    async def get_requests(self, request: Request) -> Response:
        scope = self._reader(request)
        sessions, more = await self._published.sessions(await read_body(request, GetRequests), scope)
        count = sum(len(session["requests"]) for session in sessions)
        message = f"Found {count} request(s) in {len(sessions)} session(s)"
        return _json({"success": True, "sessions": sessions, "has_more": more, "msg": message})

    @answering
    async def whoami(self, request: Request) -> Response:
        caller = self._auth.identify(request)
        kind, label = self._storage
        return _json(
            WhoAmI(success=True, org_id=_site(caller), storage_type=kind, storage_label=label, storage_configured=True)
        )

    @answering
    async def version(self, _: Request) -> Response:
        return _json(VersionInfo(server_version=__version__, api_version="v1", min_client_version="0.1.0"))

    def endpoints(self) -> list[Endpoint]:
        read = KeyScope.READ
        return [
            Endpoint("POST", "/api/get_interactions", self.get_interactions, "A user's interactions", tag="Reflexio",
                     scope=read, body=GetInteractions, answers={200: Answer("Newest first", Interactions), **_REFUSED}),
            Endpoint("GET", "/api/get_all_interactions", self.get_all_interactions, "The newest interactions",
                     tag="Reflexio", scope=read, query=GetAllInteractions,
                     answers={200: Answer("Newest first", Interactions), **_REFUSED}),
            Endpoint("POST", "/api/get_requests", self.get_requests, "Requests by session", tag="Reflexio", scope=read,
                     body=GetRequests, answers={200: Answer("Newest session first", Requests), **_REFUSED}),
            Endpoint("GET", "/api/whoami", self.whoami, "Whose key is this", tag="Reflexio", scope=read,
                     answers={200: Answer("A known key", WhoAmI), 401: _REFUSED[401]}),
            Endpoint("GET", "/meta/version", self.version, "Which version is this", tag="Reflexio",
                     answers={200: Answer("Version", VersionInfo)}),
        ]  # fmt: skip


def _found(rows: list[dict[str, object]]) -> Response:
    return _json({"success": True, "interactions": rows, "msg": f"Found {len(rows)} interaction(s)"})


_REFUSED = {
    401: Answer("No key, or an unknown one", Detail),
    403: Answer("The key lacks the scope", Detail),
    413: Answer("The body is too large", Detail),
    422: Answer("The wrong fields, one by one", Detail),
    429: Answer("Too many requests", RateLimited),
    503: Answer("No room, or the database does not answer", Detail),
}


def publish_endpoints(api: PublishApi | None) -> list[Endpoint]:
    """The endpoint of publishing; without `api` for the documentation of a process whose publishes go elsewhere."""
    return [
        Endpoint(
            "POST",
            PUBLISH_PATH,
            api.publish if api else _elsewhere,
            "Publish interactions",
            "A 200 with `success` means that the interactions are on disk; with `wait_for_response` that they can "
            "be read back. A `request_id` that was used before is answered with `success: false`. Unknown keys "
            "and empty items are left out and named in `warnings`.",
            tag="Reflexio",
            scope=KeyScope.PUBLISH,
            query=PublishQuery,
            body=PublishRequest,
            answers={200: Answer("Durable, or known already", PublishAnswer), **_REFUSED},
        )
    ]


async def _elsewhere(_: Request) -> Response:
    return detail(404, "this process takes no publishes")
