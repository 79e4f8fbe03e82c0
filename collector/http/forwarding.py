"""`GET /v1/forwarding`: what the Reflexio server has, what waits, and what it refused and why."""

import asyncio
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from collector.delivery.forwarder import Forwarder
from collector.delivery.forwarder.book import Request as Sent
from collector.http.asking import parse_query
from collector.http.auth import Auth
from collector.http.endpoint import Answer, Endpoint
from collector.http.table import REFUSED
from collector.sites import Scope
from collector.wire.forwarding import Forwarded, Forwarding, ForwardingQuery


def forwarding_endpoints(auth: Auth, forwarder: Forwarder | None) -> list[Endpoint]:
    """The endpoint, for the endpoint table."""

    async def forwarding(request: Request) -> Response:
        caller = auth.require(request, Scope.READ)
        query = parse_query(request, ForwardingQuery)
        answer = Forwarding(configured=False)
        if forwarder:
            answer = await asyncio.to_thread(_page, forwarder, query, caller.sites)
        return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")

    return [
        Endpoint(
            "GET",
            "/v1/forwarding",
            forwarding,
            "See what was forwarded",
            "Requests to the Reflexio server, newest first, with their state: `queued`, `forwarded`, or `refused` and why.",
            tag="Operation",
            scope=Scope.READ,
            query=ForwardingQuery,
            answers={200: Answer("Counts and a page of requests", Forwarding), **REFUSED},
        )
    ]


def _page(forwarder: Forwarder, query: ForwardingQuery, sites: tuple[str, ...] | None) -> Forwarding:
    journal = forwarder.journal
    found = journal.listed(query.state or "", sites=sites, below=query.before or 2**62, limit=query.limit + 1)
    page = found[: query.limit]
    return Forwarding(
        configured=True,
        counts=journal.counts(sites),
        requests=[_forwarded(one, journal.members(one.request_id)) for one in page],
        next_before=page[-1].number if len(found) > query.limit else None,
    )


def _forwarded(one: Sent, event_ids: list[str]) -> Forwarded:
    return Forwarded.model_validate(
        {
            **{name: getattr(one, name) for name in ("request_id", "site", "session_id", "user_id", "state", "reason")},
            "attempts": one.attempts,
            "items": one.items,
            "event_ids": event_ids,
            "created_at": datetime.fromtimestamp(one.created_s, UTC),
            "settled_at": datetime.fromtimestamp(one.settled_s, UTC) if one.settled_s else None,
        }
    )
