"""Record batches: rows go in as columns and come out as they were."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector import recordbatch
from collector.recordbatch import OWN

values = st.none() | st.text(max_size=20) | st.integers(-(2**53), 2**53) | st.booleans()
made = st.lists(st.dictionaries(st.sampled_from(OWN), values, min_size=1), min_size=1, max_size=6)
SHARED = {"site": "shop", "session_id": "s", "user_id": None, "country": ""}


def encoded(rows: list[dict[str, Any]]) -> bytes:
    return recordbatch.encode(SHARED, recordbatch.columns(rows), len(rows))


def expected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"site": "shop", "session_id": "s", **{name: value for name, value in row.items() if value is not None}}
        for row in rows
    ]


@given(made)
def test_rows_come_out_as_they_went_in(rows: list[dict[str, Any]]) -> None:
    line = encoded(rows)
    assert expected(rows) == recordbatch.rows(line)
    assert len(rows) == recordbatch.count(line)
    assert [line] == line.splitlines(keepends=True) or "\u2028" in line.decode()


@given(made, st.data())
def test_selected_places_are_those_rows(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(rows) - 1), unique=True, max_size=len(rows)))
    line = recordbatch.select(encoded(rows), places)
    assert [expected(rows)[place] for place in places] == recordbatch.rows(line)
    assert len(places) == recordbatch.count(line)


def test_rows_of_one_shape_and_of_different_order_do_not_mix_their_fields() -> None:
    rows: list[dict[str, Any]] = [{"url": "a", "title": "b"}, {"title": "d", "url": "c"}]
    assert {"url": ("a", "c"), "title": ("b", "d")} == recordbatch.columns(rows)


@given(made)
def test_who_looks_for_words_is_told_where_there_may_be_some(rows: list[dict[str, Any]]) -> None:
    """By the line itself, and by its columns where a version before wrote it."""
    line = encoded(rows)
    older = line.replace(b'"texts":true,', b"", 1).replace(b'"texts":false,', b"", 1)
    some = any(name in row for row in rows for name in ("content", "expert_content", "role"))
    assert some == recordbatch.may_have_texts(line)
    assert recordbatch.may_have_texts(older) or not some
    assert recordbatch.rows(line) == recordbatch.rows(older)
