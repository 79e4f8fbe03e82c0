"""Items: the interactions of a publish become one record batch.

What has no column stands in the props of each row under `publish`: the item's `place` in the request, its citations
and learnings, and what was set for the whole request. A page can't forge it, since its props are flat.
"""

import hashlib
import json
import sys
import time
import uuid
from typing import Any

import orjson

from collector import recordbatch
from collector.images import NoImage
from collector.intake.normalize import stamp
from collector.interaction import Action
from collector.recordbatch import Row
from collector.wire.publish import Item, PublishRequest

DEFAULT_AGENT_VERSION = "agent-v0"
DEFAULT_ROLE = "User"
_ITEMS = uuid.UUID("5bd1c9a0-6c1f-4a57-9f0e-2f4f0e6c8d11")
_FLAGS = (
    "session_finished", "skip_aggregation", "force_extraction", "evaluation_only", "override_learning_stall",
    "retrieval_experiment_id", "retrieval_experiment_arm",
)  # fmt: skip


Pictures = dict[int, str | NoImage]
"""By an item's place: the address of its image, or why it has none."""


def event_id(site: str, request_id: str, place: int) -> str:
    """The id of an item, the same whenever its publish is sent again."""
    return str(uuid.uuid5(_ITEMS, f"{site}\0{request_id}\0{place}"))


def record_batch(request: PublishRequest, *, site: str, request_id: str, pictures: Pictures) -> bytes:
    """The record batch of a publish; `pictures`: what the items' images are, by place."""
    shared = {
        "site": site,
        "request_id": request_id,
        "session_id": request.session_id,
        "user_id": request.user_id,
        "source": request.source,
        "agent_version": request.agent_version or DEFAULT_AGENT_VERSION,
        "received_at": stamp(time.time_ns() // 1_000_000),
    }
    flags = {name: value for name in _FLAGS if (value := getattr(request, name))}
    # a second may end while they are read; what says no time of its own keeps its order
    now = min((item.created_at for _, item in request.items if not _says_when(item)), default=0)
    rows = [
        _row(
            item,
            item.created_at if _says_when(item) else now,
            place,
            event_id(site, request_id, place),
            flags,
            pictures.get(place),
        )
        for place, item in request.items
    ]
    return recordbatch.encode(shared, recordbatch.columns(rows), len(rows))


def _says_when(item: Item) -> bool:
    return "created_at" in item.model_fields_set


def _row(item: Item, at: int, place: int, own_id: str, flags: dict[str, Any], picture: str | NoImage | None) -> Row:
    publish: dict[str, Any] = {"place": place, **flags}
    for name in ("citations", "retrieved_learnings"):
        if parts := getattr(item, name):
            publish[name] = [_learning(part.known()) for part in parts]
    if isinstance(picture, NoImage):
        publish["no_image"] = picture.value
        picture = None
    row = {
        "event_id": own_id,
        "at_ms": at * 1000,
        "event_name": "message" if item.user_action is Action.NONE else item.user_action.value,
        "interacted_image_url": picture or "",
        "content": item.content,
        "role": item.role or DEFAULT_ROLE,  # one without a role would count as what the script tag described
        "expert_content": item.expert_content,
        "shadow_content": item.shadow_content,
        "props": orjson.dumps({"publish": publish}).decode(),
        "user_action_description": item.user_action_description,
        "user_action": item.user_action.value,
    }
    if item.tools_used:
        row["tools_used"] = _json([tool.known() for tool in item.tools_used])
    return row


def _json(value: object) -> str:
    """JSON of what a client sent. Integers may be longer than orjson writes; those that are longer than a double
    holds stand as text, since what reads them back takes no others."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        readable = json.loads(json.dumps(value), parse_int=_integer, parse_constant=lambda _: None)
        return json.dumps(readable)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= sys.float_info.max_10_exp else digits


def _learning(known: dict[str, Any]) -> dict[str, Any]:
    """A receipt is a signed token: only its digest is kept."""
    receipt = known.pop("exposure_receipt", None)
    if receipt is not None:
        known["exposure_receipt_digest"] = hashlib.sha256(receipt.encode()).hexdigest()
    return known
