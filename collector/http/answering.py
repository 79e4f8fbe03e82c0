"""Answering a question: who asks, what, of which sites."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Concatenate, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from collector.clickhouse import Engine
from collector.http.asking import parse_query, sites_of
from collector.http.auth import Auth
from collector.http.endpoint import Answer, Endpoint
from collector.http.limited import raising, while_connected
from collector.http.table import QUESTION_REFUSED
from collector.sites import Scope

Sites = Sequence[str] | None


Query = TypeVar("Query", bound=BaseModel)
Ask = Callable[Concatenate[Engine, Query, Sites, ...], Awaitable[BaseModel]]
"""A question; what stands in the path comes by name."""


class Answering:
    """Makes endpoints out of questions."""

    def __init__(self, engine: Engine, auth: Auth) -> None:
        self._engine = engine
        self._auth = auth

    def group(self, tag: str, examples: Mapping[str, object]) -> "Group":
        """Questions of one group of the documentation, with an example of each answer by its path."""
        return Group(self, tag, examples)

    def handler(self, model: type[Query], ask: Ask[Query]) -> Callable[[Request], Awaitable[Response]]:
        """A handler that checks the caller and the parameters, asks, and answers as JSON. `model` has a `site`."""

        async def handle(request: Request) -> Response:
            caller = self._auth.require(request, Scope.READ)
            query = parse_query(request, model)
            sites = sites_of(caller, getattr(query, "site", None)).sites
            asked = ask(self._engine, query, sites, **request.path_params)
            found = await while_connected(request, raising(asked, self._engine.question_seconds))
            return Response(found.model_dump_json(by_alias=True), media_type="application/json")

        return handle


class Group:
    """Called, makes one endpoint."""

    def __init__(self, answering: Answering, tag: str, examples: Mapping[str, object]) -> None:
        self._answering = answering
        self._tag = tag
        self._examples = examples

    def __call__(
        self, path: str, query: type[Query], ask: Ask[Query], answer: type[BaseModel], summary: str, description: str
    ) -> Endpoint:
        answers = {200: Answer("The answer", answer, example=self._examples[path]), **QUESTION_REFUSED}
        return Endpoint(
            "GET", path, self._answering.handler(query, ask), summary, description, tag=self._tag, scope=Scope.READ,
            query=query, answers=answers,
        )  # fmt: skip
