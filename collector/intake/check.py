"""Decode and validate: bytes become checked events, and each refused event gets its reason.

A sound batch is validated in one pass straight from its bytes, by the protocol's compiled models. Only when that fails
do the models themselves take it apart, so that one bad event costs the others nothing but time.
"""

import re
import zlib
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from collector.interaction import RESERVED_NAMES
from collector.rejection import Reason, Rejected
from collector.wire.beacon import EVENT, LOOSE_BATCH, RejectedEvent
from collector.wire.compiled import Batch, Event, all_uuids, batch_of, decode, event_of

_validate_event = EVENT.validator.validate_python
_MOST_REJECTION_BYTES = 300
_ESCAPES = re.compile(rb"\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|\\u[dD][89a-fA-F][\da-fA-F]{2}")
"""An escaped backslash, an emoji, or half of one: `JSON.stringify` writes what a page has cut."""
_ONE = len(rb"\ud83d")
_EVENT_ID, _EVENT_NAME = attrgetter("event_id"), attrgetter("event_name")


@dataclass(slots=True)
class Checked:
    """A batch whose envelope is sound: the events that are, and why the others are not."""

    batch: Batch
    events: list[Event]
    rejected: list[RejectedEvent] = field(default_factory=list)


def inflate(body: bytes, most: int) -> bytes:
    """Undo gzip, to at most `most` bytes. Raises Rejected."""
    machine = zlib.decompressobj(wbits=31)
    try:
        data = machine.decompress(body, most + 1)
    except zlib.error:
        raise Rejected(Reason.UNSUPPORTED_ENCODING, "the body is announced as gzip and is not") from None
    if len(data) > most:
        raise Rejected(Reason.BODY_TOO_LARGE, f"the body inflates to more than {most} bytes")
    if not machine.eof:
        raise Rejected(Reason.UNSUPPORTED_ENCODING, "the gzip body is cut off")
    if machine.unused_data:
        raise Rejected(Reason.UNSUPPORTED_ENCODING, "the gzip body is followed by other bytes; send one member")
    return data


def check(body: bytes, *, most_events: int) -> Checked:
    """Validate a batch. Raises Rejected when nothing of it can be used."""
    checked = _decode(body) or _take_apart(body)
    if len(checked.events) + len(checked.rejected) > most_events:
        raise Rejected(Reason.TOO_MANY_EVENTS, f"a batch holds at most {most_events} events", "events")
    events = checked.events
    ids = [*map(_EVENT_ID, events)]
    # in capitals an id may be another one's twin
    text = "".join(ids)
    if len(set(ids)) != len(ids) or text != text.lower() or "custom" in map(_EVENT_NAME, events):
        _refuse_faulty(checked)
    return checked


def _decode(body: bytes) -> Checked | None:
    """A batch in which everything is sound, or None."""
    try:
        if not body.isascii():
            body.decode()  # what nobody knows is skipped without a look at its characters
        batch = decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    ids = [batch.batch_id, batch.session_id, *map(_EVENT_ID, batch.events)]
    return Checked(batch, batch.events) if all_uuids(ids) else None


def _take_apart(body: bytes) -> Checked:
    try:
        loose = cast(Any, LOOSE_BATCH.validator.validate_json(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            if (whole := _ESCAPES.sub(_no_half, body)) != body:
                return _take_apart(whole)
            raise Rejected(Reason.MALFORMED_JSON, first["msg"]) from None
        raise Rejected(Reason.INVALID_BATCH, _words(first), _field(first)) from None
    events, rejected = [], []
    for index, item in enumerate(loose["events"]):
        try:
            events.append(event_of(_validate_event(item)))
        except ValidationError as error:
            rejected.append(_rejection(index, item, error))
    return Checked(batch_of(loose, events), events, rejected)


def _no_half(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if len(escape[0]) == _ONE else escape[0]


def _rejection(index: int, item: object, error: ValidationError) -> RejectedEvent:
    first = error.errors(include_url=False, include_input=False)[0]
    field = _field(first)
    unknown = field == "type" and first["type"] == "literal_error"
    reason = Reason.UNKNOWN_EVENT_TYPE if unknown else Reason.INVALID_EVENT
    event_id = item.get("event_id") if isinstance(item, dict) else None
    return refusal(index, event_id, reason, _words(first), field)


def refusal(index: int, event_id: object, reason: Reason, message: str, field: str = "") -> RejectedEvent:
    """The answer's entry for one refused event."""
    entry: RejectedEvent = {"index": index, "reason": reason.value, "message": message[:_MOST_REJECTION_BYTES]}
    if isinstance(event_id, str):
        entry["event_id"] = event_id[:64]
    if field:
        entry["field"] = field[:_MOST_REJECTION_BYTES]
    return entry


def _field(error: ErrorDetails) -> str:
    # pydantic names the branch of a union too, such as props.color.str; people only want the path
    parts = [str(part) for part in error["loc"]]
    branches = {"str", "bool", "int", "float", "none", "constrained-str", "constrained-int"}
    while len(parts) > 1 and parts[-1] in branches:
        parts.pop()
    return ".".join(parts)


def _words(error: ErrorDetails) -> str:
    where = _field(error)
    return f"{where}: {error['msg']}" if where else error["msg"]


def _refuse_faulty(checked: Checked) -> None:
    """Rules that a type can't state: ids are unique in a batch, a custom event has a free name."""
    seen: set[str] = set()
    faulty: dict[int, RejectedEvent] = {}
    for position, event in enumerate(checked.events):
        entry = _fault(event, seen)
        if entry:
            faulty[position] = entry
        seen.add(event.event_id.lower())
    if faulty:
        remove(checked, faulty)


def _fault(event: Event, seen: set[str]) -> RejectedEvent | None:
    event_id, name = event.event_id, event.name
    if event_id.lower() in seen:
        return refusal(-1, event_id, Reason.DUPLICATE_EVENT, "event_id: stands in the batch before", "event_id")
    if event.event_name == "custom" and not name:
        return refusal(-1, event_id, Reason.INVALID_EVENT, "name: a custom event needs one", "name")
    if event.event_name == "custom" and name in RESERVED_NAMES:
        return refusal(
            -1, event_id, Reason.RESERVED_NAME, f"name: {name} is a type of its own; send it as type", "name"
        )
    return None


def remove(checked: Checked, faulty: dict[int, RejectedEvent]) -> None:
    """Move events out of `checked.events`, by position, into `rejected`, with their index in the batch as sent."""
    refused = {entry["index"] for entry in checked.rejected}
    total = len(checked.events) + len(checked.rejected)
    places = [index for index in range(total) if index not in refused]
    for position, entry in faulty.items():
        entry["index"] = places[position]
        checked.rejected.append(entry)
    checked.events = [event for position, event in enumerate(checked.events) if position not in faulty]
    checked.rejected.sort(key=lambda entry: entry["index"])
