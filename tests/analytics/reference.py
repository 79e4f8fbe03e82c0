"""The questions answered slowly and plainly in Python, over the rows of an export."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
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


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
