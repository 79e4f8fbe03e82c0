"""What may be asked about sessions, funnels, paths and who comes back: the parameters of each question."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from collector.query.asked import FieldName
from collector.query.buckets import edges
from collector.query.cursor import CursorText
from collector.query.filters import Expression, expression, load, parse_filter
from collector.query.question import Bots, FilterText, Question, SegmentText

LEAST_STEPS, MOST_STEPS = 2, 10
MOST_COHORTS = 120
Who = Annotated[Literal["session", "visitor"], Field(description="whose way it is")]


def parse_steps(text: str) -> tuple[Expression, ...]:
    """Read a list of expressions from JSON text. Raises ValueError."""
    found = load(text)
    if not isinstance(found, list) or not LEAST_STEPS <= len(found) <= MOST_STEPS:
        raise ValueError(f"must be a list of {LEAST_STEPS} to {MOST_STEPS} filters")
    return tuple(expression(part, f"[{index}]") for index, part in enumerate(found))


def _steps(text: str) -> str:
    parse_steps(text)
    return text


class SessionsQuery(Question):
    """The query of the list of sessions."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: CursorText = None


class SessionQuery(BaseModel):
    """The query of one session."""

    model_config = ConfigDict(extra="forbid")

    site: str | None = Field(None, description="name of a site, where two have a session of this id")
    limit: Annotated[int, Field(ge=1, le=1000)] = 500
    cursor: CursorText = None


class FunnelQuery(Question):
    """The query of a funnel."""

    steps: Annotated[str, AfterValidator(_steps)] = Field(
        description='JSON: a list of 2 to 10 filters, such as `[{"field": "path", "is": "/"}, '
        '{"field": "event_name", "is": "purchase"}]`'
    )
    within: Annotated[int, Field(ge=1, le=366 * 86_400)] = Field(
        86_400, alias="window", description="most seconds from the first step to the last"
    )
    who: Who = "session"
    by: FieldName | None = Field(
        None, description="a field, or props.NAME: one funnel for each value at the first step"
    )
    limit: Annotated[int, Field(ge=1, le=50)] = Field(8, description="most values; the rest is one more, `other`")

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        return parse_steps(self.steps)


class NowQuery(BaseModel):
    """The query of who is here now."""

    model_config = ConfigDict(extra="forbid")

    site: str | None = Field(None, description="name of a site; without it all the key may read")
    filter: FilterText = Field(None, description="a filter in JSON, as of other questions")
    segment: SegmentText = Field(None, description="segments in JSON, of what was done in the last minutes")
    bots: Bots = "exclude"
    limit: Annotated[int, Field(ge=1, le=100)] = Field(10, description="most pages and countries")


class PathsQuery(Question):
    """The query of what comes after a page, or before it."""

    path: str | None = Field(
        None, max_length=2048, description="a page; without it: from the first page of each session, or to its last"
    )
    direction: Literal["after", "before"] = "after"
    depth: Annotated[int, Field(ge=1, le=10)] = Field(4, description="pages to look at beside that one")
    limit: Annotated[int, Field(ge=1, le=30)] = Field(8, description="most pages at each step; the rest is one more")


class RetentionQuery(Question):
    """The query of who comes back."""

    interval: Literal["day", "week", "month"] = "week"
    cohort: FilterText = Field(
        None, description="a filter in JSON: who did this for the first time; without it: who came for the first time"
    )

    @cached_property
    def first(self) -> Expression | None:
        return parse_filter(self.cohort) if self.cohort else None

    @model_validator(mode="after")
    def _not_too_fine(self) -> "RetentionQuery":
        if len(edges(self.window, self.interval)) > MOST_COHORTS:
            raise ValueError(f"interval: more than {MOST_COHORTS} steps; take a longer interval or a shorter window")
        return self


class FeedbackQuery(Question):
    """The query of what people wrote."""

    q: str | None = Field(
        None, min_length=1, max_length=200, description="a part of the text, whatever the case; or what it is about"
    )
    mode: Literal["words", "meaning"] = Field(
        "words", description="meaning: what comes closest to `q` of all that was written, best first, without pages"
    )
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: CursorText = None

    @model_validator(mode="after")
    def _one_page(self) -> "FeedbackQuery":
        if self.mode == "meaning" and self.cursor:
            raise ValueError("cursor: there are no pages with mode=meaning")
        return self
