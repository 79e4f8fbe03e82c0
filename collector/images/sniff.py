"""What a picture is, from its first bytes alone: PNG, JPEG, WebP or GIF, and how many pixels it has.

Nothing is decoded here, and what a sender calls its picture is not looked at. The number of pixels is bounded
because a few hundred bytes can claim to be a picture that takes gigabytes to show.
"""

from dataclasses import dataclass
from enum import StrEnum

from collector.rejection import Reason, Rejected

MOST_PIXELS = 50_000_000
MOST_SIDE = 32_767


class Kind(StrEnum):
    """The kinds that are kept, by their media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    GIF = "image/gif"

    @property
    def suffix(self) -> str:
        return "jpg" if self is Kind.JPEG else self.value.removeprefix("image/")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's kind and its size in pixels."""

    kind: Kind
    width: int
    height: int


def kind_of(head: bytes) -> Kind | None:
    """The kind that the first 12 bytes name, or None."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Kind.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind.WEBP
    return None


def look(data: bytes) -> Picture:
    """The picture these bytes are. Raises Rejected: `not_an_image`, `too_many_pixels`."""
    kind = kind_of(data[:12])
    if kind is None:
        raise Rejected(Reason.NOT_AN_IMAGE, "the body is no picture; send the bytes of a PNG, JPEG, WebP or GIF")
    size = _SIZES[kind](data)
    if size is None or 0 in size:
        raise Rejected(Reason.NOT_AN_IMAGE, f"the head of this {kind.value} is damaged or cut off")
    width, height = size
    if max(size) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Rejected(
            Reason.TOO_MANY_PIXELS,
            f"{width} × {height} pixels; at most {MOST_PIXELS:,} are kept, and at most {MOST_SIDE:,} a side",
        )
    return Picture(kind, width, height)


Size = tuple[int, int]


def _png(data: bytes) -> Size | None:
    if len(data) < 33 or data[8:16] != b"\x00\x00\x00\x0dIHDR":
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _gif(data: bytes) -> Size | None:
    if len(data) < 13:
        return None
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def _webp(data: bytes) -> Size | None:
    chunk = data[12:16]
    if len(data) < 30:
        return None
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    if chunk == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""JPEG markers without a length."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9
_MOST_STEPS = 2_000
"""A real picture has a dozen segments before its frame; five million fill bytes are an attack."""


def _jpeg(data: bytes) -> Size | None:
    """The size in the frame's header; the segments before it are stepped over by their lengths."""
    place = 2
    for _ in range(_MOST_STEPS):
        if place + 4 > len(data) or data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if marker in _ALONE:
            place += 2
            continue
        if marker in (_SCAN, _END):
            return None
        length = int.from_bytes(data[place + 2 : place + 4])
        if marker in _FRAMES:
            if length < 8 or place + 9 > len(data):
                return None
            return int.from_bytes(data[place + 7 : place + 9]), int.from_bytes(data[place + 5 : place + 7])
        if length < 2:
            return None
        place += 2 + length
    return None


_SIZES = {Kind.PNG: _png, Kind.JPEG: _jpeg, Kind.WEBP: _webp, Kind.GIF: _gif}
