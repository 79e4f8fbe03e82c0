"""The pictures of a request: their bytes are read when it is sent, and left out where the server will not have them."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from collector.delivery.forwarder.items import CONTEXT_ROLE, IMAGE
from collector.delivery.forwarder.plan import MOST_BYTES

ReadImage = Callable[[str, str], Awaitable[bytes | None]]
"""The bytes of an image of a site, by site and image id; None when the site has no such image. Raises OSError."""


async def with_images(planned: bytes, site: str, read: ReadImage) -> dict[str, Any]:
    """A planned body with the bytes of its images; one that is gone is left out. Those of actions go along, newest
    first, as far as there is room: the server would refuse the text with them. Raises OSError."""
    body: dict[str, Any] = orjson.loads(planned)
    size = len(planned)
    shown = [item for item in reversed(body.get("interaction_data_list", ())) if IMAGE in item]
    for item in sorted(shown, key=_is_context):
        data = await read(site, item.pop(IMAGE))
        if not data:
            continue
        encoded = base64.b64encode(data).decode("ascii")
        if not _is_context(item) or size + len(encoded) <= MOST_BYTES:
            item["image_encoding"] = encoded
            size += len(encoded)
    return body


def drop_images(body: dict[str, Any]) -> bool:
    """Take the images out of a body; whether there were any."""
    dropped = False
    for item in body.get("interaction_data_list", ()):
        for name in (IMAGE, "interacted_image_url"):
            dropped |= item.pop(name, None) is not None
    return dropped


def _is_context(item: dict[str, Any]) -> bool:
    return item.get("role") == CONTEXT_ROLE
