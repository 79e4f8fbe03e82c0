"""Clock correction: whose clock is wrong by more than 5 s is corrected; what is out of range is refused, not moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.intake.clock import correct
from collector.rejection import Reason
from tests.unit.making import NOW, checked, event

DAY = 24 * 3600 * 1000


def offset_of(sent_at: int) -> int:
    return correct(checked(event(at=sent_at), sent_at=sent_at), received_at=NOW, retention_days=400)


@pytest.mark.parametrize("behind", [0, 1, -1, 5000, -5000])
def test_a_clock_within_five_seconds_is_believed(behind: int) -> None:
    assert 0 == offset_of(NOW - behind)


@pytest.mark.parametrize("behind", [5001, -5001, 3_600_000, -3_600_000, 300 * DAY, -3000 * DAY])
def test_a_clock_further_off_is_corrected_by_the_whole_difference(behind: int) -> None:
    assert behind == offset_of(NOW - behind)


@pytest.mark.parametrize("behind", [0, 7_200_000, -7_200_000])
@pytest.mark.parametrize(
    ("true_time", "kept"),
    [
        (NOW, True),
        (NOW + DAY, True),
        (NOW + DAY + 1, False),
        (NOW - 400 * DAY, True),
        (NOW - 400 * DAY - 1, False),
    ],
)
def test_the_corrected_time_decides_what_is_out_of_range(behind: int, true_time: int, kept: bool) -> None:
    found = checked(event(1, at=true_time - behind), event(2, at=NOW - behind), sent_at=NOW - behind)
    assert behind == correct(found, received_at=NOW, retention_days=400)
    assert (2 if kept else 1) == len(found.events)
    refused = [(entry["index"], entry["reason"], entry["field"]) for entry in found.rejected]
    assert ([] if kept else [(0, Reason.TIMESTAMP_OUT_OF_RANGE, "at")]) == refused


def test_the_message_names_the_retention() -> None:
    found = checked(event(at=NOW - 8 * DAY))
    correct(found, received_at=NOW, retention_days=7)
    assert "7 days" in found.rejected[0]["message"]


def test_the_index_counts_events_refused_before() -> None:
    found = checked(event(1, type="nope"), event(2), event(3, at=0))
    correct(found, received_at=NOW, retention_days=400)
    assert [0, 2] == [entry["index"] for entry in found.rejected]


@given(st.integers(), st.lists(st.integers(), min_size=1, max_size=5), st.integers(1, 3650))
def test_whatever_the_clock_says_what_is_kept_fits_the_engine_and_the_retention(
    sent_at: int, times: list[int], days: int
) -> None:
    found = checked(*(event(number, at=at) for number, at in enumerate(times)), sent_at=sent_at)
    offset = correct(found, received_at=NOW, retention_days=days)
    assert len(times) == len(found.events) + len(found.rejected)
    for one in found.events:
        assert NOW - days * DAY <= one.at_ms + offset <= NOW + DAY
        assert 0 <= one.at_ms <= 7_258_118_400_000


@given(st.integers(-(10**15), 10**15))
def test_a_page_is_never_refused_for_its_clock_alone_within_the_engines_range(skew: int) -> None:
    at = NOW + skew
    found = checked(event(at=at), sent_at=at)
    correct(found, received_at=NOW, retention_days=400)
    assert (0 <= at <= 7_258_118_400_000) == bool(found.events)
