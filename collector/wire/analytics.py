"""Analytics: what is answered to questions over a window of time."""

from pydantic import BaseModel, ConfigDict, Field


class Answered(BaseModel):
    """Every answer says which window it is about: from (inclusive) to (exclusive), in the zone's own time."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    start: str = Field(alias="from", description="ISO 8601 with the zone's offset")
    end: str = Field(alias="to")
    timezone: str = Field(description="IANA time zone whose days and hours count")


class Figures(BaseModel):
    """How much happened. Rates and medians are null where there is nothing to divide."""

    interactions: int
    visitors: int = Field(description="different people: the user, else the visitor, else the session")
    sessions: int
    page_views: int = Field(description="page_view, navigate and restore")
    interactions_per_session: float | None
    bounce_rate: float | None = Field(
        description="0..1: of the sessions that saw a page, those that saw one and neither clicked nor typed"
    )
    median_duration_s: float | None = Field(description="from the first to the last interaction of a session")


class Summary(Answered):
    """Figures of the window, and of the one before when asked for."""

    current: Figures
    previous: Figures | None = None


class Series(BaseModel):
    """One value in each bucket. `rest` is true for the series of all values beyond the limit."""

    name: str
    rest: bool = False
    values: list[int]


class Times(BaseModel):
    """Buckets and the series over them."""

    times: list[str] = Field(description="the first moment of each bucket, ISO 8601 with the zone's offset")
    series: list[Series]


class Timeseries(Answered, Times):
    """A measure over time; `previous` has buckets of its own."""

    interval: str
    measure: str
    previous: Times | None = None
