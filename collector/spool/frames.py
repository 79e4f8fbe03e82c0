"""Frames: how bytes are wrapped so that a torn or flipped one is noticed. The format stands in `__init__`."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from crc32c import crc32c

MAGIC = b"IXSPOOL1"
MARK = b"\xf5IX\n"
MAX_PAYLOAD = 64 * 1024 * 1024
_HEAD = struct.Struct("<4sIII")
_LENGTHS = struct.Struct("<II")


class Frame(NamedTuple):
    """A whole frame: its meta and body, and where it ends in the segment (bytes)."""

    meta: bytes
    body: bytes
    end: int


class Damage(NamedTuple):
    """Bytes that belong to no valid frame. `tail`: no valid frame follows."""

    start: int
    end: int
    tail: bool


def encode(meta: bytes, body: bytes) -> tuple[bytes, bytes, bytes]:
    """One frame, as parts to be joined. Raises ValueError when meta and body together are over 64 MiB."""
    if len(meta) + len(body) > MAX_PAYLOAD:
        raise ValueError(f"a frame holds at most {MAX_PAYLOAD} bytes")
    lengths = _LENGTHS.pack(len(meta), len(body))
    crc = crc32c(body, crc32c(meta, crc32c(lengths)))
    return _HEAD.pack(MARK, crc, len(meta), len(body)), meta, body


def _frame_at(data: bytes, start: int) -> Frame | None:
    if start + _HEAD.size > len(data):
        return None
    mark, crc, meta_length, body_length = _HEAD.unpack_from(data, start)
    body_start = start + _HEAD.size + meta_length
    end = body_start + body_length
    if mark != MARK or meta_length + body_length > MAX_PAYLOAD or end > len(data):
        return None
    if crc32c(memoryview(data)[start + 8 : end]) != crc:
        return None
    return Frame(data[start + _HEAD.size : body_start], data[body_start:end], end)


def is_torn(data: bytes, start: int) -> bool:
    """Whether what begins at `start` is the beginning of a frame that was still being written, or less."""
    rest = len(data) - start
    if rest < _HEAD.size:
        return True
    mark, _, meta_length, body_length = _HEAD.unpack_from(data, start)
    return bool(mark == MARK and meta_length + body_length + _HEAD.size > rest)


def scan(data: bytes) -> Iterator[Frame | Damage]:
    """Read a segment's bytes: frames in order, and each damaged stretch between them as one `Damage`.

    Never raises: any bytes are either frames or damage.
    """
    position = 0
    if data[: len(MAGIC)] == MAGIC:
        position = len(MAGIC)
    damage_start = position
    while position < len(data):
        frame = _frame_at(data, position)
        if frame is None:
            following = data.find(MARK, position + 1)
            position = len(data) if following < 0 else following
            continue
        if damage_start < position:
            yield Damage(damage_start, position, tail=False)
        yield frame
        position = damage_start = frame.end
    if damage_start < len(data):
        yield Damage(damage_start, len(data), tail=True)
