"""Pictures inside JSON: base64, alone or in a data URL, as Reflexio's `image_encoding` carries them.

Publishers send much that is no picture (the example of Reflexio's own page is the text "base64_encoded_image").
A publish is not refused for it; the item is kept and marked with the reason instead.
"""

import binascii
import re
from enum import StrEnum
from urllib.parse import unquote

from collector.images.sniff import look
from collector.rejection import Reason, Rejected

MOST_ENCODED_BYTES = 8 * 1024 * 1024
"""Most bytes of one picture in a publish; its whole body is bounded by 10 MiB before."""

_DATA_URL = re.compile(r"data:[^,]{0,200},", re.IGNORECASE)
_WHITESPACE = re.compile(r"\s+")
_URL_SAFE = str.maketrans("-_", "+/")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


class NoImage(StrEnum):
    """Why an `image_encoding` is no picture."""

    PLACEHOLDER = "placeholder"
    """no base64 at all: a text that stands where a picture should"""
    NOT_AN_IMAGE = "not_an_image"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"


def decode(image_encoding: str, most_bytes: int = MOST_ENCODED_BYTES) -> bytes | NoImage:
    """The bytes of the PNG, JPEG, WebP or GIF in a base64 text or data URL, or why there is none."""
    text = image_encoding.strip()
    head = _DATA_URL.match(text)
    if head:
        text = text[head.end() :]
        if not head[0].lower().endswith(";base64,"):
            return NoImage.NOT_AN_IMAGE
        if "%" in text:
            text = unquote(text)
    text = _WHITESPACE.sub("", text).translate(_URL_SAFE)
    if not text or not _BASE64.fullmatch(text):
        return NoImage.NOT_AN_IMAGE if head else NoImage.PLACEHOLDER
    text = text.rstrip("=")
    if len(text) * 3 // 4 > most_bytes:
        return NoImage.TOO_LARGE
    try:
        data = binascii.a2b_base64(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return NoImage.PLACEHOLDER
    try:
        look(data)
    except Rejected as refused:
        return NoImage.TOO_MANY_PIXELS if refused.reason is Reason.TOO_MANY_PIXELS else NoImage.NOT_AN_IMAGE
    return data
