"""What every question shares: site, window, time zone, filter, segments, bots."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from collector.query.filters import Expression, expression, load, parse_filter
from collector.query.window import LocalMoment
from collector.timezones import zone_name

DEFAULT_WINDOW = timedelta(days=7)
DAYS = timedelta(days=2)
"""A window as long is one of days, whenever it begins."""
MOST_SEGMENTS = 10
Bots = Literal["exclude", "include", "only"]


@dataclass(frozen=True)
class Segment:
    """Only interactions of sessions (or visitors) that did something matching in the window; or did not."""

    who: Literal["session", "visitor"]
    did: Expression
    negated: bool


@dataclass(frozen=True)
class Window:
    """`start` (inclusive) to `end` (exclusive), and the zone whose days and hours count."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def previous(self) -> "Window":
        """The window before, just as long: days by the clock on the wall, so that a week stays a week across summer
        time, and less as it passes."""
        length, start = self.end - self.start, self.start
        first, last = (moment.astimezone(self.zone).replace(tzinfo=None) for moment in (self.start, self.end))
        if length >= DAYS or first.time() == last.time() == time():
            start = (first - (last - first)).replace(tzinfo=self.zone).astimezone(UTC)
        if start >= self.start:  # also where the clocks skipped the day before
            start = self.start - length
        return Window(start, self.start, self.zone)

    def local(self, moment: datetime) -> str:
        """A moment as answered: ISO 8601 with the zone's offset."""
        timespec = "milliseconds" if moment.microsecond else "seconds"
        return moment.astimezone(self.zone).isoformat(timespec=timespec)

    def answered(self) -> dict[str, Any]:
        """What every answer says of its window."""
        return {"from": self.local(self.start), "to": self.local(self.end), "timezone": self.zone.key}

    def compared(self) -> dict[str, Any]:
        """What an answer says of the window it is compared with."""
        return {"previous_from": self.local(self.start), "previous_to": self.local(self.end)}


def _moment(told: datetime, zone: ZoneInfo) -> datetime:
    return told if told.tzinfo else told.replace(tzinfo=zone).astimezone(UTC)


def parse_segments(text: str) -> tuple[Segment, ...]:
    """Read one segment or a list of them from JSON text. Raises ValueError."""
    found = load(text)
    parts = found if isinstance(found, list) else [found]
    if len(parts) > MOST_SEGMENTS:
        raise ValueError(f"has more than {MOST_SEGMENTS} segments")
    return tuple(_segment(part, f"[{index}]" if isinstance(found, list) else "") for index, part in enumerate(parts))


def _segment(found: object, where: str) -> Segment:
    if not isinstance(found, dict) or found.keys() - {"who", "did", "not"}:
        raise ValueError(
            f'{where} must be an object {{"who": "session" or "visitor", "did": expression, "not": false}}'.strip()
        )
    who, negated = found.get("who", "session"), found.get("not", False)
    if who not in ("session", "visitor"):
        raise ValueError(f"{where} `who` must be session or visitor".strip())
    if negated not in (True, False):
        raise ValueError(f"{where} `not` must be true or false".strip())
    return Segment(who, expression(found.get("did"), f"{where}.did".lstrip(".")), bool(negated))


def _checked_filter(text: str) -> str:
    parse_filter(text)
    return text


def _checked_segments(text: str) -> str:
    parse_segments(text)
    return text


FilterText = Annotated[str, AfterValidator(_checked_filter)] | None
SegmentText = Annotated[str, AfterValidator(_checked_segments)] | None


class Question(BaseModel):
    """The parameters of every question over a window of time."""

    model_config = ConfigDict(extra="forbid", ignored_types=(cached_property,))

    site: str | None = Field(None, description="name of a site; without it all the key may read")
    start: LocalMoment | None = Field(
        None,
        alias="from",
        description="first moment, ISO 8601 (without a zone: in `tz`) or Unix ms; default: seven days before `to`",
    )
    end: LocalMoment | None = Field(None, alias="to", description="end, not included; default: now")
    tz: Annotated[str, AfterValidator(zone_name)] = Field(
        "UTC", description="IANA time zone whose days and hours count"
    )
    filter: FilterText = Field(
        None,
        description='JSON: `{"field": "path", "is": "/cart"}`, `{"and": […]}`, `{"or": […]}`, `{"not": …}`; operators '
        "is, is_not, contains, starts_with, gt, gte, lt, lte, exists; fields are a record's, or `props.NAME`",
    )
    segment: SegmentText = Field(
        None,
        description='JSON: `{"who": "session" or "visitor", "did": filter, "not": false}`, or a list of these: '
        "only what sessions or visitors did that also did this in the window",
    )
    bots: Bots = Field("exclude", description="interactions of programs: exclude, include, only")

    @model_validator(mode="after")
    def _ordered(self) -> "Question":
        if self.window.start >= self.window.end:
            raise ValueError("from: must be before to")
        return self

    @cached_property
    def window(self) -> Window:
        """The window asked for; the present is read once."""
        zone = ZoneInfo(self.tz)
        end = _moment(self.end, zone) if self.end else datetime.now(UTC)
        return Window(_moment(self.start, zone) if self.start else end - DEFAULT_WINDOW, end, zone)

    @cached_property
    def expression(self) -> Expression | None:
        return parse_filter(self.filter) if self.filter else None

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        return parse_segments(self.segment) if self.segment else ()
