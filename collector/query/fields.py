"""The fields that a filter or a breakdown may name, and the column each one is.

A fixed table: a name that a caller sends is looked up here and never becomes SQL itself.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number"]

TEXTS = (
    "event_name", "user_action", "user_action_description", "path", "url", "title", "referrer",
    "utm_source", "utm_medium", "utm_campaign", "browser", "os", "device", "country", "language", "timezone",
    "source", "agent_version", "site", "user_id", "visitor_id", "session_id", "request_id", "thread_id",
    "product_id", "target_role", "target_label", "target_selector", "target_section", "target_href",
    "interacted_image_url", "content", "expert_content", "role",
)  # fmt: skip
NUMBERS = (
    "value", "rating", "scroll_depth", "count", "visible_ms", "x", "y", "page_x", "page_y", "page_height",
    "viewport_width", "viewport_height",
)  # fmt: skip
PROP = "props."
_PROP_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")


@dataclass(frozen=True)
class Field:
    """A column, or with `prop` one of the props, whose values may be text, numbers or booleans."""

    name: str
    kind: Kind
    prop: str | None = None

    def sql(self, prop: str) -> str:
        """The value as text or number; `prop` is the placeholder of the prop's name, where there is one."""
        if self.prop is None:
            return self.name
        raw = f"JSONExtractRaw(props, {prop})"
        return f"if(startsWith({raw}, '\"'), JSONExtractString(props, {prop}), {raw})"


_FIELDS = {name: Field(name, "text") for name in TEXTS} | {name: Field(name, "number") for name in NUMBERS}


def field(name: str) -> Field:
    """The field of a name, such as `path` or `props.colour`. Raises ValueError."""
    if name.startswith(PROP):
        prop = name.removeprefix(PROP)
        if not _PROP_NAME.fullmatch(prop):
            raise ValueError("the name of a prop has 1 to 128 printable characters: props.NAME")
        return Field(name, "text", prop)
    found = _FIELDS.get(name)
    if found is None:
        raise ValueError(f"there is no field {name[:60]!r}; there are: {', '.join(_FIELDS)}, props.NAME")
    return found
