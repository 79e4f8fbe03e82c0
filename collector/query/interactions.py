"""What may be asked of `GET /v1/interactions`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collector.query.cursor import CursorText
from collector.query.window import Moment


class InteractionsQuery(BaseModel):
    """The query of a listing. All filters are optional and must all hold."""

    model_config = ConfigDict(extra="forbid")

    site: str | None = Field(None, description="name of a site; without it all the key may read")
    start: Moment | None = Field(None, alias="from", description="first moment, ISO 8601 or Unix ms")
    end: Moment | None = Field(None, alias="to", description="end, not included")
    user_id: str | None = Field(None, max_length=256)
    session_id: str | None = Field(None, max_length=256)
    event: str | None = Field(None, max_length=128, description="event name, such as click")
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: CursorText = None

    @model_validator(mode="after")
    def _ordered(self) -> "InteractionsQuery":
        if self.start and self.end and self.start >= self.end:
            raise ValueError("from: must be before to")
        return self


class LiveQuery(BaseModel):
    """The query of the live stream."""

    model_config = ConfigDict(extra="forbid")

    site: str | None = Field(None, description="name of a site; without it all the key may read")
