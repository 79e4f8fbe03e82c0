"""A stored row as an item of Reflexio's publish."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import orjson

from collector.sites import Forward
from collector.wire.address import address_of

Item = dict[str, Any]
IMAGE = "image_id"
"""Stands for `image_encoding` in a planned item: the bytes are read when it is sent."""

CONTEXT_ROLE = "Event"
_OWN_IMAGE = re.compile(r"/images/([0-9a-f]{64})$")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NUMBER = re.compile(r"\+?\d(?:[ -]?\d){7,}")
_MOST_URL, _MOST_DESCRIPTION, _MOST_ROLE = 2048, 10_000, 1000
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._:-]{0,127}")


def said(row: Mapping[str, Any], rules: Forward) -> Item:
    """The item of something said: its texts, the action if there was one, its picture."""
    item = _common(row, rules)
    item["role"] = (row.get("role") or "User")[:_MOST_ROLE]
    item["content"] = row.get("content") or ""
    for name in ("shadow_content", "expert_content"):
        if row.get(name) and name not in rules.redact:
            item[name] = row[name]
    if row.get("tools_used") and "tools_used" not in rules.redact:
        tools = row["tools_used"]
        item["tools_used"] = orjson.loads(tools) if isinstance(tools, str) else tools
    if row["user_action"] == "none" and not item["content"]:
        item["content"] = item.get("user_action_description") or "(no text)"  # the server skips what has none
    return _masked(item, rules)


def context(row: Mapping[str, Any], rules: Forward) -> Item:
    """The item of something done. Without an action its description is the content: the server skips items that
    have neither."""
    item = _common(row, rules)
    item["role"] = CONTEXT_ROLE
    if row["user_action"] == "none":
        item["content"] = item.pop("user_action_description", None) or row["event_name"]
    return _masked(item, rules)


def source_of(text: str) -> str:
    """A source as Reflexio takes it: lower case, else empty."""
    text = text.strip().lower()
    return text if _SOURCE.fullmatch(text) else ""


def _common(row: Mapping[str, Any], rules: Forward) -> Item:
    description = (row.get("user_action_description") or "")[:_MOST_DESCRIPTION]
    item: Item = {"created_at": row["created_s"], "user_action": row["user_action"]}
    if description or row["user_action"] != "none":
        item["user_action_description"] = description or row["event_name"]
    image = row.get("interacted_image_url") or ""
    if own := _OWN_IMAGE.search(image):
        if "screenshot" not in rules.redact:
            item[IMAGE] = own[1]
    elif _is_public(image) and "interacted_image_url" not in rules.redact:
        item["interacted_image_url"] = image
    return item


def _is_public(url: str) -> bool:
    """Whether the server will take it: http or https, short enough, no address of a machine's own network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host or len(url) > _MOST_URL:
        return False
    if address := address_of(host):
        return address.is_global
    return "." in host and not host.rstrip(".").endswith((".internal", ".local"))


def _masked(item: Item, rules: Forward) -> Item:
    masks = [(_EMAIL, "[e-mail]")] if "email_addresses" in rules.redact else []
    if "long_numbers" in rules.redact:
        masks.append((_NUMBER, "[number]"))
    if not masks:
        return item
    for name in ("content", "shadow_content", "expert_content", "user_action_description", "tools_used"):
        if name in item:
            item[name] = _mask(item[name], masks)
    url = item.get("interacted_image_url", "")
    query = unquote_plus(urlsplit(url).query)
    if _mask(query, masks) != query:  # a masked query would name another picture, or none
        item["interacted_image_url"] = url.partition("?")[0]
    return item


def _mask(value: Any, masks: Sequence[tuple[re.Pattern[str], str]]) -> Any:
    """A text, or the texts in a JSON value. The names of an object's fields are masked too; a whole number that would be
    masked as a text becomes that text."""
    if isinstance(value, dict):
        return {_mask(name, masks): _mask(one, masks) for name, one in value.items()}
    if isinstance(value, list):
        return [_mask(one, masks) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        masked = _mask(str(value), masks)
        return value if masked == str(value) else masked
    if not isinstance(value, str):
        return value
    for pattern, instead in masks:
        value = pattern.sub(instead, value)
    return value
