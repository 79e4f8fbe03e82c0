"""Forwarding: how far what people said is on its way to the Reflexio server."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["queued", "forwarded", "refused"]


class ForwardingQuery(BaseModel):
    """The query of `GET /v1/forwarding`."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = Field(None, description="only requests of this state")
    before: int | None = Field(None, ge=1, description="next_before of the page before")
    limit: int = Field(100, ge=1, le=1000)


class Forwarded(BaseModel):
    """One request to the Reflexio server. `reason`: why it was refused, or why the last attempt failed."""

    request_id: str = Field(description="the id the server knows it by")
    site: str
    session_id: str
    user_id: str
    state: State
    reason: str = ""
    attempts: int
    items: int = Field(description="interactions in it, with the actions that led to what was said")
    event_ids: list[str] = Field(description="what was said in it")
    created_at: datetime
    settled_at: datetime | None = Field(None, description="when it was forwarded or refused")


class Forwarding(BaseModel):
    """Counts over the sites of the key, and a page of requests, newest first. Not `configured`: no server is set."""

    configured: bool
    counts: dict[str, int] = Field(
        {}, description="waiting, no_room: interactions; queued, forwarded, refused: requests"
    )
    requests: list[Forwarded] = []
    next_before: int | None = None
