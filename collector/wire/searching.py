"""What is answered to a search."""

from pydantic import BaseModel, Field

from collector.wire.reading import Interaction


class FoundInteraction(Interaction):
    """A record, and how well it fits."""

    score: float = Field(description="hybrid: reciprocal rank fusion; vector: cosine; fts: BM25")


class FoundInteractions(BaseModel):
    """The answer of a search, best first."""

    items: list[FoundInteraction]
    degraded: bool = Field(description="some rows have no embedding yet and were looked at by their words only")
