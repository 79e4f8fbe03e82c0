"""Top lists, images, friction and heat maps against the reference."""

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analytics import reference
from tests.analytics.asking import ask, questions
from tests.analytics.reference import Asked, Row, Rows
from tests.support.collector import Collector

BY = (
    "page", "entry_page", "exit_page", "referrer", "campaign", "element", "search", "event", "error", "product",
    "image", "device", "browser", "source", "country", "props.colour", "props.n", "rating",
)  # fmt: skip
MANY = 1000


@given(query=questions(), by=st.sampled_from(BY), limit=st.sampled_from((1, 3, MANY)))
def test_top_list_is_that_of_the_reference(shop: Collector, rows: Rows, query: Row, by: str, limit: int) -> None:
    found = ask(shop, "/v1/top", {**query, "by": by, "limit": limit})
    expected = reference.top(Asked(rows, query), by)
    assert expected[:limit] == found["items"]
    assert len(expected) == found["total"]


@given(
    query=questions(),
    limit=st.sampled_from((2, MANY)),
    order=st.sampled_from(("sessions", "views", "touches", "carts")),
)
def test_images_are_those_of_the_reference(shop: Collector, rows: Rows, query: Row, limit: int, order: str) -> None:
    found = ask(shop, "/v1/images", {**query, "limit": limit, "order": order})
    expected = reference.images(Asked(rows, query), order)
    assert len(expected) == found["total"]
    for one, item in zip(expected[:limit], found["items"], strict=True):
        assert {name: approximately(value) for name, value in one.items()} == item


def approximately(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9) if isinstance(value, float) else value


def some(examples: list[str], of: Collection[str]) -> bool:
    """Whether examples are different ones of all there are, five of them where there are so many."""
    return set(examples) <= set(of) and len(set(examples)) == len(examples) == min(5, len(of))


@given(query=questions())
def test_friction_is_that_of_the_reference(shop: Collector, rows: Rows, query: Row) -> None:
    found = ask(shop, "/v1/friction", {**query, "limit": 200})
    asked = Asked(rows, query)
    for name, event in (("rage_clicks", "rage_click"), ("dead_clicks", "dead_click")):
        expected = reference.click_troubles(asked, event)
        assert (expected["count"], expected["sessions"]) == (found[name]["count"], found[name]["sessions"])
        items = {(i["path"], i["target_label"], i["target_selector"]): i for i in found[name]["items"]}
        assert expected["items"].keys() == items.keys()
        for key, (count, sessions, ids) in expected["items"].items():
            assert (count, sessions) == (items[key]["count"], items[key]["sessions"])
            assert some(items[key]["example_sessions"], ids)
    forms = {(i["path"], i["form"]): i for i in found["forms"]["items"]}
    wanted = reference.forms(asked)
    assert wanted.keys() == forms.keys()
    for form, (started, sent, left) in wanted.items():
        assert (started, sent, started - sent) == tuple(
            forms[form][name] for name in ("started", "submitted", "abandoned")
        )
        assert approximately((started - sent) / started) == forms[form]["abandon_rate"]
        assert some(forms[form]["example_sessions"], left)
    assert sum(started for started, _, _ in wanted.values()) == found["forms"]["started"]
    assert sum(started - sent for started, sent, _ in wanted.values()) == found["forms"]["abandoned"]
    backs = reference.quick_backs(asked)
    assert sum(count for count, _ in backs.values()) == found["quick_backs"]["count"]
    assert {path: (count, len(ids)) for path, (count, ids) in backs.items()} == {
        item["path"]: (item["count"], item["sessions"]) for item in found["quick_backs"]["items"]
    }
    errors = reference.errors(asked)
    assert sum(count for count, _ in errors.values()) == found["errors"]["count"]
    assert len(set().union(*(ids for _, ids in errors.values()))) == found["errors"]["sessions"]
    assert {key: (count, len(ids)) for key, (count, ids) in errors.items()} == {
        (item["message"], item["path"]): (item["count"], item["sessions"]) for item in found["errors"]["items"]
    }


@given(
    query=questions(),
    path=st.sampled_from(("/", "/cart", "/products/field-35", "/nowhere")),
    device=st.sampled_from((None, "mobile", "desktop")),
    columns=st.integers(4, 200),
)
def test_heat_map_is_that_of_the_reference(
    shop: Collector, rows: Rows, query: Row, path: str, device: str | None, columns: int
) -> None:
    extra = {"path": path, "columns": columns, **({"device": device} if device else {})}
    expected = reference.heatmap(Asked(rows, query), path, device, columns)
    found = ask(shop, "/v1/heatmap", {**query, **extra})
    assert expected["cells"] == {(column, row): clicks for column, row, clicks in found["cells"]}
    assert sum(expected["cells"].values()) == found["clicks"]
    assert max((row for _, row in expected["cells"]), default=0) == found["max_row"]
    for name in ("viewport_width_median", "page_height_median"):
        assert expected[name] == found[name]
    depths = ask(shop, "/v1/heatmap", {**query, **extra, "kind": "scroll"})["depths"]
    assert {depth: approximately(value) for depth, value in expected["depths"].items()} == {
        one["depth"]: one["reached"] for one in depths
    }


def test_the_traffic_has_what_the_questions_are_about(shop: Collector, rows: Rows) -> None:
    """Else the comparisons above would compare nothing."""
    query = {"from": rows[-1]["when"], "to": rows[0]["when"]}
    friction = ask(shop, "/v1/friction", query)
    assert min(friction["rage_clicks"]["count"], friction["dead_clicks"]["count"], friction["quick_backs"]["count"]) > 0
    assert {True, False} == {item["abandoned"] > 0 for item in friction["forms"]["items"]}
    assert friction["errors"]["items"]
    for by in BY:
        assert by == "country" or ask(shop, "/v1/top", {**query, "by": by})["items"], by
    assert any(item["cart_rate"] > 0 for item in ask(shop, "/v1/images", query)["items"])
    assert ask(shop, "/v1/heatmap", {**query, "path": "/"})["clicks"] > 10
