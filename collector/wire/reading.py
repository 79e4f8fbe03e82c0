"""Reading: what is answered to questions."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Interaction(BaseModel):
    """One interaction record. Empty fields are left out of answers."""

    interaction_id: int = Field(description="below 2**53, derived from event_id")
    event_id: str
    site: str
    event_name: str
    user_action: str = Field(description="click, scroll, type or none")
    user_action_description: str = ""
    interacted_image_url: str = ""
    content: str = ""
    shadow_content: str = ""
    expert_content: str = ""
    tools_used: list[dict[str, Any]] = []
    role: str = ""
    rating: float | None = None
    created_at: datetime = Field(description="when it happened, corrected; ISO 8601, ms, UTC")
    received_at: datetime
    at: datetime = Field(description="when it happened, by the browser's clock")
    user_id: str = ""
    visitor_id: str = ""
    session_id: str = ""
    request_id: str = Field("", description="the batch or publish request it came in")
    thread_id: str = ""
    source: str = ""
    agent_version: str = ""
    url: str = ""
    path: str = ""
    title: str = ""
    referrer: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    target_role: str = ""
    target_selector: str = ""
    target_label: str = ""
    target_section: str = ""
    target_href: str = ""
    product_id: str = ""
    x: int | None = Field(None, description="CSS pixels from the left of the viewport")
    y: int | None = None
    page_x: int | None = None
    page_y: int | None = None
    page_height: int | None = None
    viewport_width: int | None = None
    viewport_height: int | None = None
    scroll_depth: float | None = Field(None, description="percent of the page")
    visible_ms: int | None = None
    count: int | None = None
    value: float | None = None
    browser: str = ""
    os: str = ""
    device: str = ""
    is_bot: bool = False
    country: str = Field("", description="ISO 3166-1 alpha-2")
    language: str = ""
    timezone: str = ""
    props: dict[str, Any] = {}


class InteractionsPage(BaseModel):
    """A page of a listing, newest first. `next_cursor` is there while older rows follow."""

    interactions: list[Interaction]
    next_cursor: str | None = None


class Problem(BaseModel):
    """RFC 9457 problem details, with the name of the reason and, where there are any, the wrong fields."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    reason: str
    errors: list[dict[str, str]] = []


class Site(BaseModel):
    """A site by its name, the origins whose pages may send for it, and the IANA time zone it is run in, if set."""

    name: str
    origins: tuple[str, ...] = ()
    timezone: str = ""


class Sites(BaseModel):
    """The sites a key may read."""

    sites: list[Site]


class SignIn(BaseModel):
    """The body of `POST /v1/session`."""

    key: str = Field(description="an API key with the scope read")


class SignedIn(BaseModel):
    """Whether this browser is signed in now."""

    signed_in: bool


class Alive(BaseModel):
    """The process answers."""

    status: str


class Ready(BaseModel):
    """`status` is ready, degraded (beacons are kept, but the engine is away or images can't be written) or unavailable."""

    status: str
    spool: dict[str, Any]
    engine: dict[str, Any]
    images: dict[str, Any]
