"""SQL questions on a ClickHouse server: over its HTTP interface, as a user that reads the caller's sites only.

The users are made by an administrator, with the statements that `collector sql-users` prints. A caller that goes
ends its question: the server is told to stop reading when the connection closes.
"""

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector.analytics.adhoc import FORMATS, SqlFailed, SqlLimits, SqlQuestion, SqlUnavailable
from collector.clickhouse import DATABASE, Engine
from collector.clickhouse.sqlusers import sql_user
from collector.sandbox.clauses import output_clause

_NOT_LET_IN = ("Code: 516", "Code: 192", "Code: 194")
"""AUTHENTICATION_FAILED, UNKNOWN_USER, REQUIRED_PASSWORD."""


class ServerAsker:
    """`url`: the collector's own address of the server, with its user and password."""

    def __init__(self, engine: Engine, limits: SqlLimits, url: str) -> None:
        parts = urlsplit(url)
        self._engine, self._limits = engine, limits
        self._own_password = unquote(parts.password or "")
        self._database = parts.path.strip("/") or DATABASE
        port = parts.port or (8443 if parts.scheme == "https" else 8123)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self._url = urlunsplit((parts.scheme, f"{host}:{port}", "/", "", ""))

    async def ask(self, question: SqlQuestion, sites: Sequence[str] | None) -> bytes:
        """See `Asker`."""
        try:
            user = sql_user(sites, self._own_password)
        except ValueError as error:
            raise SqlUnavailable(str(error)) from None
        await self._check(question.sql)
        given = {
            "database": self._database,
            "default_format": FORMATS[question.format][0],
            "wait_end_of_query": "1",
            "cancel_http_readonly_queries_on_client_close": "1",
            **{f"param_{name}": value for name, value in question.bound.items()},
            **{name: str(value) for name, value in self._limits.settings.items()},
        }
        try:
            async with httpx.AsyncClient(timeout=httpx.Timeout(10, read=self._limits.seconds * 2)) as client:
                answer = await client.post(
                    self._url, params=given, content=question.sql.encode(), auth=(user.name, user.password)
                )
        except httpx.HTTPError as error:
            raise SqlUnavailable("the database does not answer; try again") from error
        if answer.status_code != httpx.codes.OK:
            raise _problem(answer.text, user.name)
        return answer.content

    async def _check(self, sql: str) -> None:
        """One statement, which leaves it to us where its answer goes."""
        try:
            [row] = await self._engine.rows("SELECT formatQuery({sql:String}) AS written", {"sql": sql})
        except ClickHouseError as error:
            raise SqlFailed(str(error)) from error
        if clause := output_clause(row["written"]):
            raise SqlFailed(f"{clause} is left out; the format is named beside the question")


def _problem(text: str, name: str) -> Exception:
    if any(code in text for code in _NOT_LET_IN):
        return SqlUnavailable(
            f"the ClickHouse user {name} for this key is not there; an administrator makes it: collector sql-users"
        )
    return SqlFailed(text)
