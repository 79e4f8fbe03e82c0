"""The pictures of a request: how many go along."""

import asyncio
from typing import Any

import orjson

from collector.delivery.forwarder.items import CONTEXT_ROLE, IMAGE
from collector.delivery.forwarder.pictures import with_images
from collector.delivery.forwarder.plan import MOST_BYTES

MB = 1_000_000
SIZES = {"said": 3 * MB, "new": MB, "middle": 2 * MB, "old": MB}


async def read(site: str, image_id: str) -> bytes | None:
    return bytes(SIZES[image_id]) if image_id in SIZES else None


def sent(*items: tuple[str, str]) -> list[dict[str, Any]]:
    """The items of a request, planned as role and image, as they are sent."""
    planned = {"interaction_data_list": [{"role": role, IMAGE: image} for role, image in items]}
    body = asyncio.run(with_images(orjson.dumps(planned), "shop", read))
    assert len(orjson.dumps(body)) <= MOST_BYTES + 1000
    assert not any(IMAGE in item for item in body["interaction_data_list"])
    found: list[dict[str, Any]] = body["interaction_data_list"]
    return found


def test_what_was_said_keeps_its_image_and_those_before_go_along_newest_first_as_far_as_they_fit() -> None:
    context = [(CONTEXT_ROLE, name) for name in ("old", "middle", "new")]
    items = sent(*context, ("User", "said"))
    assert [True, False, True, True] == ["image_encoding" in item for item in items]


def test_all_go_along_where_there_is_room_and_one_that_is_gone_is_left_out() -> None:
    items = sent((CONTEXT_ROLE, "old"), (CONTEXT_ROLE, "gone"), (CONTEXT_ROLE, "new"), ("User", "said"))
    assert [True, False, True, True] == ["image_encoding" in item for item in items]
