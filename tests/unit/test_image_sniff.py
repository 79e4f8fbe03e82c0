"""Sniffing: what a picture is and how large, from its bytes alone, whatever the bytes are."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from collector.images import MOST_PIXELS, Kind, look
from collector.images.sniff import MOST_SIDE
from collector.rejection import Reason, Rejected
from tests.support.picturing import FORMATS, claims, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def refusal(data: bytes) -> Reason:
    with pytest.raises(Rejected) as refused:
        look(data)
    return refused.value.reason


@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from(FORMATS))
def test_kind_and_size_are_what_a_decoder_sees(width: int, height: int, form: str) -> None:
    found = look(picture(width, height, form))
    assert (f"image/{form.lower()}", width, height) == (found.kind, found.width, found.height)


@pytest.mark.parametrize(
    ("form", "options"),
    [("JPEG", {"progressive": True}), ("JPEG", {"exif": Image.Exif(), "comment": b"c" * 60_000}),
     ("WEBP", {"lossless": True}), ("WEBP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}), ("PNG", {"compress_level": 0})],
)  # fmt: skip
def test_other_ways_to_write_the_same_picture(form: str, options: dict[str, object]) -> None:
    found = look(picture(301, 77, form, **options))
    assert (301, 77) == (found.width, found.height)


def test_the_thumbnail_inside_a_camera_picture_is_not_its_size() -> None:
    inside = picture(8, 8, "JPEG")
    outer = picture(300, 200, "JPEG")
    segment = b"Exif\0\0" + inside
    data = outer[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2) + segment + outer[2:]
    assert (300, 200) == (look(data).width, look(data).height)


def test_an_animation_is_as_large_as_its_canvas() -> None:
    made = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    frames[0].save(made, "WEBP", save_all=True, append_images=frames[1:])
    assert (Kind.WEBP, 40, 30) == (
        look(made.getvalue()).kind,
        look(made.getvalue()).width,
        look(made.getvalue()).height,
    )


@given(st.binary(max_size=200))
@example(b"")
@example(SVG)
@example(b"<!DOCTYPE html><script>alert(1)</script>")
@example(b"%PDF-1.7 ...............................")
@example(b"BM" + bytes(60))
@example(b"II*\0" + bytes(60))
@example(b"\0\0\0\x1cftypavif" + bytes(60))
@example(b"RIFF\x24\0\0\0WAVEfmt " + bytes(60))
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert refusal(data) is Reason.NOT_AN_IMAGE


@given(st.sampled_from(FORMATS), st.data())
def test_a_damaged_picture_is_refused_or_bounded(form: str, data: st.DataObject) -> None:
    """Cut anywhere, with bytes of the head changed: never another exception, never an unbounded size."""
    whole = bytearray(picture(24, 16, form))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, min(len(whole), 64) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = look(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    except Rejected as refused:
        assert refused.reason in (Reason.NOT_AN_IMAGE, Reason.TOO_MANY_PIXELS)
    else:
        assert 0 < found.width * found.height <= MOST_PIXELS


@pytest.mark.parametrize("size", [(50_001, 1000), (1, MOST_SIDE + 1), (2**31 - 1, 2**31 - 1), (10_000, 5_001)])
def test_a_few_bytes_that_claim_to_be_huge_are_refused(size: tuple[int, int]) -> None:
    assert refusal(claims(*size)) is Reason.TOO_MANY_PIXELS


def test_the_largest_size_is_accepted() -> None:
    assert MOST_PIXELS == look(claims(10_000, 5_000)).width * 5_000


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_a_picture_without_extent_is_refused(size: tuple[int, int]) -> None:
    assert refusal(claims(*size)) is Reason.NOT_AN_IMAGE


@pytest.mark.parametrize("filler", [b"\xff", b"\xff\xe0\x00\x02", b"\xff\xd0"])
def test_a_jpeg_that_never_comes_to_its_frame_is_given_up(filler: bytes) -> None:
    assert refusal(b"\xff\xd8\xff" + filler * 1_000_000) is Reason.NOT_AN_IMAGE
