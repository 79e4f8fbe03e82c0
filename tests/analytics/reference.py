"""The questions answered slowly and plainly in Python, over the rows of an export."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Row = dict[str, Any]
PAGES = ("page_view", "navigate", "restore")
NUMBERS = {"value", "rating", "scroll_depth", "count", "visible_ms", "x", "y", "page_x", "page_y", "viewport_width"}


class Rows(list[Row]):
    """Rows that do not fill the screen when a test fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} rows>"


def read_row(row: Row) -> Row:
    """A row of the export, its time read, and who did it."""
    user = row.get("user_id") or row.get("visitor_id") or row["session_id"]
    return {
        **row,
        "when": datetime.fromisoformat(row["created_at"]),
        "who": (row["site"], user),
        "session": (row["site"], row["session_id"]),
    }


def as_sent(row: Row) -> tuple[Any, ...]:
    """Orders rows by time, and those of one moment as they were sent."""
    return (row["when"], row["received_at"], row["place"], row["interaction_id"])


def text(row: Row, name: str) -> str:
    """A field as text; empty when it is missing."""
    value = row.get("props", {}).get(name[6:]) if name.startswith("props.") else row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def number(row: Row, name: str) -> float | None:
    if name in NUMBERS:
        return row.get(name)
    try:
        return float(text(row, name))
    except ValueError:
        return None


def fulfils(row: Row, part: Any) -> bool:
    """Whether a row fulfils a filter."""
    if part is None:
        return True
    if "and" in part:
        return all(fulfils(row, one) for one in part["and"])
    if "or" in part:
        return any(fulfils(row, one) for one in part["or"])
    if "not" in part:
        return not fulfils(row, part["not"])
    name = part["field"]
    [(operator, wanted)] = [(key, value) for key, value in part.items() if key != "field"]
    if operator == "exists":
        return wanted == (number(row, name) is not None if name in NUMBERS else text(row, name) != "")
    if operator == "contains":
        return wanted.lower() in text(row, name).lower()
    if operator == "starts_with":
        return text(row, name).startswith(wanted)
    if operator in ("is", "is_not"):
        values = wanted if isinstance(wanted, list) else [wanted]
        return (operator == "is") == any(_equal(row, name, value) for value in values)
    found = number(row, name)
    if found is None:
        return False
    return {"gt": found > wanted, "gte": found >= wanted, "lt": found < wanted, "lte": found <= wanted}[operator]


