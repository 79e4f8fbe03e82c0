"""What may be asked: the parameters of each question, beside those that all share."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from collector.query.buckets import Interval, edges, fitting
from collector.query.fields import field
from collector.query.question import Question

Compare = Annotated[Literal["previous"] | None, Field(description="previous: the window before too, just as long")]


def _field(name: str) -> str:
    field(name)
    return name


FieldName = Annotated[str, AfterValidator(_field)]


TOP = (
    "page", "entry_page", "exit_page", "referrer", "campaign", "element", "search", "event", "error", "product", "image",
)  # fmt: skip
"""What has a meaning of its own as `by` of the top list; a field's name works too."""


def _by(name: str) -> str:
    return name if name in TOP else _field(name)


class SummaryQuery(Question):
    """The query of the summary."""

    compare: Compare = None


class TimeseriesQuery(Question):
    """The query of a measure over time."""

    interval: Literal["auto"] | Interval = Field("auto", description="auto fits the window")
    measure: Literal["interactions", "visitors", "sessions"] = "interactions"
    by: FieldName | None = Field(None, description="a field, or props.NAME: one series for each of its values")
    limit: Annotated[int, Field(ge=1, le=50)] = Field(8, description="most series; the rest is one more, `other`")
    compare: Compare = None

    @model_validator(mode="after")
    def _not_too_fine(self) -> "TimeseriesQuery":
        interval = fitting(self.window) if self.interval == "auto" else self.interval
        for window in [self.window, *([self.window.previous()] if self.compare else [])]:
            edges(window, interval)
        return self


Limit = Annotated[int, Field(ge=1, le=1000, description="most items")]


class TopQuery(Question):
    """The query of the top lists."""

    by: Annotated[str, AfterValidator(_by)] = Field(
        description=f"{', '.join(TOP)}; or a field such as device, browser, os, country, source, or props.NAME"
    )
    limit: Limit = 20


class ImagesQuery(Question):
    """The query of the shop's images. Not ordered by rates: an image that one session met and touched would lead."""

    limit: Limit = 50
    order: Literal["sessions", "views", "touches", "carts"] = Field(
        "sessions", description="those with most come first"
    )


class FrictionQuery(Question):
    """The query of what hurts."""

    limit: Annotated[int, Field(ge=1, le=200, description="most items of each list")] = 20


class HeatmapQuery(Question):
    """The query of a page's heat map."""

    path: str = Field(max_length=2048, description="the page's path")
    kind: Literal["click", "scroll"] = "click"
    columns: Annotated[int, Field(ge=4, le=200, description="into how many columns the width is cut")] = 50
    device: Literal["desktop", "mobile", "tablet"] | None = Field(None, description="pages look different on each")
