"""The plan: the rows of one session become requests."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from collector.delivery.forwarder.items import IMAGE, Item, context, said, source_of
from collector.interaction import is_conversational
from collector.sites import Forward
from collector.wire.kept import kept_text

MOST_ITEMS = 50
MOST_BYTES = 8_000_000
_IMAGE_BYTES = 7_000_000
_FLAGS = (
    "evaluation_only", "skip_aggregation", "force_extraction", "retrieval_experiment_id", "retrieval_experiment_arm",
)  # fmt: skip
"""What a publish set for the whole request and the server is to know. Whether the session is over is not among them:
the request a text goes with need not be the session's last."""
Row = Mapping[str, Any]


@dataclass
class Draft:
    """A request before its first attempt: what is sent, and which interactions it settles."""

    user_id: str
    session_id: str
    source: str
    agent_version: str
    flags: dict[str, Any] = field(default_factory=dict)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    items: list[Item] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    context: list[str] = field(default_factory=list)
    size: int = 0
    came_ms: int = 0
    """When the first of it came."""

    @property
    def body(self) -> dict[str, Any]:
        """The publish of it; `image_id` still stands for an image's bytes."""
        body = {
            "request_id": self.request_id,
            "user_id": self.user_id,
            "session_id": self.session_id,
            "source": self.source,
            "interaction_data_list": self.items,
            **self.flags,
        }
        return body | ({"agent_version": self.agent_version} if self.agent_version else {})

    @property
    def _shared(self) -> tuple[object, ...]:
        return self.user_id, self.source, self.agent_version, self.flags

    def takes(self, other: "Draft") -> bool:
        """Whether what the other holds fits in here."""
        return (
            self._shared == other._shared
            and len(self.items) + len(other.items) <= MOST_ITEMS
            and self.size + other.size <= MOST_BYTES
        )

    def add(self, other: "Draft") -> None:
        self.items += other.items
        self.said += other.said
        self.context += other.context
        self.size += other.size
        self.came_ms = min(self.came_ms, other.came_ms)


def plan(rows: Iterable[Row], wanted: Collection[str], used: Collection[str], rules: Forward) -> list[Draft]:
    """Requests for the rows of one session, given in order of time.

    `wanted` are the ids of what is to be forwarded, `used` those of actions that went before.
    """
    drafts: list[Draft] = []
    before: list[Row] = []
    for row in rows:
        if row["event_id"] in wanted:
            one = _one(row, _leading(before, row, rules), rules)
            if drafts and drafts[-1].takes(one):
                drafts[-1].add(one)
            else:
                drafts.append(one)
            before = []
        elif is_conversational(row):
            if rules.takes(row["event_name"]):
                before = []  # it went, or will go, with what led to it
        elif row["event_id"] not in used:
            before.append(row)
    return drafts


def _leading(before: Sequence[Row], row: Row, rules: Forward) -> Sequence[Row]:
    since = row["created_s"] - rules.context_minutes * 60
    recent = [one for one in before if one["created_s"] >= since]
    return recent[-rules.context_items :] if rules.context_items else []


def _one(row: Row, leading: Sequence[Row], rules: Forward) -> Draft:
    items = [*(context(one, rules) for one in leading), said(row, rules)]
    return Draft(
        user_id=row["user_id"] or row["visitor_id"] or f"anon:{row['session_id']}",
        session_id=row["session_id"],
        source=source_of(row["source"]),
        agent_version=row["agent_version"],
        flags=_flags(row["publish"]),
        items=items,
        said=[row["event_id"]],
        context=[one["event_id"] for one in leading],
        size=sum(len(orjson.dumps(item)) + (_IMAGE_BYTES if IMAGE in item else 0) for item in items),
        came_ms=min(one["came_ms"] for one in (*leading, row)),
    )


def _flags(publish: str) -> dict[str, Any]:
    """Those set in what a row keeps of its publish."""
    told = kept_text(publish)
    return {name: told[name] for name in _FLAGS if told.get(name)}