def _equal(row: Row, name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return text(row, name) == ("true" if value else "false")
    if isinstance(value, int | float):
        return number(row, name) == value
    return text(row, name) == value


class Asked:
    """A question's parameters, and the rows it is about."""

    def __init__(self, rows: Iterable[Row], query: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(query.get("tz", "UTC"))
        self.start, self.end = query["from"], query["to"]
        bots = query.get("bots", "exclude")
        here = [
            row
            for row in rows
            if self.start <= row["when"] < self.end
            and query.get("site") in (None, row["site"])
            and (bots == "include" or row["is_bot"] == (bots == "only"))
        ]
        self.segmented = here
        for segment in query.get("segment") or []:
            key = "session" if segment["who"] == "session" else "who"
            did = {row[key] for row in here if fulfils(row, segment["did"])}
            wanted = not segment.get("not", False)
            self.segmented = [row for row in self.segmented if (row[key] in did) == wanted]
        self.filter = query.get("filter")
        self.rows = [row for row in self.segmented if fulfils(row, self.filter)]


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def measure(rows: list[Row], name: str) -> int:
    if name == "interactions":
        return len(rows)
    return len({row["who" if name == "visitors" else "session"] for row in rows})


def summary(asked: Asked) -> Row:
    matching = {row["session"] for row in asked.rows}
    sessions = grouped((row for row in asked.segmented if row["session"] in matching), lambda row: row["session"])
    seen = bounced = 0
    lengths = []
    for rows in sessions.values():
        times = [row["when"] for row in rows]
        lengths.append((max(times) - min(times)) / timedelta(seconds=1))
        pages = sum(row["event_name"] in PAGES for row in rows)
        seen += pages > 0
        bounced += pages == 1 and not any(row["user_action"] in ("click", "type") for row in rows)
    return {
        "interactions": len(asked.rows),
        "visitors": measure(asked.rows, "visitors"),
        "sessions": len(sessions),
        "page_views": sum(row["event_name"] in PAGES for row in asked.rows),
        "interactions_per_session": len(asked.rows) / len(sessions) if sessions else None,
        "bounce_rate": bounced / seen if seen else None,
        "median_duration_s": statistics.median(lengths) if lengths else None,
    }


def bucket(moment: datetime, interval: str, zone: ZoneInfo) -> tuple[Any, ...]:
    """A name of the bucket a moment is in: its local date and time, cut off, and for hours what the clocks say."""
    local = moment.astimezone(zone)
    if interval == "minute":
        return (local.replace(second=0, microsecond=0, fold=0, tzinfo=None), local.utcoffset())
    if interval == "hour":
        return (local.replace(minute=0, second=0, microsecond=0, fold=0, tzinfo=None), local.utcoffset())
    if interval == "week":
        return tuple(local.isocalendar())[:2]
    return (local.year, local.month, local.day) if interval == "day" else (local.year, local.month)


def buckets(asked: Asked, interval: str) -> list[tuple[Any, ...]]:
    """All buckets from the first to the last moment of the window, by looking at every minute of it."""
    found: dict[tuple[Any, ...], None] = {}
    moment = asked.start
    while moment < asked.end:
        found[bucket(moment, interval, asked.zone)] = None
        moment += timedelta(minutes=1)
    found[bucket(asked.end - timedelta(milliseconds=1), interval, asked.zone)] = None
    return list(found)


def timeseries(asked: Asked, interval: str, of: str, by: str | None, limit: int) -> list[tuple[str, bool, list[int]]]:
    names = buckets(asked, interval)
    series: dict[tuple[bool, str], list[Row]] = {} if by else {(False, "all"): asked.rows}
    if by:
        values = grouped(asked.rows, lambda row: text(row, by))
        order = sorted(values, key=lambda value: (-measure(values[value], of), value.encode()))
        for place, value in enumerate(order):
            key = (True, "other") if place >= limit else (False, value)
            series.setdefault(key, []).extend(values[value])
    found = []
    for (rest, name), rows in series.items():
        parts = grouped(rows, lambda row: bucket(row["when"], interval, asked.zone))
        found.append((name, rest, [measure(parts.get(one, []), of) for one in names]))
    return sorted(found)


def top(asked: Asked, by: str) -> list[Row]:
    """All items, in the order they are answered in."""
    if by in ("entry_page", "exit_page"):
        return _session_pages(asked, by)
    found = grouped((row for row in asked.rows if _about(row, by)), lambda row: _value(row, by))
    items = [
        {"value": value, **{name: measure(rows, name) for name in ("interactions", "visitors", "sessions")}}
        for value, rows in found.items()
    ]
    return sorted(items, key=lambda item: (-item["interactions"], item["value"].encode()))


def _value(row: Row, by: str) -> str:
    if by == "referrer":
        return (urlsplit(row["referrer"]).hostname or "").removeprefix("www.")
    if by == "element":
        return str(row.get("target_label") or row.get("target_selector"))
    names = {
        "page": "path", "campaign": "utm_campaign", "search": "props.query", "event": "event_name",
        "error": "props.message", "product": "product_id", "image": "interacted_image_url",
    }  # fmt: skip
    return text(row, names.get(by, by))


def _about(row: Row, by: str) -> bool:
    if by == "page":
        return row["event_name"] in PAGES
    if by == "referrer":
        hosts = [(urlsplit(row.get(name, "")).hostname or "").removeprefix("www.") for name in ("referrer", "url")]
        return row["event_name"] == "page_view" and bool(hosts[0]) and hosts[0] != hosts[1]
    if by == "campaign":
        return row["event_name"] in PAGES and bool(row.get("utm_campaign"))
    if by == "element":
        return row["user_action"] == "click" and bool(row.get("target_label") or row.get("target_selector"))
    if by in ("search", "error"):
        return bool(row["event_name"] == by)
    if by == "image":
        return bool(row.get("interacted_image_url")) and row["event_name"] not in ("feedback", "message")
    return by == "event" or _value(row, by) != ""


def _session_pages(asked: Asked, by: str) -> list[Row]:
    pages: dict[str, list[list[Row]]] = defaultdict(list)
    matching = grouped(asked.rows, lambda row: row["session"])
    for session, rows in grouped(asked.segmented, lambda row: row["session"]).items():
        seen = [row for row in in_order(rows) if row["event_name"] in PAGES]
        if session in matching and seen:
            pages[seen[0 if by == "entry_page" else -1]["path"]].append(matching[session])
    items = []
    for path, sessions in pages.items():
        rows = [row for session in sessions for row in session]
        items.append(
            {"value": path, "interactions": len(rows), "visitors": measure(rows, "visitors"), "sessions": len(sessions)}
        )
    return sorted(items, key=lambda item: (-item["sessions"], -item["interactions"], item["value"].encode()))


def in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=as_sent)


def images(asked: Asked, order: str) -> list[Row]:
    items = []
    for url, rows in grouped(
        (row for row in asked.rows if _about(row, "image")), lambda row: _value(row, "image")
    ).items():
        looked = [row for row in rows if row["event_name"] == "image_view"]
        touched = [
            row
            for row in rows
            if row["user_action"] == "click" and row["event_name"] not in ("add_to_cart", "purchase")
        ]
        carted = [row for row in rows if row["event_name"] == "add_to_cart"]
        sessions = measure(rows, "sessions")
        shown = [row["visible_ms"] for row in looked if row.get("visible_ms") is not None]
        items.append(
            {
                "image_url": url,
                "product_id": max(text(row, "product_id") for row in rows),
                "label": max(
                    (text(row, "target_label") for row in rows if row.get("target_role") in ("link", "img")), default=""
                ),
                "views": len(looked),
                "view_ms_median": statistics.median(shown) if shown else None,
                "touches": len(touched),
                "carts": len(carted),
                "sessions": sessions,
                "touch_rate": measure(touched, "sessions") / sessions,
                "cart_rate": measure(carted, "sessions") / sessions,
            }
        )
    return sorted(items, key=lambda item: (-item[order], -item["sessions"], -item["views"], item["image_url"].encode()))


def click_troubles(asked: Asked, event: str) -> Row:
    rows = [row for row in asked.rows if row["event_name"] == event]
    parts = grouped(rows, lambda row: (row["path"], text(row, "target_label"), text(row, "target_selector")))
    items = {
        key: (len(part), measure(part, "sessions"), {row["session_id"] for row in part}) for key, part in parts.items()
    }
    return {"count": len(rows), "sessions": measure(rows, "sessions"), "items": items}


def forms(asked: Asked) -> dict[tuple[str, str], tuple[int, int, set[str]]]:
    """Sessions that started each form, how many of them sent it, and those that did not."""
    steps = ("form_start", "form_submit", "feedback")
    rows = [row for row in asked.segmented if row["event_name"] in steps]
    parts = grouped(rows, lambda row: (row["path"], text(row, "target_label") or text(row, "target_selector")))

    def started(row: Row) -> bool:
        return row["event_name"] == "form_start" and fulfils(row, asked.filter)

    found = {}
    for key, part in parts.items():
        sessions = [
            (any(row["event_name"] != "form_start" for row in session), session[0]["session_id"])
            for session in grouped(part, lambda row: row["session"]).values()
            if any(map(started, session))
        ]
        if sessions:
            found[key] = (
                len(sessions),
                sum(sent for sent, _ in sessions),
                {name for sent, name in sessions if not sent},
            )
    return found


def quick_backs(asked: Asked) -> dict[str, tuple[int, set[str]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for rows in grouped(asked.segmented, lambda row: row["session"]).values():
        pages = [row for row in in_order(rows) if row["event_name"] in PAGES]
        for before, here, after in zip(pages, pages[1:], pages[2:], strict=False):
            back = before["path"] == after["path"] != here["path"]
            if back and after["when"] - here["when"] < timedelta(seconds=10) and fulfils(here, asked.filter):
                found[here["path"]].append(here["session_id"])
    return {path: (len(sessions), set(sessions)) for path, sessions in found.items()}


def errors(asked: Asked) -> dict[tuple[str, str], tuple[int, set[str]]]:
    parts = grouped(
        (row for row in asked.rows if row["event_name"] == "error"),
        lambda row: (text(row, "props.message"), row["path"]),
    )
    return {key: (len(part), {row["session_id"] for row in part}) for key, part in parts.items()}


def heatmap(asked: Asked, path: str, device: str | None, columns: int) -> Row:
    here = [row for row in asked.rows if row.get("path") == path and device in (None, row.get("device"))]
    cells: Counter[tuple[int, int]] = Counter()
    for row in here:
        width = row.get("viewport_width") or 0
        if (
            row["event_name"] == "click"
            and width > 0
            and row.get("page_x") is not None
            and row.get("page_y") is not None
        ):
            column = min(columns - 1, max(0, math.floor(row["page_x"] * columns / width)))
            cells[column, max(0, math.floor(row["page_y"] * columns / width))] += 1
    widths = [row["viewport_width"] for row in here if row.get("viewport_width") is not None]
    heights = [row["page_height"] for row in here if row.get("page_height") is not None]
    deepest = [
        max(row.get("scroll_depth") or 0 for row in rows)
        for rows in grouped(
            (row for row in here if row["event_name"] in ("scroll", *PAGES)), lambda row: row["session"]
        ).values()
    ]
    return {
        "cells": cells,
        "viewport_width_median": statistics.median(widths) if widths else None,
        "page_height_median": statistics.median(heights) if heights else None,
        "depths": {
            depth: sum(value >= depth for value in deepest) / len(deepest) for depth in range(0, 101, 5) if deepest
        },
    }


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
