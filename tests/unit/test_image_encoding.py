"""`image_encoding`: base64 and data URLs in and out, and a reason for what is no picture."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.images import NoImage, decode
from tests.support.picturing import FORMATS, claims, picture

PNG = picture()
TEXT = base64.b64encode(PNG).decode()


@given(
    st.sampled_from(FORMATS),
    st.integers(1, 60),
    st.booleans(),
    st.sampled_from(["", "data:;base64,", "data:image/png;base64,", "DATA:image/x;charset=utf-8;BASE64,"]),
)
def test_what_was_encoded_comes_back(form: str, width: int, url_safe: bool, head: str) -> None:
    data = picture(width, 9, form)
    encoded = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    assert data == decode(head + encoded)


@pytest.mark.parametrize(
    "text", [TEXT.rstrip("="), f"  {TEXT}\n", "\r\n".join(TEXT[i : i + 76] for i in range(0, len(TEXT), 76)),
             "data:image/png;base64," + TEXT.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")],
    ids=["no padding", "space around", "lines", "percent"],
)  # fmt: skip
def test_other_spellings_of_base64(text: str) -> None:
    assert decode(text) == PNG


@pytest.mark.parametrize(
    "text", ["", "<encode_image_result>", "base64_encoded_image_data...", "[image]", "a", "ä" * 40]
)
def test_a_text_that_stands_for_a_picture_is_a_placeholder(text: str) -> None:
    assert decode(text) is NoImage.PLACEHOLDER


@pytest.mark.parametrize(
    "text",
    ["aGVsbG8=", "data:image/svg+xml,<svg/>", "data:image/png;base64,<script>", "data:image/svg+xml;base64,PHN2Zy8+"],
)
def test_bytes_that_are_no_picture(text: str) -> None:
    assert decode(text) is NoImage.NOT_AN_IMAGE


def test_a_picture_that_is_too_large() -> None:
    assert decode(TEXT, most_bytes=len(PNG) - 1) is NoImage.TOO_LARGE
    assert decode(TEXT, most_bytes=len(PNG)) == PNG


def test_a_picture_of_too_many_pixels() -> None:
    assert decode(base64.b64encode(claims(30_000, 30_000)).decode()) is NoImage.TOO_MANY_PIXELS


@given(st.text())
def test_any_text_gives_bytes_or_a_reason(text: str) -> None:
    assert isinstance(decode(text), NoImage)


@given(st.text("ABab01+/-_= \n%,:;data"))
def test_almost_base64_gives_bytes_or_a_reason(text: str) -> None:
    assert isinstance(decode(text), NoImage | bytes)
