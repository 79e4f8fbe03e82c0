"""Gzip: undone within bounds; bombs, cuts and lies are refused by name."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.intake.check import inflate
from collector.rejection import Reason, Rejected
from tests.unit.making import body, event

MOST = 4 * 1024 * 1024


def reason(data: bytes, most: int = MOST) -> Reason:
    with pytest.raises(Rejected) as raised:
        inflate(data, most)
    return raised.value.reason


@given(st.binary(max_size=3000), st.integers(0, 9))
def test_what_was_compressed_comes_back(data: bytes, level: int) -> None:
    assert data == inflate(gzip.compress(data, level), max(1, len(data)))


@given(st.binary(max_size=200))
def test_any_bytes_are_inflated_or_refused(data: bytes) -> None:
    try:
        assert len(inflate(data, 1000)) <= 1000
    except Rejected as error:
        assert error.reason in (Reason.UNSUPPORTED_ENCODING, Reason.BODY_TOO_LARGE)


def test_the_bound_is_exact() -> None:
    packed = gzip.compress(bytes(1000))
    assert bytes(1000) == inflate(packed, 1000)
    assert Reason.BODY_TOO_LARGE == reason(packed, 999)


def test_a_bomb_is_refused_without_inflating_it() -> None:
    bomb = gzip.compress(bytes(200 * MOST // 4))
    tracemalloc.start()
    try:
        assert Reason.BODY_TOO_LARGE == reason(bomb)
        assert tracemalloc.get_traced_memory()[1] < 4 * MOST
    finally:
        tracemalloc.stop()


def test_a_body_cut_off_anywhere_is_refused() -> None:
    packed = gzip.compress(body(event()))
    assert {Reason.UNSUPPORTED_ENCODING} == {reason(packed[:cut]) for cut in range(len(packed))}


def test_a_flipped_byte_in_the_data_is_refused() -> None:
    packed = bytearray(gzip.compress(body(event()), 0))
    packed[40] ^= 1
    assert Reason.UNSUPPORTED_ENCODING == reason(bytes(packed))


@pytest.mark.parametrize("data", [b"", b"{}", body(event()), zlib.compress(b"{}"), b"\x1f\x8b"])
def test_a_body_that_is_no_gzip_is_refused(data: bytes) -> None:
    assert Reason.UNSUPPORTED_ENCODING == reason(data)


def test_a_body_of_several_members_is_whole_or_refused_never_a_part() -> None:
    """RFC 1952 lets members follow each other; a part of a batch must not pass for the whole."""
    packed = gzip.compress(b'{"v":1}') + gzip.compress(b" trailing")
    assert Reason.UNSUPPORTED_ENCODING == reason(packed)
