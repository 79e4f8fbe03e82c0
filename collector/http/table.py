"""The endpoint table: what there is, in one list. Routes and OpenAPI are both made from it."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from itertools import chain

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from collector.http.endpoint import Answer, Endpoint
from collector.http.health import Health, alive
from collector.http.pages import PAGES
from collector.http.reading import Reading
from collector.query.interactions import InteractionsQuery, LiveQuery
from collector.rejection import STATUS, Reason
from collector.sites import Scope
from collector.wire.beacon import BATCH, BatchAnswer, BatchQuery, Refusal
from collector.wire.images import UploadedImage
from collector.wire.reading import Alive, InteractionsPage, Problem, Ready, SignedIn, SignIn

_REFUSAL: TypeAdapter[Refusal] = TypeAdapter(Refusal)
_PROBLEM = "application/problem+json"


_IMAGES_ONLY = {
    Reason.NOT_AN_IMAGE, Reason.TOO_MANY_PIXELS, Reason.IMAGES_FULL, Reason.IMAGES_FAILED,
}  # fmt: skip
_BATCHES_ONLY = {
    Reason.MALFORMED_JSON, Reason.TOO_MANY_EVENTS, Reason.INVALID_BATCH, Reason.SPOOL_FULL, Reason.SPOOL_FAILED,
}  # fmt: skip


def _refusals(without: Collection[Reason]) -> dict[int, Answer]:
    reasons: dict[int, list[Reason]] = {}
    for reason, status in STATUS.items():
        if reason in without:
            continue
        reasons.setdefault(status, []).append(reason)
    return {status: Answer(" or ".join(f"`{r}`" for r in found), _REFUSAL) for status, found in sorted(reasons.items())}


async def _only_beacons(_: Request) -> Response:
    """What the router has for what pages send: its own endpoint answers that ahead of it."""
    return Response(status_code=405, headers={"allow": "POST, OPTIONS"})


BATCH_ENDPOINT = Endpoint(
    "POST",
    "/v1/batch",
    _only_beacons,
    "Send a batch of events",
    "What the script tag calls. The key stands in the query as `k`; gzip by `Content-Encoding` or `z=gzip`. "
    "A 202 means that the accepted events are on disk. Events are refused one by one; the rest is kept.",
    tag="Beacons",
    query=TypeAdapter(BatchQuery),
    body=BATCH,
    write_key=True,
    answers={202: Answer("Durable", TypeAdapter(BatchAnswer)), **_refusals(_IMAGES_ONLY)},
)

IMAGE_ENDPOINT = Endpoint(
    "POST",
    "/v1/images",
    _only_beacons,
    "Store an image",
    "The bytes of one PNG, JPEG, WebP or GIF, which are told by themselves: send no media type, or text/plain, from a "
    "page, and there is no preflight. A 201 means that they are on disk. The event that follows names the id.",
    tag="Images",
    body_media=("image/png", "image/jpeg", "image/webp", "image/gif", "application/octet-stream"),
    write_key=True,
    answers={201: Answer("Durable", TypeAdapter(UploadedImage)), **_refusals(_BATCHES_ONLY)},
)

FOR_PAGES = (BATCH_ENDPOINT, IMAGE_ENDPOINT)
"""What pages call, with their write key; answered ahead of the router, by the process that takes it."""

REFUSED = {
    401: Answer("No key, or an unknown one", Problem, _PROBLEM),
    403: Answer("The key lacks the scope or the site", Problem, _PROBLEM),
    422: Answer("A parameter breaks a rule", Problem, _PROBLEM),
    503: Answer("The database does not answer", Problem, _PROBLEM),
}
"""How a question is refused."""
TOO_LARGE = Answer("The body is too large", Problem, _PROBLEM)
QUESTION_REFUSED = {
    **REFUSED,
    422: Answer("A parameter breaks a rule, or the answer needs too much memory", Problem, _PROBLEM),
    504: Answer("The answer took too long", Problem, _PROBLEM),
}
"""How a question over a window of time is refused."""


def health_endpoints(ready: Callable[[Request], Awaitable[Response]]) -> list[Endpoint]:
    """What tells load balancers and watchers; every process that listens answers it by itself."""
    return [
        Endpoint("GET", "/health", alive, "Is the process there", tag="Operation",
                 answers={200: Answer("Yes", Alive)}),
        Endpoint("GET", "/health/live", alive, "Is the process there", tag="Operation", hidden=True),
        Endpoint("GET", "/healthz", alive, "Is the process there", tag="Operation", hidden=True),
        Endpoint("GET", "/health/ready", ready, "Can it keep what arrives", tag="Operation",
                 answers={200: Answer("Yes; `degraded` while the engine is away", Ready), 503: Answer("No", Ready)}),
    ]  # fmt: skip


def endpoints(reading: Reading, health: Health, *groups: Sequence[Endpoint], metrics: bool) -> list[Endpoint]:
    """All endpoints of the application, in the order the documentation shows them; `groups` bring their own."""
    refused = REFUSED
    table = [
        BATCH_ENDPOINT,
        Endpoint(
            "GET",
            "/v1/interactions",
            reading.interactions,
            "List interactions",
            "Newest first, a page at a time. With `Accept: application/x-ndjson` the whole window is streamed, one "
            "record a line; `limit` does not apply then.",
            tag="Reading",
            scope=Scope.READ,
            query=InteractionsQuery,
            answers={200: Answer("A page of records", InteractionsPage, also=("application/x-ndjson",)), **QUESTION_REFUSED},
        ),
        Endpoint(
            "GET",
            "/v1/live",
            reading.live,
            "Watch interactions arrive",
            "Server-sent events: `interaction` with a record as JSON, `skipped` with the number of records dropped "
            "because the reader was too slow, or too many came at once. `site` limits it to one site.",
            tag="Reading",
            scope=Scope.READ,
            query=LiveQuery,
            answers={200: Answer("A stream of events", None, "text/event-stream"), 401: refused[401], 403: refused[403]},
        ),
        *chain.from_iterable(groups),
        IMAGE_ENDPOINT,
        Endpoint("POST", "/v1/session", reading.sign_in, "Sign a browser in", tag="Session", body=SignIn,
                 answers={200: Answer("Signed in; sets the session cookie", SignedIn), 401: refused[401],
                          403: refused[403], 413: TOO_LARGE, 422: refused[422]}),
        Endpoint("DELETE", "/v1/session", reading.sign_out, "Sign a browser out", tag="Session",
                 answers={200: Answer("Signed out", SignedIn), 403: refused[403]}),
        *health_endpoints(health.ready),
        Endpoint("GET", "/enter", reading.enter, "Sign in by a link of our own", hidden=True),
        *PAGES,
    ]  # fmt: skip
    if metrics:
        table.append(
            Endpoint("GET", "/metrics", health.metrics, "Prometheus metrics", tag="Operation",
                     answers={200: Answer("Text exposition format", None, "text/plain")})
        )  # fmt: skip
    return table
