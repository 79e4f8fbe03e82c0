"""One entry of the endpoint table: everything a route and its documentation need."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from collector.sites import Scope

Handler = Callable[[Request], Awaitable[Response]]
Schema = type[BaseModel] | TypeAdapter[Any] | None


@dataclass(frozen=True)
class Answer:
    """One possible answer: its body's schema (or None), its media type, others it may come in, an example."""

    description: str
    schema: Schema = None
    media_type: str = "application/json"
    also: tuple[str, ...] = ()
    example: Any = None


@dataclass(frozen=True)
class Endpoint:
    """A method and path, who may call it, what it takes and answers, and the function that does it.

    `scope`: the API key's scope it asks for; None for no key. `query` and `body` are the models of what is taken; `write_key`: a page's key
    stands in the query, and the body may come as text/plain.
    `body_media`: the body is no JSON but bytes of one of these media types.
    `hidden`: served, but no part of the documented API.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    description: str = ""
    tag: str = ""
    scope: Scope | None = None
    query: Schema = None
    body: Schema = None
    write_key: bool = False
    body_media: tuple[str, ...] = ()
    answers: dict[int, Answer] = field(default_factory=dict)
    hidden: bool = False
