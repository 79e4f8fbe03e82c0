"""`POST /api/publish_interaction`: answered by each process that has a spool."""

from starlette.requests import Request
from starlette.responses import Response

from collector.http.api import ApiAccess, answer, own_site
from collector.http.api_errors import REFUSED, answering, detail, read_body, read_query
from collector.http.endpoint import Answer, Endpoint
from collector.publish.publisher import Publisher
from collector.sites import Scope
from collector.wire.publish import PublishAnswer, PublishRequest
from collector.wire.reflexio import PublishQuery

MOST_BYTES = 10 * 1024 * 1024
PATH = "/api/publish_interaction"


class PublishApi:
    """The handler, with what it needs."""

    def __init__(self, access: ApiAccess, publisher: Publisher) -> None:
        self._access = access
        self._publisher = publisher

    @answering
    async def publish(self, request: Request) -> Response:
        caller = self._access.require(request, Scope.PUBLISH)
        query = read_query(request, PublishQuery)
        body = await read_body(request, PublishRequest, MOST_BYTES)
        return answer(await self._publisher.publish(own_site(caller), body, wait=query.wait_for_response))


def publish_endpoints(api: PublishApi | None) -> list[Endpoint]:
    """The endpoint of publishing; without `api` for the documentation of a process whose publishes go elsewhere."""
    return [
        Endpoint(
            "POST",
            PATH,
            api.publish if api else _elsewhere,
            "Publish interactions",
            "A 200 with `success` means that the interactions are on disk; with `wait_for_response` that they can "
            "be read back. A `request_id` that was used before is answered with `success: false`. Unknown keys "
            "and empty items are left out and named in `warnings`.",
            tag="Reflexio",
            scope=Scope.PUBLISH,
            query=PublishQuery,
            body=PublishRequest,
            answers={200: Answer("Durable, or known already", PublishAnswer), **REFUSED},
        )
    ]


async def _elsewhere(_: Request) -> Response:
    return detail(404, "this process takes no publishes")
