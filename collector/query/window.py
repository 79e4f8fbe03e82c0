"""Time windows: `from` (inclusive) to `to` (exclusive), as ISO 8601 or Unix ms."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Windows are not cut into slices before this: little is older, told by a publish."""
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 31, tzinfo=UTC)
"""What the engine's times can hold."""


def parse_time(value: object) -> object:
    """A moment from ISO 8601 text (without a zone: UTC) or Unix ms. Raises ValueError."""
    return _in_utc(parse_local(value))


def parse_local(value: object) -> datetime:
    """The same, but what says no zone stays without one. Raises ValueError."""
    try:
        moment = value if isinstance(value, datetime) else _moment(str(value).strip())
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None or not FIRST <= _in_utc(moment) <= LAST:
        raise ValueError("must be a time: ISO 8601 such as 2026-11-23T08:00:00Z, or Unix ms")
    return moment


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(int(text) / 1000, UTC) if text.lstrip("-").isdigit() else datetime.fromisoformat(text)


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, BeforeValidator(parse_time)]
LocalMoment = Annotated[datetime, BeforeValidator(parse_local)]
"""One that says no zone is meant by the clocks on the wall, of whichever zone is asked for."""


def sql_time(moment: datetime) -> str:
    """A moment as a `DateTime64(3, 'UTC')` parameter."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def tomorrow() -> datetime:
    """The end of a window that has none: corrected times may be up to a day ahead."""
    return datetime.now(UTC) + timedelta(days=2)
