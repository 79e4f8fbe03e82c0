"""What the tests of intake start from: a sound batch, and short ways to change it and to look at the result."""

import json
from typing import Any

from collector import recordbatch
from collector.intake.check import Checked, check
from collector.intake.normalize import record_batch
from collector.intake.useragent import Agent

NOW = 1_795_348_802_000
AGENT = Agent("Firefox 140", "Linux", "desktop", is_bot=False)
Json = dict[str, Any]


def uuid(number: int) -> str:
    """A version 7 UUID, the same for the same number."""
    return f"0193a5c0-0000-7000-8000-{number:012x}"


def event(number: int = 1, /, **fields: object) -> Json:
    return {"event_id": uuid(number), "at": NOW, "type": "click", **fields}


def batch(*events: object, **fields: object) -> Json:
    """A batch as a page sends it; one click when no events are given."""
    return {
        "v": 1,
        "batch_id": uuid(1000),
        "sent_at": NOW,
        "session_id": uuid(2000),
        "events": list(events) or [event()],
        **fields,
    }


def body(*events: object, **fields: object) -> bytes:
    return json.dumps(batch(*events, **fields)).encode()


def checked(*events: object, **fields: object) -> Checked:
    return check(body(*events, **fields), most_events=500)


def spooled(sound: Checked, **changes: Any) -> bytes:
    """The record batch of a checked batch, as bytes for the spool."""
    about: Json = {
        "site": "shop",
        "agent": AGENT,
        "country": "DE",
        "visitor_id": "visitor-1",
        "received_at": NOW,
        "offset": 0,
        **changes,
    }
    return record_batch(sound, **about)


def rows(sound: Checked, **changes: Any) -> list[Json]:
    """The interactions of a checked batch, as they come out of its record batch."""
    line = spooled(sound, **changes)
    return recordbatch.rows(line) if line else []


def row(**fields: object) -> Json:
    """The one row a single event becomes."""
    (only,) = rows(checked(event(**fields)))
    return only
