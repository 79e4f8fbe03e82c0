"""Normalize: a checked event becomes a row, as one JSON line.

This is the hot path: what holds for the whole batch is serialized once and stands in front of every
line; an event becomes its row in place, since most of its fields are columns already; what the engine
can derive faster (`path`, the UTM columns, `created_at` where the clock is right) is left to it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import orjson

from collector.intake import url as urls
from collector.intake.describe import describe
from collector.intake.useragent import Agent
from collector.interaction import ACTION_OF
from collector.wire.beacon import Batch, Event

Row = dict[str, Any]

@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def stamp(milliseconds: int) -> str:
    """Unix ms as ClickHouse reads a time: `2026-11-23 08:00:00.123`, UTC."""
    second, rest = divmod(milliseconds, 1000)
    return f"{_second(second)}.{rest:03d}"


def batch_prefix(batch: Batch, *, site: str, agent: Agent, country: str, visitor_id: str, received_at: int) -> bytes:
    """The JSON text shared by all rows of a batch, without the closing brace: `{"site":"shop",…`."""
    context = batch.get("context") or {}
    viewport = context.get("viewport") or (None, None)
    row = {
        "site": site,
        "request_id": batch["batch_id"].lower(),
        "session_id": batch["session_id"],
        "visitor_id": visitor_id,
        "user_id": batch.get("user_id"),
        "source": batch.get("source"),
        "agent_version": batch.get("agent_version"),
        "received_at": stamp(received_at),
        "browser": agent.browser,
        "os": agent.os,
        "device": agent.device,
        "is_bot": agent.is_bot,
        "country": country,
        "language": context.get("language"),
        "timezone": context.get("timezone"),
        "viewport_width": viewport[0],
        "viewport_height": viewport[1],
    }
    return orjson.dumps({name: value for name, value in row.items() if value not in (None, "")})[:-1]


def event_row(event: Event, created_at: int) -> bytes:
    """One event's own part of its row, with the closing brace: `,"event_id":"…",…}` and a line feed.

    The event is used up.
    """
    row = cast(Row, event)
    row["user_action_description"] = describe(row)
    kind = row["event_name"] = row.pop("type")
    row["user_action"] = _ACTION[kind]
    at = row["at"]
    row["at"] = stamp(at)
    if created_at != at:
        row["created_at"] = stamp(created_at)
    if kind in _OWN:
        _OWN[kind](row)
    if "url" in row:
        row["url"] = urls.clean(row["url"] or "")
    if "image_url" in row:
        row["interacted_image_url"] = urls.clean(row.pop("image_url") or "")
    if "referrer" in row:
        row["referrer"] = urls.clean(row["referrer"] or "")
    if "target" in row:
        _target(row, row.pop("target"))
    return b"," + orjson.dumps(row)[1:] + b"\n"


_ACTION = {name: action.value for name, action in ACTION_OF.items()}


def _target(row: Row, target: dict[str, Any] | None) -> None:
    if not target:
        return
    row["target_label"] = target.get("label")
    row["target_selector"] = target.get("selector")
    row["target_section"] = target.get("section")
    if href := target.get("href"):
        row["target_href"] = urls.clean(href)
    if "product_id" in target and not row.get("product_id"):
        row["product_id"] = target["product_id"]


def _into_props(*names: str) -> Callable[[Row], None]:
    """Fields of the protocol that have no column stand among the props; the sender's own prop wins."""

    def move(row: Row) -> None:
        moved = {name: row.pop(name) for name in names if row.get(name) is not None}
        if moved:
            row["props"] = {**moved, **(row.get("props") or {})}

    return move


def _scroll(row: Row) -> None:
    row["scroll_depth"] = row.pop("depth", None)


def _navigate(row: Row) -> None:
    row["referrer"] = row.pop("from_url", None) or row.get("referrer")
    _into_props("kind")(row)


def _search(row: Row) -> None:
    row["query"] = row.pop("text", None)
    _into_props("query")(row)


def _feedback(row: Row) -> None:
    row["content"] = row.pop("text", None)
    row["role"] = "User"
    if screenshot := row.pop("screenshot", None):
        row["interacted_image_url"] = f"/images/{screenshot}"


def _message(row: Row) -> None:
    row["content"] = row.pop("text", None)
    row["expert_content"] = row.pop("expert_text", None)
    row["role"] = row.get("role") or "User"


def _custom(row: Row) -> None:
    row["event_name"] = row.pop("name")


_OWN: dict[str, Callable[[Row], None]] = {
    "scroll": _scroll,
    "navigate": _navigate,
    "search": _search,
    "feedback": _feedback,
    "message": _message,
    "custom": _custom,
    "error": _into_props("message"),
    "web_vital": _into_props("metric"),
    "add_to_cart": _into_props("quantity", "currency"),
    "purchase": _into_props("quantity", "currency"),
    "form_start": _into_props("fields"),
    "form_submit": _into_props("fields"),
    "form_abandon": _into_props("fields"),
}
"""What a type does with fields of its own that are no columns."""
