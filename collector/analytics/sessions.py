"""Sessions: a list, newest first, and one as a timeline of everything."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta

from collector.analytics.interactions import Row, cursor_of, tidy
from collector.analytics.record import with_record
from collector.analytics.slices import GROWTH, first_slice
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
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def sessions(engine: Engine, query: SessionsQuery, sites: Sites) -> Sessions:
    """Sessions with a matching interaction in the window. Raises ClickHouseError, OSError."""
    found: list[Row] = []
    async for part in _newest(engine, query, sites):
        found += part
        if len(found) > query.limit:
            break
    more = len(found) > query.limit
    found = found[: query.limit]
    return Sessions(
        **query.window.answered(),
        sessions=[Session(**row) for row in found],
        next_cursor=_cursor(found[-1]).encode() if more else None,
    )


async def _newest(engine: Engine, query: SessionsQuery, sites: Sites) -> AsyncGenerator[list[Row], None]:
    """All sessions, newest first, some at a time.

    Which began last is told from the end of the window: of a session met there, all of the window tells whether it
    began earlier, and what it was like. Where something is filtered, whole sessions are looked at instead.
    """
    window, filtered = query.window, query.expression is not None or bool(query.segments)
    before = decode(query.cursor) if query.cursor else Cursor(round(tomorrow().timestamp() * 1000), NO_KEY)
    high, width = window.end, window.end - window.start
    if not filtered:
        width = await first_slice(engine, width)
    most = (query.limit + 1) * (1 if filtered else 2)
    while high > window.start:
        high = min(high, before.moment + timedelta(milliseconds=1))
        low = max(window.start, high - width) if high - window.start > width else window.start
        met = await _met(engine, Rows(query, sites), before, low, window.end if filtered else high, most)
        oldest = _cursor(met[-1]) if len(met) == most else Cursor((low - EPOCH) // timedelta(milliseconds=1), 0)
        if met:
            rows = Rows(query, sites)
            hashes = rows.parameters.add([row["session_hash"] for row in met], "Array(UInt64)")
            where = f"session_hash IN {hashes} AND {rows.segmented}"
            rows.parameters |= _after(before) | {"limit": most}
            text = statement("sessions", rows, where=where, having=f"countIf({rows.filter}) > 0")
            yield [row for row in await answer(engine, text, rows) if _place(_cursor(row)) >= _place(oldest)]
        if len(met) == most:
            before = oldest
        else:
            high, width = low, width * GROWTH


async def _met(engine: Engine, rows: Rows, before: Cursor, low: datetime, high: datetime, most: int) -> list[Row]:
    """The sessions whose first interaction between two moments is the newest."""
    rows.parameters |= _after(before) | {"low": sql_time(low), "high": sql_time(high), "limit": most}
    text = statement("sessions_newest", rows, where=rows.segmented, having=f"countIf({rows.filter}) > 0")
    return await answer(engine, text, rows)


def _after(before: Cursor) -> dict[str, object]:
    return {"before": before.sql_time, "before_key": before.interaction_id}


def _place(cursor: Cursor) -> tuple[datetime, int]:
    return cursor.moment, cursor.interaction_id


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


def _cursor(row: Row) -> Cursor:
    moment = datetime.fromisoformat(row["started_at"])
    return Cursor(round(moment.timestamp() * 1000), int(row["session_key"]))
