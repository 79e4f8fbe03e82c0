"""Long lists as parameters of a statement: cut into parts that a server takes."""

from hypothesis import given
from hypothesis import strategies as st

from collector.clickhouse.longlists import MOST_BYTES, cut

SQL = (
    "SELECT 1 WHERE a IN {ids:Array(DateTime64(3, 'UTC'))} OR b IN {ids:Array(DateTime64(3, 'UTC'))} AND c = {x:String}"
)


def test_short_lists_and_other_values_stay() -> None:
    parameters = {"ids": ["a"] * 100, "x": "a" * 100_000, "none": []}
    assert (SQL, parameters) == cut(SQL, parameters)


def test_a_long_list_is_put_together_wherever_it_stands() -> None:
    ids = [f"{number:030}" for number in range(2000)]
    sql, parameters = cut(SQL, {"ids": ids, "x": "x"})
    whole = "arrayConcat({ids_part0:Array(DateTime64(3, 'UTC'))}, {ids_part1:Array(DateTime64(3, 'UTC'))}, {ids_part2:"
    assert 2 == sql.count(whole) and sql.endswith("{x:String}") and "{ids:" not in sql
    assert ids == [one for name, part in parameters.items() if name != "x" for one in part]


@given(st.lists(st.text(max_size=50).map(lambda text: text * 400) | st.integers(), max_size=30))
def test_no_part_is_long_and_nothing_is_lost(values: list[object]) -> None:
    _, parameters = cut("{v:Array(String)}", {"v": values})
    parts = [part for part in parameters.values() if part]
    assert values == [one for part in parts for one in part]
    assert all(len(part) == 1 or sum(len(str(one).encode()) for one in part) <= MOST_BYTES for part in parts)
