"""Interactions and requests as Reflexio's API answers them. Published items and beacons are told alike."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import orjson

from collector.analytics.interactions import Reach, Row
from collector.analytics.slices import GROWTH, first_slice
from collector.analytics.sqlfiles import sql
from collector.clickhouse import Engine
from collector.query.window import EARLIEST, sql_time
from collector.wire.address import image_url
from collector.wire.kept import kept, kept_text
from collector.wire.reflexio import GetInteractions, GetRequests

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(2299, 12, 31, tzinfo=UTC)
NO_LIMIT = 2**62
_TEXTS = ("content", "user_action_description", "shadow_content", "expert_content")
TOLD = """
    interaction_id, event_id, user_id, visitor_id, session_id, request_id, created_at, role, user_action,
    interacted_image_url, content, user_action_description, shadow_content, expert_content, tools_used, props"""
"""What `tell_record` needs of a record."""


class Published:
    """The questions. `own_url`: what our own image addresses are completed with, since clients want whole ones."""

    def __init__(self, engine: Engine, own_url: str) -> None:
        self._engine = engine
        self._own_url = own_url

    async def of_user(self, query: GetInteractions, reach: Reach) -> list[Row]:
        """A user's interactions, newest first, ties in the order they came. Raises ClickHouseError."""
        low, high = _seconds(query.start_time, query.end_time)
        parameters = {**_reach(reach), **_user(query.user_id), "from": low, "to": high}
        parameters["limit"] = query.top_k or NO_LIMIT
        return [self.tell(row) for row in await self._engine.rows(sql("api_interactions"), parameters)]

    async def newest(self, limit: int, reach: Reach) -> list[Row]:
        """The newest interactions of all users; a negative limit means all. Raises ClickHouseError."""
        wanted = limit if limit >= 0 else NO_LIMIT
        rows: list[Row] = []
        async for low, high in self._slices(back=wanted != NO_LIMIT):
            if len(rows) >= wanted:
                break
            parameters = {**_reach(reach), **_user(None), "from": low, "to": high, "limit": wanted - len(rows)}
            rows += await self._engine.rows(sql("api_interactions"), parameters)
        return [self.tell(row) for row in rows]

    async def sessions(self, query: GetRequests, reach: Reach) -> tuple[list[Row], bool]:
        """Sessions with their requests and interactions, and whether more follow. Raises ClickHouseError."""
        low, high = _seconds(query.start_time, query.end_time)
        parameters = {
            **_reach(reach),
            **_user(query.user_id),
            "request_id": query.request_id or "",
            "session_id": query.session_id or "",
            "by_source": query.source is not None,
            "source": query.source or "",
            "from": low,
            "to": high,
        }
        wanted = query.top_k or NO_LIMIT
        found = await self._session_ids(query, parameters, wanted)
        ids = found[:wanted]
        if not ids:
            return [], False
        rows = await self._engine.rows(sql("api_requests"), {**parameters, "sessions": ids})
        by_session: dict[str, list[Row]] = {session_id: [] for session_id in ids}
        for (session_id, _), request in groupby(rows, key=lambda row: (row["session_id"], row["request_id"])):
            by_session[session_id].append(self._request(list(request)))
        sessions = [{"session_id": session_id, "requests": by_session[session_id]} for session_id in ids]
        return sessions, len(found) > wanted

    async def _session_ids(self, query: GetRequests, parameters: Row, wanted: int) -> list[str]:
        """One more than wanted, where there are. Newest slices first: those that have enough need no older ones."""
        offset = query.offset or 0
        page = {"limit": wanted + 1, "offset": offset}
        narrow = bool(query.user_id or query.request_id or query.session_id or query.start_time or query.end_time)
        if narrow or wanted == NO_LIMIT:
            rows = await self._engine.rows(sql("api_sessions"), {**parameters, **page})
            return [row["session_id"] for row in rows]
        rows = []
        async for low, _ in self._slices(back=True):
            rows = await self._engine.rows(sql("api_sessions"), {**parameters, "from": low, **page})
            if len(rows) > wanted:
                break
        return [row["session_id"] for row in rows]

    async def has_request(self, request_id: str, reach: Reach) -> bool:
        """Whether anything of a request is stored. Raises ClickHouseError."""
        found = await self._engine.rows(sql("api_request_stored"), {**_reach(reach), "request_id": request_id})
        return bool(found)

    async def _slices(self, *, back: bool) -> AsyncGenerator[tuple[str, str], None]:
        """Windows back from the end of time, each older one wider; else one."""
        high, width = LAST, await first_slice(self._engine, LAST - FIRST) if back else LAST - FIRST
        now = datetime.now(UTC).replace(microsecond=0)
        while width < now - EARLIEST:  # what is yet to happen is one slice with the last hour
            low = now - width
            yield sql_time(low), sql_time(high)
            high, width = low, width * GROWTH
        yield sql_time(FIRST), sql_time(high)

    def _request(self, rows: list[Row]) -> Row:
        first = rows[0]
        flags = kept_text(first["publish"])
        request = {
            "request_id": first["request_id"],
            "user_id": first["who"],
            "created_at": first["received"],
            "source": first["source"],
            "agent_version": first["agent_version"],
            "session_id": first["session_id"],
            "evaluation_only": bool(flags.get("evaluation_only")),
        }
        for name in ("retrieval_experiment_id", "retrieval_experiment_arm"):
            if name in flags:
                request[name] = flags[name]
        return {"request": request, "interactions": [self.tell(row) for row in rows]}

    def tell(self, row: Row) -> Row:
        """A row as Reflexio's clients read it."""
        return {
            "interaction_id": row["interaction_id"],
            "user_id": row["who"],
            "request_id": row["request_id"],
            "created_at": row["second"],
            "role": row["role"] or "User",
            "content": row["content"],
            "user_action": row["user_action"] or "none",
            "user_action_description": row["user_action_description"],
            "interacted_image_url": self._whole(row["interacted_image_url"]),
            "shadow_content": row["shadow_content"],
            "expert_content": row["expert_content"],
            "tools_used": orjson.loads(row["tools_used"] or "[]"),
            "retrieved_learnings": kept_text(row["publish"]).get("retrieved_learnings", []),
        }

    def tell_record(self, record: Row) -> Row:
        """A record, as other answers have it, as Reflexio's clients read it."""
        return {
            "interaction_id": record["interaction_id"],
            "user_id": record.get("user_id") or record.get("visitor_id") or f"anon:{record.get('session_id', '')}",
            "request_id": record.get("request_id", ""),
            "created_at": int(datetime.fromisoformat(record["created_at"]).timestamp() // 1),
            "role": record.get("role", "User"),
            "user_action": record.get("user_action", "none"),
            "interacted_image_url": self._whole(record.get("interacted_image_url", "")),
            **{name: record.get(name, "") for name in _TEXTS},
            "tools_used": record.get("tools_used", []),
            "retrieved_learnings": kept(record.get("props", {}).get("publish")).get("retrieved_learnings", []),
        }

    def _whole(self, address: str) -> str:
        """An address a client takes: a client refuses the whole answer for one it does not."""
        if address.startswith("/"):
            return self._own_url + address
        try:
            return image_url(address)
        except ValueError:
            return ""


def _reach(reach: Reach) -> dict[str, Any]:
    return {"all_sites": reach.sites is None, "sites": list(reach.sites or [])}


def _user(user_id: str | None) -> dict[str, Any]:
    """The parameters that name a user as answers do: the user's id, a visitor's, or `anon:` and a session's."""
    user_id = user_id or ""
    return {"user_id": user_id, "anonymous": user_id.removeprefix("anon:") if user_id.startswith("anon:") else ""}


def whole_seconds(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """From the first second to the end of the last, as far as the engine's times reach."""
    low, high = max(FIRST, start), min(LAST, end)
    return low.replace(microsecond=0), high.replace(microsecond=0) + timedelta(seconds=1)


def _seconds(start: datetime | None, end: datetime | None) -> tuple[str, str]:
    """Whole seconds, both included, as engine times."""
    low, high = whole_seconds(start or FIRST, end or LAST)
    return sql_time(low), sql_time(high)
