"""The process that decodes pictures for thumbnails. Run as a script: it imports Pillow and nothing of ours.

Decoders have had holes, and what they are given here came from strangers. So they work in a process of their own,
with bounded memory: one that crashes, hangs or swells takes a thumbnail with it and nothing else. It ends when its
standard input does, and so with the collector.

Asked:     2 bytes width, 4 bytes length, the picture
Answered:  4 bytes length, the WebP; length 0 when the picture can't be decoded
(big-endian)
"""

import contextlib
import io
import resource
import sys
from typing import BinaryIO

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
MOST_MEMORY = 1024 * 1024 * 1024
TALLEST = 4
"""A thumbnail is at most this many times as high as it is wide; higher pictures become narrower."""
_ORIENTATION = 0x0112
_ON_ITS_SIDE = range(5, 9)


def shrink(data: bytes, width: int) -> bytes:
    """A WebP of the first frame, at most `width` pixels wide, upright, without metadata. Raises what Pillow does."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        box = (width, width * TALLEST)
        lying = picture.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
        picture.thumbnail(box[::-1] if lying else box, reducing_gap=2.0)
        upright = ImageOps.exif_transpose(picture)
        small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    made = io.BytesIO()
    small.save(made, "WEBP", quality=80, method=4, exif=b"", xmp=b"")
    return made.getvalue()


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more questions."""
    while len(head := asked.read(6)) == 6:
        width, length = int.from_bytes(head[:2]), int.from_bytes(head[2:])
        data = asked.read(length)
        made = b""
        with contextlib.suppress(Exception):  # whatever a decoder raises for hostile bytes: an empty answer
            made = shrink(data, width)
        answers.write(len(made).to_bytes(4) + made)
        answers.flush()


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    serve(sys.stdin.buffer, sys.stdout.buffer)
