"""Thumbnails: small, upright, without metadata, made by a process that a picture can kill and nothing else."""

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from collector.images import look, shrink
from collector.images.thumbnails import HOPELESS, SECONDS, WIDTHS, Shrinker, Thumbnails, rounded
from tests.support.picturing import FORMATS, claims, picture

ID = "ab" * 32


@pytest.fixture
def thumbnails(tmp_path: Path) -> Iterator[Thumbnails]:
    made = Thumbnails(tmp_path)
    yield made
    made.close()


@pytest.fixture
def shrinker() -> Iterator[Shrinker]:
    made = Shrinker()
    yield made
    made.close()


def opened(data: bytes | None) -> Image.Image:
    assert data
    found = Image.open(io.BytesIO(data))
    assert found.format == "WEBP"
    found.load()
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_each_kind_becomes_a_small_webp(form: str) -> None:
    assert (128, 64) == opened(shrink.shrink(picture(400, 200, form), 128)).size


def test_a_small_picture_is_not_made_larger() -> None:
    assert (30, 20) == opened(shrink.shrink(picture(30, 20), 512)).size


def test_a_very_high_picture_is_bounded_in_height_too() -> None:
    assert (12, 256) == opened(shrink.shrink(picture(100, 2133), 64)).size


def test_what_shines_through_still_does() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(made, "PNG")
    small = opened(shrink.shrink(made.getvalue(), 64))
    assert small.mode == "RGBA"
    assert 0 == small.convert("RGBA").getpixel((5, 5))[3]  # type: ignore[index]


def test_a_camera_picture_on_its_side_stands_upright_and_says_nothing_of_its_place() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    small = opened(shrink.shrink(picture(400, 100, "JPEG", exif=exif), 64))
    assert (64, 256) == small.size
    assert not small.getexif()


def test_text_inside_a_picture_is_left_behind() -> None:
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", "a secret of the sender")
    assert b"secret" not in shrink.shrink(picture(400, 100, "PNG", pnginfo=about), 64)


@pytest.mark.parametrize("width", [1, 64, 65, 1024, 4096])
def test_widths_are_rounded_up_to_few(width: int) -> None:
    assert rounded(width) in WIDTHS
    assert rounded(width) >= min(width, WIDTHS[-1])


def test_it_is_made_once_and_then_found(thumbnails: Thumbnails) -> None:
    assert thumbnails.find(ID, 64) is None
    made = thumbnails.make(ID, picture(), 64)
    assert made == thumbnails.find(ID, 64)
    assert thumbnails.ids() == {ID}
    thumbnails.forget(ID)
    assert thumbnails.find(ID, 64) is None


@pytest.mark.parametrize("data", [claims(40_000, 40_000), picture()[:50], b"", b"\xff\xd8\xff" + bytes(100)])
def test_what_can_not_be_decoded_has_none(shrinker: Shrinker, data: bytes) -> None:
    assert b"" == shrinker.shrink(data, 64)
    assert shrinker.shrink(picture(), 64)


def test_a_frame_that_is_larger_than_its_picture_says_is_not_decoded(shrinker: Shrinker) -> None:
    side = (20_000).to_bytes(2, "little")
    head = b"GIF89a\x08\0\x08\0\x80\0\0" + bytes(6)
    hostile = head + b"\x2c\0\0\0\0" + side + side + b"\0\x02\x02\x4c\x01\0;"
    assert (8, 8) == (look(hostile).width, look(hostile).height)
    assert b"" == shrinker.shrink(hostile, 64)
    assert shrinker.shrink(picture(), 64)


def test_a_decoder_that_dies_is_started_again(shrinker: Shrinker) -> None:
    assert shrinker.shrink(picture(), 64)
    assert shrinker.pid
    os.kill(shrinker.pid, signal.SIGKILL)
    results = [shrinker.shrink(picture(), 64) for _ in range(2)]
    assert results[1]


def test_a_decoder_that_hangs_is_ended() -> None:
    shrinker = Shrinker(seconds=0.5)
    try:
        while not shrinker.shrink(picture(), 64):  # the first start may take longer on a busy machine
            continue
        assert shrinker.pid
        os.kill(shrinker.pid, signal.SIGSTOP)
        assert shrinker.shrink(picture(), 64) is None
    finally:
        shrinker.close()


def test_a_hopeless_picture_is_not_tried_again(thumbnails: Thumbnails) -> None:
    assert thumbnails.make(ID, b"GIF89a", 64) is None
    assert thumbnails.make(ID, picture(), 64) is None
    assert thumbnails.make("cd" * 32, picture(), 64)


def test_a_picture_at_which_the_decoder_was_ended_is_tried_again_but_not_for_ever(thumbnails: Thumbnails) -> None:
    shrinker = thumbnails._shrinker

    def ended() -> None:
        """Make one while the decoder hangs and is ended."""
        while not shrinker.shrink(picture(), 64):  # the first start may take longer on a busy machine
            continue
        assert shrinker.pid
        os.kill(shrinker.pid, signal.SIGSTOP)
        with pytest.raises(OSError, match="broke off"):
            thumbnails.make(ID, picture(), 64)

    shrinker._seconds = 0.5
    ended()
    shrinker._seconds = SECONDS
    assert thumbnails.make(ID, picture(), 64)
    shrinker._seconds = 0.5
    for _ in range(HOPELESS - 1):
        ended()
    assert thumbnails.make(ID, picture(), 64) is None


def test_the_oldest_go_when_there_are_too_many(thumbnails: Thumbnails, tmp_path: Path) -> None:
    for number in range(8):
        thumbnails.make(f"{number:02x}" * 32, picture(100, 100), 64)
        os.utime(next(tmp_path.glob(f"{number:02x}/*")), (number, number))
    size = sum(path.stat().st_size for path in tmp_path.glob("*/*"))
    thumbnails.prune(size)
    assert 8 == len(thumbnails.ids())
    thumbnails.prune(size - 1)
    left = sorted(path.parent.name for path in tmp_path.glob("*/*"))
    assert left == [f"{number:02x}" for number in range(8 - len(left), 8)]
    assert 0 < len(left) < 8
