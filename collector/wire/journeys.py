"""Sessions, funnels, paths, who comes back, who is here: what is answered."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, WithJsonSchema

from collector.wire.analytics import Answered
from collector.wire.reading import Interaction

Record = Annotated[dict[str, Any], WithJsonSchema(Interaction.model_json_schema(mode="serialization"))]
"""A record as listings give it; read from the engine, so that it is not checked again."""


Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601, as the engine writes it."""


class Session(BaseModel):
    """A session, told from its interactions in the window. Texts are empty where nothing is known."""

    session_id: str
    site: str
    user_id: str = Field(description="the last that was known")
    visitor_id: str
    started_at: Moment
    ended_at: Moment
    duration_s: float
    interactions: int
    pages: int = Field(description="page_view, navigate and restore")
    entry_page: str
    exit_page: str
    device: str
    browser: str
    os: str
    country: str
    source: str
    is_bot: bool
    has_feedback: bool = Field(description="something was written, or said")
    rage_clicks: int
    errors: int
    conversions: int = Field(description="purchases")


class Sessions(Answered):
    """A page of sessions, newest first. `next_cursor` is there while older ones follow."""

    sessions: list[Session]
    next_cursor: str | None = None


class OneSession(BaseModel):
    """A session and a page of its interactions, oldest first. `next_cursor` is there while later ones follow."""

    session: Session
    interactions: list[Record]
    next_cursor: str | None = None


class FunnelStep(BaseModel):
    """How many got to a step. Rates are null where nobody could."""

    count: int
    rate_from_first: float | None
    rate_from_previous: float | None
    median_seconds_from_previous: float | None = Field(description="null for the first step, and where nobody got here")


class FunnelPart(BaseModel):
    """The funnel of those with a value at their first step; `rest` is true for all other values together."""

    value: str
    rest: bool = False
    steps: list[int]


class Funnel(Answered):
    """A funnel; `breakdown` where it was asked for."""

    who: str
    steps: list[FunnelStep]
    breakdown: list[FunnelPart] = Field(default_factory=list)


class PageVisitors(BaseModel):
    """Visitors whose last page this is."""

    path: str
    visitors: int


class CountryVisitors(BaseModel):
    """Visitors from a country; empty where it is not known."""

    country: str
    visitors: int


class MinuteCount(BaseModel):
    """Interactions of a minute."""

    at: Moment
    interactions: int


class Now(Answered):
    """Who is here: visitors and sessions of the last five minutes; interactions of the last thirty."""

    visitors: int
    sessions: int
    pages: list[PageVisitors]
    countries: list[CountryVisitors]
    per_minute: list[MinuteCount]


class PathNode(BaseModel):
    """A page at a step; `rest` is true for all pages beyond the limit together, whose `page` is empty."""

    id: str
    depth: int = Field(description="0 is the page asked about")
    page: str
    rest: bool = False
    sessions: int


class PathLink(BaseModel):
    """Sessions that went from one node to the next; where fewer leave a node than came, the others ended there."""

    source: str
    target: str
    sessions: int


class Paths(Answered):
    """Pages after (or before) a page, the most frequent of each step first. Before: links go back in time."""

    direction: str
    nodes: list[PathNode]
    links: list[PathLink]


class Cohort(BaseModel):
    """Visitors who came for the first time in one bucket; `returned` are those there in it and in each later one."""

    start: str
    size: int
    returned: list[int]


class NewVisitors(BaseModel):
    """Visitors of each bucket: those who had never been there before it, and the others."""

    times: list[str]
    new: list[int]
    returning: list[int]


class Retention(Answered):
    """Who comes back."""

    interval: str
    cohorts: list[Cohort]
    new_vs_returning: NewVisitors


class FeedbackItem(Interaction):
    """A record, and the last five interactions of its session before it, newest first."""

    before: list[dict[str, str]] = Field(description="event_name, user_action_description, path, created_at")


FeedbackRecord = Annotated[dict[str, Any], WithJsonSchema(FeedbackItem.model_json_schema(mode="serialization"))]


class Feedback(Answered):
    """What was written and said, newest first (by meaning: best first). `next_cursor` is there while older items
    follow."""

    items: list[FeedbackRecord]
    next_cursor: str | None = None
    degraded: bool = Field(
        False, description="by meaning: some texts have no embedding yet, and were found by their words only"
    )
