"""`POST /v1/sql`."""

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from collector.analytics.adhoc import FORMATS, Asker, SqlFailed, SqlNeedsServer, SqlQuestion, SqlUnavailable
from collector.http.auth import Auth
from collector.http.endpoint import Answer, Endpoint
from collector.http.errors import ProblemError, short_body, wrong_parameters
from collector.http.limited import while_connected
from collector.http.table import REFUSED, TOO_LARGE
from collector.sites import Scope
from collector.wire.reading import Problem
from collector.wire.sql import SqlBody, SqlTable

MOST_BODY_BYTES = 60_000
_PROBLEM = "application/problem+json"
_OTHERS = tuple(media_type for name, (_, media_type) in FORMATS.items() if name != "json")


class Sql:
    """The handler, with what it needs."""

    def __init__(self, auth: Auth, asker: Asker) -> None:
        self._auth = auth
        self._asker = asker

    async def ask(self, request: Request) -> Response:
        caller = self._auth.require(request, Scope.READ)
        try:
            body = SqlBody.model_validate_json(await short_body(request, MOST_BODY_BYTES))
        except ValidationError as error:
            raise wrong_parameters(error) from None
        question = SqlQuestion(body.sql, body.format, body.parameters)
        try:
            answer = await while_connected(request, self._asker.ask(question, caller.sites))
        except SqlFailed as error:
            raise ProblemError(422, "sql_over_limit" if error.over_limit else "sql_failed", str(error)) from error
        except SqlNeedsServer as error:
            raise ProblemError(403, "sql_needs_server_mode", str(error)) from error
        except SqlUnavailable as error:
            raise ProblemError(503, "sql_unavailable", str(error)) from error
        return Response(answer, media_type=FORMATS[body.format][1], headers={"cache-control": "no-store"})


def sql_endpoints(sql: Sql) -> list[Endpoint]:
    """The entry of the endpoint table."""
    answers = {
        200: Answer("The answer, in the wanted format", SqlTable, also=_OTHERS),
        **REFUSED,
        403: Answer("The key lacks the scope; or `sql_needs_server_mode`", Problem, _PROBLEM),
        413: TOO_LARGE,
        422: Answer("`sql_failed`, `sql_over_limit`, or a field breaks a rule", Problem, _PROBLEM),
    }
    description = (
        "Read-only, in the engine: it may use tables, not change them, and is limited in time, rows and memory. On the "
        "embedded engine it needs a key for all sites. An answer that does not fit the limits is refused, not cut."
    )
    return [
        Endpoint("POST", "/v1/sql", sql.ask, "Ask in SQL", description, tag="SQL", scope=Scope.READ, body=SqlBody,
                 answers=answers)
    ]  # fmt: skip
