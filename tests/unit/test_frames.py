"""Frames: a torn or flipped byte costs the frame it is in, and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.spool import Damage, Frame, encode, scan
from collector.spool.frames import MAGIC, MARK, MAX_PAYLOAD

contents = st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=80)), max_size=6)
some_contents = st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=40)), min_size=1, max_size=5)


def segment(pairs: list[tuple[bytes, bytes]]) -> tuple[bytes, list[tuple[int, int]]]:
    """The bytes of a segment, and where each frame begins and ends."""
    data, places = MAGIC, []
    for meta, body in pairs:
        start = len(data)
        data += b"".join(encode(meta, body))
        places.append((start, len(data)))
    return data, places


def payloads(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(part.meta, part.body) for part in scan(data) if isinstance(part, Frame)]


def damages(data: bytes) -> list[Damage]:
    return [part for part in scan(data) if isinstance(part, Damage)]


@given(contents)
def test_what_is_encoded_is_read_back_in_order(pairs: list[tuple[bytes, bytes]]) -> None:
    data, places = segment(pairs)
    assert [Frame(meta, body, end) for (meta, body), (_, end) in zip(pairs, places, strict=True)] == list(scan(data))


@given(st.binary(max_size=300))
def test_any_bytes_are_frames_or_damage_and_nothing_is_left_out(data: bytes) -> None:
    assert_covers(data)


@given(st.lists(st.one_of(st.just(MARK), st.just(MAGIC), st.binary(max_size=12)), max_size=30))
def test_bytes_full_of_marks_never_raise(parts: list[bytes]) -> None:
    assert_covers(b"".join(parts))


def assert_covers(data: bytes) -> None:
    """Frames and damage follow each other without a gap up to the end."""
    position = len(MAGIC) if data.startswith(MAGIC) else 0
    for part in scan(data):
        if isinstance(part, Damage):
            assert position == part.start
            assert part.start < part.end
        position = part.end
    assert len(data) == position
    assert [] == [part for part in damages(data) if part.tail and part.end < len(data)]


def test_a_cut_anywhere_loses_only_the_frames_behind_it() -> None:
    pairs = [(b"m1", b"first"), (b"", b"second" * 5), (b"m3", b""), (b"m4", b"last")]
    data, places = segment(pairs)
    for cut in range(len(MAGIC), len(data)):
        whole = [pair for pair, (_, end) in zip(pairs, places, strict=True) if end <= cut]
        assert whole == payloads(data[:cut])
        torn_from = max([len(MAGIC), *(end for _, end in places if end <= cut)])
        assert ([] if torn_from == cut else [Damage(torn_from, cut, tail=True)]) == damages(data[:cut])


@given(some_contents, st.data())
def test_a_flipped_bit_loses_its_own_frame_and_names_the_place(
    pairs: list[tuple[bytes, bytes]], choose: st.DataObject
) -> None:
    data, places = segment(pairs)
    bit = choose.draw(st.integers(len(MAGIC) * 8, len(data) * 8 - 1))
    hit = next(index for index, (_, end) in enumerate(places) if bit // 8 < end)
    flipped = bytearray(data)
    flipped[bit // 8] ^= 1 << bit % 8
    assert pairs[:hit] + pairs[hit + 1 :] == payloads(bytes(flipped))
    assert [Damage(*places[hit], tail=hit == len(pairs) - 1)] == damages(bytes(flipped))


@given(some_contents, st.integers(0, len(MAGIC) * 8 - 1))
def test_a_flipped_bit_in_the_magic_loses_no_frame(pairs: list[tuple[bytes, bytes]], bit: int) -> None:
    data, _ = segment(pairs)
    flipped = bytearray(data)
    flipped[bit // 8] ^= 1 << bit % 8
    assert pairs == payloads(bytes(flipped))
    assert [Damage(0, len(MAGIC), tail=False)] == damages(bytes(flipped))


@pytest.mark.parametrize("inner", [MARK, MARK * 5, MARK + b"\xff" * 12, MARK + b"\0" * 11, MAGIC + MARK])
def test_reading_finds_the_next_frame_when_the_damaged_one_holds_marks(inner: bytes) -> None:
    data, places = segment([(b"m", b"before" + inner + b"after"), (inner, b"intact")])
    assert [(b"m", b"before" + inner + b"after"), (inner, b"intact")] == payloads(data)
    flipped = bytearray(data)
    flipped[places[0][1] - 1] ^= 1
    assert [(inner, b"intact")] == payloads(bytes(flipped))
    assert [Damage(*places[0], tail=False)] == damages(bytes(flipped))


def test_an_announced_length_beyond_the_end_does_not_swallow_later_frames() -> None:
    data, places = segment([(b"", b"one"), (b"", b"two")])
    lied = bytearray(data)
    lied[places[0][0] + 14] = 0xFF
    assert [(b"", b"two")] == payloads(bytes(lied))


def test_an_empty_segment_holds_nothing() -> None:
    assert [] == list(scan(MAGIC))
    assert [] == list(scan(b""))


def test_a_frame_over_the_limit_is_refused_before_it_is_written() -> None:
    half = bytes(MAX_PAYLOAD // 2)
    assert MAX_PAYLOAD + 16 == sum(map(len, encode(half, half)))
    with pytest.raises(ValueError, match="at most 67108864 bytes"):
        encode(half, half + b"x")
