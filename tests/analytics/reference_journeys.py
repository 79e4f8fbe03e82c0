"""Journeys answered slowly and plainly in Python, over the rows of an export."""

import statistics
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from tests.analytics.reference import PAGES, Asked, Row, as_sent, bucket, buckets, fulfils, grouped, in_order, text

FIRSTS = ("device", "browser", "os", "country", "source")
Way = tuple[int, ...]


def about(rows: Sequence[Row]) -> Row:
    """What a session was like."""
    rows = in_order(rows)
    pages = [row.get("path", "") for row in rows if row["event_name"] in PAGES]

    def first(name: str, among: Sequence[Row]) -> str:
        return next((row[name] for row in among if row.get(name)), "")

    names = [row["event_name"] for row in rows]
    return {
        "site": rows[0]["site"],
        "session_id": rows[0]["session_id"],
        "started_at": rows[0]["created_at"],
        "ended_at": rows[-1]["created_at"],
        "duration_s": (rows[-1]["when"] - rows[0]["when"]) / timedelta(seconds=1),
        "interactions": len(rows),
        "pages": len(pages),
        "entry_page": pages[0] if pages else "",
        "exit_page": pages[-1] if pages else "",
        **{name: first(name, rows[::-1]) for name in ("user_id", "visitor_id")},
        **{name: first(name, rows) for name in FIRSTS},
        "is_bot": any(row["is_bot"] for row in rows),
        "has_feedback": any(row.get("content") for row in rows),
        "rage_clicks": names.count("rage_click"),
        "errors": names.count("error"),
        "conversions": names.count("purchase"),
    }


def sessions(asked: Asked) -> list[Row]:
    """All sessions with a matching row, newest first."""
    matching = {row["session"] for row in asked.rows}
    found = grouped((row for row in asked.segmented if row["session"] in matching), lambda row: row["session"])
    return sorted((about(rows) for rows in found.values()), key=lambda one: str(one["started_at"]), reverse=True)


def best_way(rows: Sequence[Row], steps: Sequence[Any], window: timedelta) -> list[Row]:
    """The way that got furthest and ended first, with its latest start: every start is tried."""
    fits = [{n for n, step in enumerate(steps) if fulfils(row, step)} for row in rows]
    order = sorted(
        (place for place, found in enumerate(fits) if found),
        key=lambda place: (rows[place]["when"], min(fits[place]), rows[place]["place"]),
    )
    ways = []
    for start, place in enumerate(order):
        if 0 not in fits[place]:
            continue
        way = [start]
        for later in range(start + 1, len(order)):
            if rows[order[later]]["when"] - rows[place]["when"] > window or len(way) == len(steps):
                break
            if len(way) in fits[order[later]]:
                way.append(later)
        ways.append(way)
    if not ways:
        return []
    furthest = max(map(len, ways))
    way = min((way for way in ways if len(way) == furthest), key=lambda way: (way[-1], -way[0]))
    return [rows[order[place]] for place in way]


def funnel(asked: Asked, steps: Sequence[Any], window: timedelta, who: str, by: str | None, limit: int) -> Row:
    key = "session" if who == "session" else "who"
    ways = [best_way(rows, steps, window) for rows in grouped(asked.rows, lambda row: row[key]).values()]
    counts = _reached(ways, steps)
    made = []
    for n, count in enumerate(counts):
        taken = [(way[n]["when"] - way[n - 1]["when"]) / timedelta(seconds=1) for way in ways if n and len(way) > n]
        made.append(
            {
                "count": count,
                "rate_from_first": count / counts[0] if counts[0] else None,
                "rate_from_previous": count / counts[n - 1] if n and counts[n - 1] else None,
                "median_seconds_from_previous": statistics.median(taken) if taken else None,
            }
        )
    return {"steps": made, "breakdown": _breakdown(asked, steps, window, key, by, limit) if by else []}


def _reached(ways: Sequence[Sequence[Row]], steps: Sequence[Any]) -> list[int]:
    return [sum(len(way) > n for way in ways) for n in range(len(steps))]


