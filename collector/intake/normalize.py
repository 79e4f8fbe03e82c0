"""Normalize: the checked events of a batch become its record batch, one JSON line.

This is the hot path: what holds for the whole batch is written once, an event's own fields go into columns, since
most are columns already, and what the engine can derive faster (`path`, the UTM columns, `created_at`) is left to it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from msgspec.structs import astuple

from collector import recordbatch
from collector.images import own_image
from collector.intake import url as urls
from collector.intake.check import Checked
from collector.intake.describe import describe
from collector.intake.useragent import Agent
from collector.interaction import ACTION_OF
from collector.wire.compiled import EVENT_COLUMNS, NO_CONTEXT, NO_TARGET, TARGET_COLUMNS, Event


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def stamp(milliseconds: int) -> str:
    """Unix ms as ClickHouse reads a time: `2026-11-23 08:00:00.123`, UTC."""
    second, rest = divmod(milliseconds, 1000)
    return f"{_second(second)}.{rest:03d}"


def record_batch(
    checked: Checked,
    *,
    site: str,
    agent: Agent,
    country: str,
    visitor_id: str,
    received_at: int,
    offset: int,
    own_url: str = "",
) -> bytes:
    """The record batch of a batch's events, empty when there are none. The events are used up.

    `received_at` is in Unix ms; `offset` (ms) is added to the browser's times to make `created_at`. `own_url`: where
    our own images stand.
    """
    if not checked.events:
        return b""
    batch = checked.batch
    context = batch.context or NO_CONTEXT
    viewport = context.viewport or (None, None)
    shared = {
        "site": site,
        "request_id": batch.batch_id.lower(),
        "session_id": batch.session_id,
        "visitor_id": visitor_id,
        "user_id": batch.user_id,
        "source": batch.source,
        "agent_version": batch.agent_version,
        "received_at": stamp(received_at),
        "offset_ms": offset or None,
        "browser": agent.browser,
        "os": agent.os,
        "device": agent.device,
        "is_bot": agent.is_bot or None,
        "country": country,
        "language": context.language,
        "timezone": context.timezone,
        "viewport_width": viewport[0],
        "viewport_height": viewport[1],
    }
    return recordbatch.encode(shared, _columns(checked.events, own_url), len(checked.events))


def _columns(events: list[Event], own_url: str) -> dict[str, recordbatch.Column]:
    kinds = [*map(_EVENT_NAME, events)]
    descriptions = [*map(describe, events)]
    if not _OWN.keys().isdisjoint(kinds):
        for kind, event in zip(kinds, events, strict=True):
            if kind in _OWN:
                _OWN[kind](event)
    columns = _filled(EVENT_COLUMNS, events)
    columns["event_id"] = [*map(str.lower, columns["event_id"])]  # as the engine tells them
    if targets := columns.pop("target", None):
        if None in targets:
            targets = [target or NO_TARGET for target in targets]
        _add_target(columns, _filled(TARGET_COLUMNS, targets))
    images = columns.get("interacted_image_url")
    for name in _URLS:
        if name in columns:
            columns[name] = _cleaned(columns[name])
    if images:
        _name_own_images(columns, images, own_url)
    if "screenshot" in columns:
        _show_screenshots(columns)
    for name in _SAYINGS:
        if name in columns:
            columns[name] = [text if kind in _SAID else None for kind, text in zip(kinds, columns[name], strict=True)]
    for name in _NO_COLUMNS:
        columns.pop(name, None)
    columns["user_action_description"] = descriptions
    columns["user_action"] = [_ACTION[kind] for kind in kinds]
    return columns


def _filled(names: tuple[str, ...], structs: Sequence[Any]) -> dict[str, recordbatch.Column]:
    """The columns in which anything stands."""
    nothing = (None,) * len(structs)
    columns = zip(*map(astuple, structs))  # noqa: B905 - all are of one type
    return {name: column for name, column in zip(names, columns) if column != nothing}  # noqa: B905


_ACTION = {name: action.value for name, action in ACTION_OF.items()}
_EVENT_NAME = attrgetter("event_name")
_NO_COLUMNS = tuple({*EVENT_COLUMNS, *TARGET_COLUMNS} - {*recordbatch.OWN})
"""Fields that are used above, or of no use to a type."""
_URLS = ("url", "interacted_image_url", "referrer", "target_href")
_SAYINGS = ("content", "expert_content")
_SAID = frozenset({"feedback", "message"})
"""Types whose text is content; elsewhere a text is not something said."""


def _cleaned(column: recordbatch.Column) -> recordbatch.Column:
    """URLs without what is secret; often all events of a batch have one page."""
    first, length = column[0], len(column)
    if column.count(first) == length:
        return [urls.clean(first)] * length
    return [url and urls.clean(url) for url in column]


def _name_own_images(columns: dict[str, recordbatch.Column], images: recordbatch.Column, own_url: str) -> None:
    """Our own images as rows name them; `images`: as they were sent, since an id looks like a secret."""
    if not [sent for sent in images if sent and sent.startswith((own_url, "/images/"))]:
        return
    columns["interacted_image_url"] = [
        (sent and own_image(sent, own_url)) or cleaned
        for sent, cleaned in zip(images, columns["interacted_image_url"], strict=True)
    ]


def _show_screenshots(columns: dict[str, recordbatch.Column]) -> None:
    """The image of an event that comes with a screenshot is that, at our own image route."""
    images = columns.get("interacted_image_url") or [None] * len(columns["screenshot"])
    columns["interacted_image_url"] = [
        f"/images/{shot}" if shot else image for shot, image in zip(columns["screenshot"], images, strict=True)
    ]


def _add_target(columns: dict[str, recordbatch.Column], target: dict[str, recordbatch.Column]) -> None:
    """The target's fields have columns of their own, but its tag; its product counts where the event names none."""
    target.pop("target_tag", None)
    products = target.pop("target_product_id", None)
    if products and "product_id" in columns:
        products = [own or theirs for own, theirs in zip(columns["product_id"], products, strict=True)]
    if products:
        columns["product_id"] = products
    columns.update(target)


def _into_props(*names: str) -> Callable[[Event], None]:
    """Fields of the protocol that have no column stand among the props; the sender's own prop wins."""

    def move(event: Event) -> None:
        moved = {name: value for name in names if (value := getattr(event, name)) is not None}
        if moved:
            event.props = {**moved, **(event.props or {})}

    return move


def _navigate(event: Event) -> None:
    event.referrer = event.from_url or event.referrer
    if event.kind is not None:
        event.props = {"kind": event.kind, **(event.props or {})}


def _search(event: Event) -> None:
    if event.content is not None:
        event.props = {"query": event.content, **(event.props or {})}


def _feedback(event: Event) -> None:
    event.role = "User"


def _message(event: Event) -> None:
    event.role = event.role or "User"


def _custom(event: Event) -> None:
    event.event_name = event.name


_OWN: dict[str, Callable[[Event], None]] = {
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
