"""What a row keeps of its publish, under `publish` in its props (`collector/publish/items.py`), read back.

A page may have a property of that name too: a text, a number, a boolean or null, since its props are flat.
"""

from typing import Any

import orjson


def kept(told: object) -> dict[str, Any]:
    """The object, or an empty one where it is none: then it is not of a publish."""
    return told if isinstance(told, dict) else {}


def kept_text(told: str) -> dict[str, Any]:
    """The same of JSON text, empty where there is nothing."""
    return kept(orjson.loads(told or "{}"))
