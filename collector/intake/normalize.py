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
from collector.intake.check import Checked
from collector.intake.describe import describe
from collector.intake.useragent import Agent
from collector.interaction import ACTION_OF

Row = dict[str, Any]


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def stamp(milliseconds: int) -> str:
    """Unix ms as ClickHouse reads a time: `2026-11-23 08:00:00.123`, UTC."""
    second, rest = divmod(milliseconds, 1000)
    return f"{_second(second)}.{rest:03d}"


def rows(
    checked: Checked, *, site: str, agent: Agent, country: str, visitor_id: str, received_at: int, offset: int
) -> bytes:
    """The rows of a batch's events as JSON lines. The events are used up.

    `received_at` is in Unix ms; `offset` (ms) is added to the browser's times to make `created_at`.
    """
    if not checked.events:
        return b""
    batch = checked.batch
    context = batch.get("context") or {}
    viewport = context.get("viewport") or (None, None)
    shared = {
        "site": site,
        "request_id": batch["batch_id"].lower(),
        "session_id": batch["session_id"],
        "visitor_id": visitor_id,
        "user_id": batch.get("user_id"),
        "source": batch.get("source"),
        "agent_version": batch.get("agent_version"),
        "received_at": stamp(received_at),
        "offset_ms": offset or None,
        "browser": agent.browser,
        "os": agent.os,
        "device": agent.device,
        "is_bot": agent.is_bot or None,
        "country": country,
        "language": context.get("language"),
        "timezone": context.get("timezone"),
        "viewport_width": viewport[0],
        "viewport_height": viewport[1],
    }
    prefix = orjson.dumps({name: value for name, value in shared.items() if value is not None and value != ""})[:-1]
    for event in checked.events:
        _become_row(cast(Row, event))
    own = orjson.dumps(checked.events)
    # one call for all events; no string in it can hold an unescaped quote, so what is replaced is a border
    return b"%b,%b\n" % (prefix, own[2:-1].replace(_BORDER, b"}\n" + prefix + b"," + _FIRST))


_FIRST = b'"event_id":'
_BORDER = b"},{" + _FIRST


def _become_row(row: Row) -> None:
    """Turn a checked event into its row, in place."""
    kind = row["event_name"]
    row["user_action_description"] = describe(row)
    row["user_action"] = _ACTION[kind]
    if "url" in row:
        row["url"] = urls.clean(row["url"] or "")
    if "interacted_image_url" in row:
        row["interacted_image_url"] = urls.clean(row["interacted_image_url"] or "")
    if "referrer" in row:
        row["referrer"] = urls.clean(row["referrer"] or "")
    if kind in _OWN:
        _OWN[kind](row)
    if "target" in row:
        _target(row, row.pop("target"))
    if "content" in row and kind not in _SAID:
        del row["content"]
    if "expert_content" in row and kind not in _SAID:
        del row["expert_content"]


_ACTION = {name: action.value for name, action in ACTION_OF.items()}
_SAID = frozenset({"feedback", "message"})
"""Types whose text is content; elsewhere a text is not something said."""


def _target(row: Row, target: Row | None) -> None:
    if not target:
        return
    if product := target.pop("target_product_id", None):
        row["product_id"] = row.get("product_id") or product
    row.update(target)
    if href := target.get("target_href"):
        row["target_href"] = urls.clean(href)


def _into_props(*names: str) -> Callable[[Row], None]:
    """Fields of the protocol that have no column stand among the props; the sender's own prop wins."""

    def move(row: Row) -> None:
        moved = {name: row.pop(name) for name in names if row.get(name) is not None}
        if moved:
            row["props"] = {**moved, **(row.get("props") or {})}

    return move


def _navigate(row: Row) -> None:
    row["referrer"] = urls.clean(row.pop("from_url", None) or "") or row.get("referrer")
    _into_props("kind")(row)


def _search(row: Row) -> None:
    row["query"] = row.pop("content", None)
    _into_props("query")(row)


def _feedback(row: Row) -> None:
    row["role"] = "User"
    if screenshot := row.pop("screenshot", None):
        row["interacted_image_url"] = f"/images/{screenshot}"


def _message(row: Row) -> None:
    row["role"] = row.get("role") or "User"


def _custom(row: Row) -> None:
    row["event_name"] = row.pop("name")


_OWN: dict[str, Callable[[Row], None]] = {
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
