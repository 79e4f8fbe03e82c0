"""What tombstones mean, in a form that a writer can ask for each record batch. Opaque to the disk."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from collector.erasure.reach import Reach
from collector.intake.clock import came

_EVENTS = "events"
_HEAD_END = re.compile(rb",\"[a-z_]+\":\[")
_EVENT_IDS, _TIMES = b'"event_id":[', b'"at_ms":['
Sites = tuple[str, ...] | None
_Marks = dict[str, list[tuple[Sites, Reach]]]
"""By a value: at which sites it is deleted, and up to when."""


def event_value(event: str, session: str) -> str:
    """The value of kind `events` for an event of one session: a faulty client may use an id in several. An id alone
    means it in all."""
    return f"{event}/{session}"


def event_id(value: str) -> str:
    """The event's id in a value of kind `events`."""
    return value.partition("/")[0]


class Meaning:
    """All tombstones together."""

    def __init__(self) -> None:
        self._by_kind: dict[str, _Marks] = defaultdict(lambda: defaultdict(list))
        self._events: set[str] = set()

    def add(self, kind: str, values: Sequence[str], sites: Sites, reach: Reach) -> None:
        """Take a tombstone in; who keeps `reach` may change it later."""
        for value in values or ("",):
            self._by_kind[kind][value].append((sites, reach))
            if kind == _EVENTS:
                self._events.add(event_id(value))

    def may_touch(self, batch: bytes) -> bool:
        """Whether a record batch may hold something deleted; cheap, and says yes where it is not sure."""
        if self._events and not self._events.isdisjoint(_event_ids(batch)):
            return True
        head = _head(batch)
        if head is None:
            return True
        marks = [mark for kind, value in _named(head) for mark in self._marks(kind, value)]
        reaches = [reach for sites, reach in marks if _at(sites, head.get("site", ""))]
        if not reaches:
            return False
        first, received = _first_came(batch, head), head.get("received_at", "")
        return any(reach.covers(first, received) for reach in reaches)

    def names(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is deleted."""
        site = row.get("site", "")
        event = row.get("event_id", "").lower()  # which never comes again for anything else in its session
        for value in (event, event_value(event, row.get("session_id", ""))):
            if any(_at(sites, site) for sites, _ in self._marks(_EVENTS, value)):
                return True
        return any(
            _at(sites, site) and reach.covers(came(row), row.get("received_at", ""))
            for kind, value in _named(row)
            for sites, reach in self._marks(kind, value)
        )

    def _marks(self, kind: str, value: str) -> list[tuple[Sites, Reach]]:
        marks = self._by_kind.get(kind)
        return marks.get(value, []) if marks else []


def _named(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The kinds and values under which a row could be deleted, but events."""
    session = row.get("session_id", "")
    who = row.get("user_id") or row.get("visitor_id") or f"anon:{session}"
    return [("requests", row.get("request_id", "")), ("session", session), ("user", who), ("everything", "")]


def _at(sites: Sites, site: str) -> bool:
    return sites is None or site in sites


def _head(batch: bytes) -> dict[str, Any] | None:
    """The shared fields of a record batch, which stand before its columns; None when that is not plain."""
    found = _HEAD_END.search(batch)
    if not found:
        return None
    try:
        head: dict[str, Any] = orjson.loads(batch[: found.start()] + b"}")
    except orjson.JSONDecodeError:
        return None
    return head


def _event_ids(batch: bytes) -> list[str]:
    column = _column(batch, _EVENT_IDS)
    return column.decode().lower().replace('"', "").split(",") if column else []


def _first_came(batch: bytes, head: Mapping[str, Any]) -> str:
    """When the first of a record batch came."""
    times = _column(batch, _TIMES)
    return came({**head, "at_ms": min(map(int, times.split(b","))) if times else 0})


def _column(batch: bytes, name: bytes) -> bytes:
    """The values of a column of plain ids or numbers, as they stand there."""
    start = batch.find(name)
    if start < 0:
        return b""
    start += len(name)
    return batch[start : batch.index(b"]", start)]
