"""Deleting through Reflexio's API."""

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from collector.erasure.eraser import Erased, Eraser
from collector.erasure.tombstones import Kind
from collector.http.api import ApiAccess, answer
from collector.http.api_errors import REFUSED, answering, read_body
from collector.http.endpoint import Answer, Endpoint, Handler
from collector.sites import Scope
from collector.wire.reflexio import (
    ClearedUser,
    ClearUserData,
    Deleted,
    DeletedMany,
    DeletedSession,
    DeleteInteraction,
    DeleteRequest,
    DeleteRequests,
    DeleteSession,
)  # fmt: skip

LATER = "written down; the database is away, and it is deleted there when it is back"
DONE = "Deleted successfully"


class DeleteApi:
    """The handlers, with what they need."""

    def __init__(self, access: ApiAccess, eraser: Eraser) -> None:
        self._access = access
        self._eraser = eraser

    def _sites(self, request: Request) -> tuple[str, ...] | None:
        return self._access.require(request, Scope.DELETE).sites

    @answering
    async def interaction(self, request: Request) -> Response:
        sites = self._sites(request)
        body = await read_body(request, DeleteInteraction)
        erased = await self._eraser.interaction(body.user_id, body.interaction_id, sites)
        return answer(Deleted(success=True, message=_message(erased, DONE)))

    @answering
    async def request(self, request: Request) -> Response:
        sites = self._sites(request)
        body = await read_body(request, DeleteRequest)
        erased = await self._eraser.erase(Kind.REQUESTS, [body.request_id], sites)
        return answer(Deleted(success=True, message=_message(erased, DONE)))

    @answering
    async def session(self, request: Request) -> Response:
        sites = self._sites(request)
        body = await read_body(request, DeleteSession)
        erased = await self._eraser.erase(Kind.SESSION, [body.session_id], sites)
        message = _message(erased, f"Deleted {erased.requests} item(s)")
        return answer(DeletedSession(success=True, message=message, deleted_requests_count=erased.requests))

    @answering
    async def requests(self, request: Request) -> Response:
        sites = self._sites(request)
        body = await read_body(request, DeleteRequests)
        erased = await self._eraser.erase(Kind.REQUESTS, sorted(set(body.request_ids)), sites)
        message = _message(erased, f"Deleted {erased.requests} item(s)")
        return answer(DeletedMany(success=True, message=message, deleted_count=erased.requests))

    @answering
    async def everything(self, request: Request) -> Response:
        erased = await self._eraser.erase(Kind.EVERYTHING, [], self._sites(request))
        return answer(DeletedMany(success=True, message=_message(erased, DONE), deleted_count=erased.interactions))

    @answering
    async def user(self, request: Request) -> Response:
        sites = self._sites(request)
        body = await read_body(request, ClearUserData)
        erased = await self._eraser.erase(Kind.USER, [body.user_id], sites)
        counts = {"interactions": erased.interactions, "requests": erased.requests}
        message = _message(erased, f"Cleared {sum(counts.values())} row(s) for user {body.user_id!r}")
        return answer(ClearedUser(success=True, deleted_counts=counts, message=message))

    def endpoints(self) -> list[Endpoint]:
        def delete(
            path: str, handler: Handler, body: type[BaseModel] | None, told: type[BaseModel], what: str
        ) -> Endpoint:
            answers = {200: Answer("Deleted, also when nothing matched", told), **REFUSED}
            method = "POST" if path == "clear_user_data" else "DELETE"
            return Endpoint(
                method, f"/api/{path}", handler, what, tag="Reflexio", scope=Scope.DELETE, body=body, answers=answers
            )

        return [
            delete("delete_interaction", self.interaction, DeleteInteraction, Deleted, "Delete an interaction"),
            delete("delete_request", self.request, DeleteRequest, Deleted, "Delete a request with its interactions"),
            delete("delete_session", self.session, DeleteSession, DeletedSession, "Delete a session"),
            delete("delete_requests_by_ids", self.requests, DeleteRequests, DeletedMany, "Delete requests"),
            delete("delete_all_interactions", self.everything, None, DeletedMany, "Delete all the key may delete"),
            delete("clear_user_data", self.user, ClearUserData, ClearedUser, "Delete all that came of a person so far"),
        ]


def _message(erased: Erased, done: str) -> str:
    return done if erased.done else LATER
