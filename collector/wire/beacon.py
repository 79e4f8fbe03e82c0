"""Beacon protocol, version 1: what a page sends to `POST /v1/batch` and what it is told.

Typed dictionaries rather than models, because `compiled.py` makes structs of them for the hot path: no objects are
built that the next step would take apart again. For the same reason a field is named after the column it
becomes and its `alias` is its name on the wire. `schema.py` writes the JSON Schema, in wire
names, from which the snippet's TypeScript types are made.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

INT32 = 2**31 - 1
UUID_PATTERN = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"

Uuid = Annotated[str, Field(pattern=UUID_PATTERN, description="UUID; our snippet makes version 7")]
Milliseconds = Annotated[int, Field(description="Unix time in ms, by the browser's clock")]
Id = Annotated[str, Field(max_length=256)]
Short = Annotated[str, Field(max_length=1_000)]
Url = Annotated[str, Field(max_length=8_192)]
Text = Annotated[str, Field(max_length=100_000)]
Pixels = Annotated[float, Field(ge=-INT32, le=INT32, allow_inf_nan=False)]
Count = Annotated[float, Field(ge=0, le=INT32, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
PropKey = Annotated[str, Field(min_length=1, max_length=128)]
PropNumber = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | Number
PropValue = Annotated[str, Field(max_length=8_192)] | bool | PropNumber | None
Props = Annotated[dict[PropKey, PropValue], Field(max_length=32, description="flat: text, numbers, booleans, null")]

EventType = Literal[
    "page_view",
    "navigate",
    "restore",
    "click",
    "rage_click",
    "dead_click",
    "outbound",
    "download",
    "scroll",
    "type",
    "form_start",
    "form_submit",
    "form_abandon",
    "copy",
    "image_view",
    "search",
    "add_to_cart",
    "purchase",
    "error",
    "web_vital",
    "feedback",
    "message",
    "custom",
]


@with_config(ConfigDict(extra="ignore"))
class Target(TypedDict):
    """The element that was acted on, in words a person would use."""

    target_tag: NotRequired[Annotated[Short | None, Field(alias="tag")]]
    target_role: NotRequired[Annotated[Short | None, Field(alias="role")]]
    target_label: NotRequired[Annotated[Short | None, Field(alias="label")]]
    target_selector: NotRequired[Annotated[Short | None, Field(alias="selector")]]
    target_href: NotRequired[Annotated[Url | None, Field(alias="href")]]
    target_section: NotRequired[Annotated[Short | None, Field(alias="section")]]
    target_product_id: NotRequired[Annotated[Id | None, Field(alias="product_id")]]


@with_config(ConfigDict(extra="ignore"))
class Event(TypedDict):
    """One thing a visitor did. Which fields a type uses stands in the protocol's table."""

    event_id: Uuid
    at_ms: Annotated[Milliseconds, Field(alias="at")]
    event_name: Annotated[EventType, Field(alias="type")]
    url: NotRequired[Url | None]
    title: NotRequired[Short | None]
    target: NotRequired[Target | None]
    interacted_image_url: NotRequired[Annotated[Url | None, Field(alias="image_url")]]
    x: NotRequired[Pixels | None]
    y: NotRequired[Pixels | None]
    page_x: NotRequired[Pixels | None]
    page_y: NotRequired[Pixels | None]
    referrer: NotRequired[Url | None]
    from_url: NotRequired[Url | None]
    kind: NotRequired[Short | None]
    count: NotRequired[Count | None]
    scroll_depth: NotRequired[
        Annotated[Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None, Field(alias="depth")]
    ]
    page_height: NotRequired[Count | None]
    fields: NotRequired[Annotated[list[Short], Field(max_length=200)] | None]
    visible_ms: NotRequired[Count | None]
    product_id: NotRequired[Id | None]
    content: NotRequired[Annotated[Text | None, Field(alias="text")]]
    quantity: NotRequired[Number | None]
    value: NotRequired[Number | None]
    currency: NotRequired[Annotated[str, Field(max_length=16)] | None]
    message: NotRequired[Text | None]
    metric: NotRequired[Short | None]
    rating: NotRequired[Number | None]
    screenshot: NotRequired[Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None]
    role: NotRequired[Short | None]
    expert_content: NotRequired[Annotated[Text | None, Field(alias="expert_text")]]
    thread_id: NotRequired[Id | None]
    name: NotRequired[Annotated[str, Field(min_length=1, max_length=128)] | None]
    props: NotRequired[Props | None]


@with_config(ConfigDict(extra="ignore"))
class Context(TypedDict):
    """What holds for the whole page: language, time zone, sizes in CSS pixels."""

    language: NotRequired[Annotated[str, Field(max_length=64)] | None]
    timezone: NotRequired[Annotated[str, Field(max_length=64)] | None]
    screen: NotRequired[tuple[Count, Count] | None]
    viewport: NotRequired[tuple[Count, Count] | None]
    dpr: NotRequired[Number | None]


class Envelope(TypedDict):
    """A batch without its events."""

    v: Literal[1]
    batch_id: Uuid
    sent_at: Milliseconds
    session_id: Uuid
    visitor_id: NotRequired[Id | None]
    user_id: NotRequired[Id | None]
    source: NotRequired[Annotated[str, Field(max_length=128)] | None]
    agent_version: NotRequired[Short | None]
    context: NotRequired[Context | None]


@with_config(ConfigDict(extra="ignore"))
class Batch(Envelope):
    """The body of `POST /v1/batch`. The number of events is checked by intake, against a setting."""

    events: Annotated[list[Event], Field(min_length=1)]


@with_config(ConfigDict(extra="ignore"))
class LooseBatch(Envelope):
    """The same with events not looked at yet: they are checked one by one after a first failure."""

    events: Annotated[list[object], Field(min_length=1)]


class BatchQuery(TypedDict):
    """The query of `POST /v1/batch`, beside the write key `k`."""

    z: NotRequired[Annotated[Literal["gzip"], Field(description="where no header can be set: the body is gzip")]]


class RejectedEvent(TypedDict):
    """One refused event: its place in the batch, and the reason's name."""

    index: int
    event_id: NotRequired[str]
    reason: str
    message: str
    field: NotRequired[str]


class BatchAnswer(TypedDict):
    """The 202 answer. A resend gets the first answer again, with `duplicate` true."""

    accepted: int
    rejected: list[RejectedEvent]
    duplicate: bool
    server_time: Milliseconds


class Refusal(TypedDict):
    """The body of every other answer of the beacon protocol."""

    reason: str
    message: str
    field: NotRequired[str]


BATCH: TypeAdapter[Batch] = TypeAdapter(Batch)
LOOSE_BATCH: TypeAdapter[LooseBatch] = TypeAdapter(LooseBatch)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
EVENT_FIELDS = frozenset(EVENT.json_schema()["properties"])
"""Names on the wire."""
TARGET_FIELDS = frozenset(TypeAdapter(Target).json_schema()["properties"])
CONTEXT_FIELDS = frozenset(Context.__annotations__)
BATCH_FIELDS = frozenset(BATCH.json_schema()["properties"])
