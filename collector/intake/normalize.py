"""Normalize: a checked event becomes a row, as one JSON line.

What holds for the whole batch is serialized once and stands in front of every line.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from collector.intake import url as urls
from collector.intake.describe import describe
from collector.intake.useragent import Agent
from collector.interaction import ACTION_OF
from collector.wire.beacon import Batch, Event

_COPIED = {
    "title": "title",
    "x": "x",
    "y": "y",
    "page_x": "page_x",
    "page_y": "page_y",
    "page_height": "page_height",
    "depth": "scroll_depth",
    "visible_ms": "visible_ms",
    "count": "count",
    "value": "value",
    "rating": "rating",
    "role": "role",
    "expert_text": "expert_content",
    "thread_id": "thread_id",
    "product_id": "product_id",
}
"""Event fields that become a column as they are."""

_WHOLE = frozenset({"x", "y", "page_x", "page_y", "page_height", "visible_ms", "count"})
_EXTRA = ("kind", "quantity", "currency", "metric", "fields")
"""Protocol fields without a column of their own; they stand among the `props`."""


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
        "viewport_width": None if viewport[0] is None else round(viewport[0]),
        "viewport_height": None if viewport[1] is None else round(viewport[1]),
    }
    return orjson.dumps({name: value for name, value in row.items() if value not in (None, "")})[:-1]


def event_row(event: Event, created_at: int) -> bytes:
    """One event's own part of the row, with the closing brace: `,"event_id":"…",…}` and a line feed."""
    kind = event["type"]
    row: dict[str, Any] = {
        "event_id": event["event_id"],
        "at": stamp(event["at"]),
        "created_at": stamp(created_at),
        "event_name": event.get("name") if kind == "custom" else kind,
        "user_action": ACTION_OF[kind],
        "user_action_description": describe(event),
    }
    for name in event.keys() & _COPIED.keys():
        value = event[name]  # type: ignore[literal-required]
        if value is not None and value != "":
            row[_COPIED[name]] = round(value) if name in _WHOLE else value
    if url := event.get("url"):
        row.update(_url_columns(url))
    if referrer := event.get("referrer") or event.get("from_url"):
        row["referrer"] = urls.clean(referrer)
    if image := event.get("image_url"):
        row["interacted_image_url"] = urls.clean(image)
    if target := event.get("target"):
        _add_target(row, target)
    if kind in _SAID:
        _SAID[kind](row, event)
    props = _props(event)
    if props:
        row["props"] = props
    return b"," + orjson.dumps(row)[1:] + b"\n"


def _url_columns(url: str) -> Mapping[str, str]:
    return {name: value for name, value in urls.split(url)._asdict().items() if value}


def _add_target(row: dict[str, Any], target: Mapping[str, Any]) -> None:
    if label := target.get("label"):
        row["target_label"] = label
    if selector := target.get("selector"):
        row["target_selector"] = selector
    if section := target.get("section"):
        row["target_section"] = section
    if href := target.get("href"):
        row["target_href"] = urls.clean(href)
    if "product_id" not in row and (product := target.get("product_id")):
        row["product_id"] = product


def _feedback(row: dict[str, Any], event: Mapping[str, Any]) -> None:
    row["content"] = event.get("text") or ""
    row["role"] = "User"
    if screenshot := event.get("screenshot"):
        row["interacted_image_url"] = f"/images/{screenshot}"


def _message(row: dict[str, Any], event: Mapping[str, Any]) -> None:
    row["content"] = event.get("text") or ""
    row.setdefault("role", "User")


_SAID: dict[str, Any] = {
    "feedback": _feedback,
    "message": _message,
}


def _props(event: Mapping[str, Any]) -> dict[str, Any]:
    """The sender's props, then protocol fields that have no column; a prop of the same name wins."""
    props: dict[str, Any] = {}
    for name in _EXTRA:
        if event.get(name) is not None:
            props[name] = event[name]
    if event["type"] == "search" and event.get("text"):
        props["query"] = event["text"]
    if event["type"] == "error" and event.get("message"):
        props["message"] = event["message"]
    if given := event.get("props"):
        props.update(given)
    return props