def _breakdown(asked: Asked, steps: Sequence[Any], window: timedelta, key: str, by: str, limit: int) -> list[Row]:
    ways: dict[str, list[list[Row]]] = {}
    for rows in grouped(asked.rows, lambda row: row[key]).values():
        firsts = [row for row in rows if fulfils(row, steps[0])]
        if firsts:
            start = min(firsts, key=as_sent)
            ways.setdefault(text(start, by), []).append(best_way(rows, steps, window))
    counted = {value: _reached(found, steps) for value, found in ways.items()}
    order = sorted(counted, key=lambda value: (-counted[value][0], value.encode()))
    made = [{"value": value, "rest": False, "steps": counted[value]} for value in order[:limit]]
    if order[limit:]:
        rest = [sum(column) for column in zip(*[counted[value] for value in order[limit:]], strict=True)]
        made.append({"value": "other", "rest": True, "steps": rest})
    return made


def paths(asked: Asked, path: str | None, direction: str, depth: int, limit: int) -> tuple[Row, Row]:
    """Sessions at each node, and on each link; a node is (depth, rest, page)."""
    ways = []
    for rows in grouped((row for row in asked.rows if row["event_name"] in PAGES), lambda row: row["session"]).values():
        pages: list[str] = []
        for row in in_order(rows):
            if not pages or pages[-1] != row.get("path", ""):
                pages.append(row.get("path", ""))
        if path is not None and path not in pages:
            continue
        if direction == "after":
            ways.append(pages[pages.index(path) if path is not None else 0 :][: depth + 1])
        else:
            until = pages.index(path) + 1 if path is not None else len(pages)
            ways.append(pages[:until][::-1][: depth + 1])
    nodes: Row = {}
    links: Row = {}
    for step in range(depth + 1):
        here = grouped((way for way in ways if len(way) > step), lambda way: way[step])  # noqa: B023
        for place, page in enumerate(sorted(here, key=lambda page: (-len(here[page]), page.encode()))):
            node = (step, False, page) if place < limit else (step, True, "")
            nodes[node] = nodes.get(node, 0) + len(here[page])
    for way in ways:
        known = [
            (step, False, page) if (step, False, page) in nodes else (step, True, "") for step, page in enumerate(way)
        ]
        for link in pairwise(known):
            links[link] = links.get(link, 0) + 1
    return nodes, links


def retention(everything: Sequence[Row], asked: Asked, query: Row, interval: str, cohort: Any) -> Row:
    """Bucket names, and for each: how many came first in it, how many of them came in each later one, new, returning."""
    names = buckets(asked, interval)
    ever = [
        row
        for row in everything
        if row["when"] < asked.end
        and query.get("site") in (None, row["site"])
        and (query.get("bots", "exclude") == "include" or row["is_bot"] == (query.get("bots") == "only"))
    ]

    def firsts(part: Any) -> dict[Any, Any]:
        """The bucket of a visitor's first time; None where it was before the window."""
        found = grouped((row for row in ever if fulfils(row, part)), lambda row: row["who"])
        times = {who: min(row["when"] for row in rows) for who, rows in found.items()}
        return {who: bucket(at, interval, asked.zone) if at >= asked.start else None for who, at in times.items()}

    there = {
        who: {bucket(row["when"], interval, asked.zone) for row in rows}
        for who, rows in grouped(asked.rows, lambda row: row["who"]).items()
    }
    first, first_ever = firsts(cohort), firsts(None)
    cohorts = []
    for place, name in enumerate(names):
        members = [who for who in there if first.get(who) == name]
        cohorts.append((len(members), [sum(later in there[who] for who in members) for later in names[place:]]))
    new = [sum(name in there[who] and first_ever[who] == name for who in there) for name in names]
    visitors = [sum(name in there[who] for who in there) for name in names]
    returning = [total - fresh for total, fresh in zip(visitors, new, strict=True)]
    return {"cohorts": cohorts, "new": new, "returning": returning}


def feedback(asked: Asked, everything: Sequence[Row], q: str) -> list[tuple[str, list[str]]]:
    """Ids of what was written, newest first, each with the names of what came before it, newest first."""
    found = []
    for row in in_order(asked.rows)[::-1]:
        said = [row.get("content", ""), row.get("expert_content", "")]
        if any(said) and (not q or any(q.lower() in part.lower() for part in said)):
            session = in_order([one for one in everything if one["session"] == row["session"]])
            place = [one["event_id"] for one in session].index(row["event_id"])
            before = [one for one in session[:place] if row["when"] - one["when"] <= timedelta(days=1)]
            found.append((row["event_id"], [one["event_name"] for one in before[-5:][::-1]]))
    return found
