"""What may be asked of `GET /v1/search`."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collector.query.window import Moment


class Mode(StrEnum):
    """How a search ranks: by meaning, by words, or by both."""

    VECTOR = "vector"
    FTS = "fts"
    HYBRID = "hybrid"


class SearchQuery(BaseModel):
    """The query of a search. All filters are optional and must all hold."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=4000, description="what to look for; empty with most_recent: the newest")
    mode: Mode = Field(Mode.HYBRID, description="vector: by meaning; fts: by words; hybrid: both, fused")
    site: str | None = Field(None, description="name of a site; without it all the key may read")
    start: Moment | None = Field(None, alias="from", description="first moment, ISO 8601 or Unix ms")
    end: Moment | None = Field(None, alias="to", description="end, not included")
    user_id: str | None = Field(None, max_length=256, description="the user's id, else the visitor's")
    request_id: str | None = Field(None, max_length=256)
    top_k: Annotated[int, Field(ge=1, le=1000)] = Field(10, description="most items answered")
    most_recent: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="look only among so many newest"
    )
    threshold: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="least cosine to the query; hybrid keeps what has no embedding yet, fts has no cosine and ignores it",
    )

    @model_validator(mode="after")
    def _ordered(self) -> "SearchQuery":
        if self.start and self.end and self.start >= self.end:
            raise ValueError("from: must be before to")
        return self
