"""Sessions: a list, newest first, and one as a timeline of everything."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.analytics.interactions import Row, cursor_of, tidy
from collector.analytics.record import with_record
from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.cursor import Cursor, decode
from collector.query.filters import expression
from collector.query.journeys import SessionQuery, SessionsQuery
from collector.query.question import Question
from collector.query.rows import Rows
from collector.query.window import FIRST, LAST, sql_time, tomorrow
from collector.wire.journeys import OneSession, Session, Sessions

Sites = Sequence[str] | None
NO_KEY = 2**53


async def sessions(engine: Engine, query: SessionsQuery, sites: Sites) -> Sessions:
    """Sessions with a matching interaction in the window. Raises ClickHouseError, OSError."""
    rows = Rows(query, sites)
    before = decode(query.cursor) if query.cursor else None
    rows.parameters |= {
        "before": before.sql_time if before else sql_time(tomorrow()),
        "before_key": before.interaction_id if before else NO_KEY,
        "limit": query.limit + 1,
    }
    text = statement("sessions", rows, where=rows.segmented, having=f"countIf({rows.filter}) > 0")
    found = await answer(engine, text, rows)
    more = len(found) > query.limit
    found = found[: query.limit]
    return Sessions(
        **query.window.answered(),
        sessions=[Session(**row) for row in found],
        next_cursor=_cursor(found[-1], "started_at", "session_key") if more else None,
    )


async def session(engine: Engine, query: SessionQuery, sites: Sites, session_id: str) -> OneSession | None:
    """One session, the newest of this id where several sites have one; None where there is none.

    Raises ClickHouseError, OSError.
    """
    about = await _about(engine, query, sites, session_id)
    if about is None:
        return None
    after = decode(query.cursor) if query.cursor else None
    parameters = {
        "site": about["site"],
        "session_id": session_id,
        "after": after.sql_time if after else sql_time(FIRST),
        "after_received": after.sql_received if after else sql_time(FIRST),
        "after_place": after.batch_place if after else 0,
        "after_id": after.interaction_id if after else 0,
        "limit": query.limit + 1,
    }
    found = await engine.once(with_record("session"), parameters, FIRST, LAST)
    more = len(found) > query.limit
    found = found[: query.limit]
    return OneSession(
        session=Session(**about),
        interactions=[tidy(row) for row in found],
        next_cursor=cursor_of(found[-1]).encode() if more else None,
    )


async def _about(engine: Engine, query: SessionQuery, sites: Sites, session_id: str) -> Row | None:
    ever = Question.model_validate({"site": query.site, "from": FIRST, "to": LAST, "bots": "include"})
    rows = Rows(ever, sites)
    its = rows.where(expression({"field": "session_id", "is": session_id}))
    rows.parameters |= {"before": sql_time(LAST), "before_key": NO_KEY, "limit": 1}
    text = statement("sessions", rows, where=f"{rows.in_window} AND {its}", having="true")
    found = await answer(engine, text, rows)
    return found[0] if found else None


def _cursor(row: dict[str, Any], time: str, key: str) -> str:
    moment = datetime.fromisoformat(row[time])
    return Cursor(round(moment.timestamp() * 1000), int(row[key])).encode()
