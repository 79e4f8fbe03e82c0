"""Pictures for tests, drawn by Pillow; and heads of pictures by hand."""

import io
import zlib

from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def picture(width: int = 24, height: int = 16, form: str = "PNG", color: str = "teal", **options: object) -> bytes:
    """A picture of one color."""
    made = io.BytesIO()
    mode = "P" if form == "GIF" else "RGB"
    Image.new("RGB", (width, height), color).convert(mode).save(made, form, **options)
    return made.getvalue()


def size_of(data: bytes) -> tuple[str | None, tuple[int, int]]:
    """Format and size as Pillow sees them."""
    with Image.open(io.BytesIO(data)) as opened:
        return opened.format, opened.size


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims a size."""
    head = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + head + zlib.crc32(head).to_bytes(4)
