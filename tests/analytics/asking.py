"""Questions that hypothesis makes: windows, zones, filters, segments."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.analytics.reference import Row
from tests.support.collector import ADMIN_KEY, Collector

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham",
    "America/St_Johns", "America/Havana", "Asia/Shanghai",
)  # fmt: skip
TEXTS = {
    "event_name": ("click", "page_view", "scroll", "purchase", "configured", "nothing"),
    "path": ("/", "/cart", "/categories/laptops", "/products/field-35"),
    "device": ("desktop", "mobile", "tablet", ""),
    "utm_source": ("google", "newsletter", ""),
    "user_action": ("click", "none"),
    "target_section": ("menu", "buy", ""),
    "props.colour": ("red", "Red", "quo\"te \\ 'x' é"),
    "props.n": ("3", "3.5"),
    "content": ("Ä ß straße",),
    "session_id": ("00000000-0000-7000-8000-0000000000dd",),
}
NUMBERS = ("value", "rating", "scroll_depth", "visible_ms", "x", "props.n")

windows = st.tuples(
    st.sampled_from((datetime(2026, 10, 21, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC))),
    st.integers(0, 8 * 86_400_000),
    st.one_of(st.integers(1, 8 * 86_400_000), st.sampled_from((3_600_000, 86_400_000, 7 * 86_400_000))),
).map(lambda drawn: (drawn[0] + timedelta(milliseconds=drawn[1]), timedelta(milliseconds=drawn[2])))


def _texts(name: str) -> st.SearchStrategy[Row]:
    value = st.sampled_from(TEXTS[name])
    one = value.map(lambda text: {"field": name, "is": text})
    several = st.lists(value, min_size=1, max_size=3).map(lambda texts: {"field": name, "is_not": texts})
    parts = value.filter(bool).flatmap(
        lambda text: st.sampled_from(
            ({"field": name, "contains": text[:3].upper()}, {"field": name, "starts_with": text[:4]})
        )
    )
    return st.one_of(one, several, parts, st.booleans().map(lambda there: {"field": name, "exists": there}))


def _numbers(name: str) -> st.SearchStrategy[Row]:
    value = st.sampled_from((0, 0.1, 3, 3.5, 4.5, 25, 412, 1000, 2499.0, -1))
    operators = st.sampled_from(("gt", "gte", "lt", "lte", "is", "is_not"))
    compared = st.tuples(operators, value).map(lambda drawn: {"field": name, drawn[0]: drawn[1]})
    return st.one_of(compared, st.booleans().map(lambda there: {"field": name, "exists": there}))


conditions = st.one_of(
    st.sampled_from(sorted(TEXTS)).flatmap(_texts),
    st.sampled_from(NUMBERS).flatmap(_numbers),
    st.booleans().map(lambda value: {"field": "props.flag", "is": value}),
)
expressions = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"and": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"or": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=4,
)
segments = st.lists(
    st.fixed_dictionaries(
        {"who": st.sampled_from(("session", "visitor")), "did": expressions}, optional={"not": st.booleans()}
    ),
    min_size=1,
    max_size=2,
)


@st.composite
def questions(draw: st.DrawFn) -> Row:
    """What all questions share."""
    start, length = draw(windows)
    query: Row = {"from": start, "to": start + length, "tz": draw(st.sampled_from(ZONES))}
    if draw(st.booleans()):
        query["filter"] = draw(expressions)
    if draw(st.integers(0, 3)) == 0:
        query["segment"] = draw(segments)
    query |= draw(
        st.fixed_dictionaries(
            {}, optional={"bots": st.sampled_from(("include", "only")), "site": st.sampled_from(("shop", "other"))}
        )
    )
    return query


def on_the_wire(query: Mapping[str, Any]) -> Row:
    made = {}
    for name, value in query.items():
        made[name] = value.isoformat() if isinstance(value, datetime) else value
        if name in ("filter", "segment"):
            made[name] = json.dumps(value)
    return made


def ask(shop: Collector, path: str, query: Mapping[str, Any]) -> Row:
    answer = shop.http.get(path, params=on_the_wire(query), headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert 200 == answer.status_code, answer.text
    found: Row = answer.json()
    assert query["from"] == datetime.fromisoformat(found["from"])
    assert query["to"] == datetime.fromisoformat(found["to"])
    return found
