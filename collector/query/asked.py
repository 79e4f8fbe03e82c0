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
        edges(self.window, fitting(self.window) if self.interval == "auto" else self.interval)
        return self
