"""Windows and cursors: what a question may name, and that what is wrong is refused before the engine sees it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from collector.query.cursor import Cursor, decode
from collector.query.interactions import InteractionsQuery
from collector.query.question import Question, Window
from collector.query.window import Moment, sql_time
from collector.timezones import zone_name

MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
MORNING = datetime(2026, 11, 23, 8, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-23T08:00:00.123Z", "2026-11-23T08:00:00.123+00:00", "2026-11-23T09:00:00.123+01:00", "2026-11-23 08:00:00.123",
     "2026-11-23T08:00:00.123", "1795420800123", " 1795420800123 "],
)  # fmt: skip
def test_a_moment_is_iso_8601_or_unix_ms(text: str) -> None:
    assert MORNING == MOMENT.validate_python(text)


def test_a_day_begins_at_midnight_utc() -> None:
    assert datetime(2026, 11, 23, tzinfo=UTC) == MOMENT.validate_python("2026-11-23")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "2026-11-23T25:00", "--5", "²", "1e3", "9" * 30, "9" * 5000, "null",
             "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "0001-01-01", "1795420800123000"]
)  # fmt: skip
def test_what_is_no_time_the_engine_knows_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValidationError, match="2026-11-23T08:00:00Z"):
        MOMENT.validate_python(text)


@given(st.text(max_size=30) | st.integers().map(str) | st.datetimes().map(str))
def test_any_text_is_a_moment_the_engine_can_read_or_refused(text: str) -> None:
    try:
        moment = MOMENT.validate_python(text)
    except ValidationError:
        return
    assert len("2026-11-23 08:00:00.123") == len(sql_time(moment))


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31)))
def test_a_moment_survives_the_way_to_the_engine(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    expected = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert expected == datetime.strptime(sql_time(moment) + "+0000", "%Y-%m-%d %H:%M:%S.%f%z")


@given(st.integers(0, 2**42), st.integers(0, 2**53 - 1), st.integers(0, 2**42), st.integers(0, 2**16 - 1))
def test_a_cursor_comes_back_as_it_was(created_at: int, interaction_id: int, received_at: int, place: int) -> None:
    cursor = Cursor(created_at, interaction_id, received_at, place)
    assert cursor == decode(cursor.encode())
    assert cursor.encode().replace("-", "").replace("_", "").isalnum()
    assert created_at == round(cursor.moment.timestamp() * 1000)


@given(st.text(max_size=40))
def test_any_text_is_a_cursor_or_refused_in_one_way(text: str) -> None:
    try:
        cursor = decode(text)
    except ValueError as error:
        assert "must be the next_cursor of an earlier answer" == str(error)
    else:
        assert cursor.sql_time


@pytest.mark.parametrize("raw", [(-(2**43), 1), (2**43, 1), (1, -1), (1, 2**53), (1, 1, -1), (1, 1, 1, 2**16)])
def test_a_cursor_out_of_range_is_refused(raw: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="next_cursor"):
        decode(Cursor(*raw).encode())


def ask(**parameters: str) -> InteractionsQuery:
    return InteractionsQuery.model_validate(parameters, by_alias=True, by_name=False)


def test_a_question_may_be_empty() -> None:
    assert (100, None, None) == (ask().limit, ask().start, ask().cursor)


def test_a_question_takes_its_filters_as_text() -> None:
    cursor = Cursor(5, 7).encode()
    found = ask(
        **{"from": "0", "to": "1795420800123", "limit": "7", "event": "click", "cursor": cursor, "site": "shop"}
    )
    assert (MORNING, 7, "click", cursor, "shop") == (found.end, found.limit, found.event, found.cursor, found.site)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"from": "2026-11-23", "to": "2026-11-22"}, "from: must be before to"),
        ({"from": "2026-11-23", "to": "2026-11-23"}, "from: must be before to"),
        ({"from": "soon"}, "from"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"start": "0"}, "start"),
        ({"form": "0"}, "form"),
        ({"user_id": "x" * 257}, "user_id"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ask(**parameters)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    ("zone", "start", "end", "before"),
    [
        (
            "Europe/Berlin",
            "2026-10-25T00:30Z",
            "2026-10-25T01:30Z",
            "2026-10-24T23:30Z",
        ),  # the hour that is there twice
        ("Europe/Berlin", "2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-28T23:30Z"),  # that which is not
        ("Europe/Berlin", "2026-10-24T10:00Z", "2026-10-25T10:00Z", "2026-10-23T10:00Z"),
        ("Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T23:00Z", "2026-10-23T22:00Z"),  # a day of 25 hours
        ("Europe/Berlin", "2026-10-20T08:00Z", "2026-10-27T09:00Z", "2026-10-13T08:00Z"),  # a week
        ("America/Havana", "2026-11-01T04:00Z", "2026-11-01T05:00Z", "2026-11-01T03:00Z"),  # midnight is there twice
        ("Pacific/Apia", "2011-12-30T10:00Z", "2011-12-31T10:00Z", "2011-12-29T10:00Z"),  # the day before was not
        ("UTC", "2026-11-01T10:00Z", "2026-11-01T10:00:00.001Z", "2026-11-01T09:59:59.999Z"),
    ],
)
def test_the_window_before_is_as_long(zone: str, start: str, end: str, before: str) -> None:
    window = Window(*map(datetime.fromisoformat, (start, end)), ZoneInfo(zone))
    previous = window.previous()
    assert (datetime.fromisoformat(before), window.start) == (previous.start, previous.end)


@pytest.mark.parametrize(
    "name", ["right/Europe/Berlin", "posix/UTC", "localtime", "Factory", "posixrules", "../UTC", "", "Mars"]
)
def test_what_is_no_zone_is_refused_whatever_stands_in_the_folder_of_zones(name: str) -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        zone_name(name)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ({"from": "2026-11-01", "to": "2026-12-01"}, "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
        ({"from": "2026-10-25", "to": "2026-10-26"}, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ({"from": "2026-11-01T00:00:00Z", "to": "2026-11-02T06:30"}, "2026-11-01T00:00:00Z", "2026-11-02T05:30:00Z"),
        ({"from": "1793491200000", "to": "2026-12-01"}, "2026-11-01T00:00:00Z", "2026-11-30T23:00:00Z"),
    ],
    ids=["a month of winter", "a day of 25 hours", "one says its zone", "Unix ms"],
)
def test_times_without_a_zone_are_of_the_zone_that_is_asked_for(asked: dict[str, str], start: str, end: str) -> None:
    window = Question.model_validate({**asked, "tz": "Europe/Berlin"}).window
    assert (datetime.fromisoformat(start), datetime.fromisoformat(end)) == (window.start, window.end)
