"""Normalization: every field of an event lands in its column, and a batch is one line of JSON whatever the text in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.intake.normalize import stamp
from collector.interaction import ACTION_OF, is_conversational
from collector.recordbatch import OWN
from tests.unit.making import AGENT, NOW, Json, batch, checked, event, row, rows, spooled, uuid

BORDER = '},{"event_id":'
texts = st.text(max_size=60) | st.sampled_from(
    [
        BORDER,
        f'x{BORDER}"y"',
        f"\\{BORDER}",
        f'"{BORDER}',
        '}\n{"site":"',
        "\n",
        "\r\n",
        "\u2028",
        "\\",
        '"',
        "}]",
        "\0",
        "é😀",
    ]
)

FULL = event(
    type="click", url="https://shop.example/a?utm_source=x&token=1#f", title="T", image_url="/i.webp?sig=1", x=1, y=2.5,
    page_x=3, page_y=4, referrer="https://u:p@other.example/#x", count=5, depth=6, page_height=7, visible_ms=8, product_id="p",
    value=9.5, rating=4, thread_id="th", props={"a": 1, "b": "x", "c": True, "d": None, "e": 1.5},
    target={"tag": "a", "role": "link", "label": "L", "selector": "a", "href": "/x?token=1&y=2", "section": "S", "product_id": "q"},
)  # fmt: skip


def test_every_field_lands_in_its_column() -> None:
    context = {"language": "de-DE", "timezone": "Europe/Berlin", "viewport": [1280, 720], "screen": [1, 2], "dpr": 2}
    sound = checked(FULL, user_id="u", source="s", agent_version="v1", context=context)
    (found,) = rows(sound, offset=-7000)
    assert {
        "site": "shop",
        "request_id": uuid(1000),
        "session_id": uuid(2000),
        "visitor_id": "visitor-1",
        "user_id": "u",
        "source": "s",
        "agent_version": "v1",
        "received_at": "2026-11-22 12:00:02.000",
        "offset_ms": -7000,
        "browser": "Firefox 140",
        "os": "Linux",
        "device": "desktop",
        "country": "DE",
        "language": "de-DE",
        "timezone": "Europe/Berlin",
        "viewport_width": 1280,
        "viewport_height": 720,
        "event_id": uuid(1),
        "at_ms": NOW,
        "event_name": "click",
        "url": "https://shop.example/a?utm_source=x",
        "title": "T",
        "interacted_image_url": "/i.webp",
        "x": 1,
        "y": 2.5,
        "page_x": 3,
        "page_y": 4,
        "referrer": "https://other.example/",
        "count": 5,
        "scroll_depth": 6,
        "page_height": 7,
        "visible_ms": 8,
        "product_id": "p",
        "value": 9.5,
        "rating": 4,
        "thread_id": "th",
        "props": {"a": 1, "b": "x", "c": True, "d": None, "e": 1.5},
        "user_action_description": "clicked link 'L' in S",
        "user_action": "click",
        "target_role": "link",
        "target_label": "L",
        "target_selector": "a",
        "target_href": "/x?y=2",
        "target_section": "S",
    } == found


def test_columns_stand_in_the_order_the_engine_reads_fastest() -> None:
    names = [name for name in json.loads(spooled(checked(FULL))) if name in OWN]
    own = [name for name in names if not name.startswith(("user_action", "target_"))]
    assert sorted(own, key=OWN.index) == own


def test_what_is_empty_is_left_out_of_what_events_share() -> None:
    (found,) = rows(checked(event(), context={}), country="", visitor_id="")
    absent = {"user_id", "visitor_id", "country", "language", "viewport_width", "offset_ms", "is_bot", "source"}
    assert set() == absent & found.keys()


def test_a_bot_is_flagged() -> None:
    (found,) = rows(checked(event()), agent=AGENT._replace(is_bot=True))
    assert found["is_bot"] is True


def test_a_request_id_is_lower_case_like_the_memory_of_batches_sees_it() -> None:
    (found,) = rows(checked(event(), batch_id=uuid(0xABC).upper()))
    assert uuid(0xABC) == found["request_id"]


def test_an_event_id_is_lower_case_as_the_engine_tells_it() -> None:
    """Who compares ids with those of the engine, such as the forwarder, would not find it else."""
    assert [uuid(0xABC)] == [one["event_id"] for one in rows(checked(event(event_id=uuid(0xABC).upper())))]


@given(texts, st.integers(1, 4))
def test_any_text_in_any_field_leaves_one_line_with_all_rows(text: str, count: int) -> None:
    target = dict.fromkeys(("tag", "role", "label", "selector", "href", "section", "product_id"), text)
    fields = dict.fromkeys(
        ("url", "title", "image_url", "referrer", "from_url", "kind", "product_id", "text", "message", "metric",
         "role", "expert_text", "thread_id"), text
    )  # fmt: skip
    props = {text or "x": text, "event_id": text, "v": f'{{"event_id":{text}'}
    sent = [event(n, **fields, type="message", fields=[text, BORDER], target=target, props=props) for n in range(count)]
    about = {
        "user_id": text,
        "source": text,
        "agent_version": text,
        "context": {"language": text[:64], "timezone": text[:64]},
    }
    found = rows(checked(*sent, **about))
    assert 1 == spooled(checked(*sent, **about)).count(b"\n")
    assert [uuid(n) for n in range(count)] == [one["event_id"] for one in found]
    assert [(text, props)] * count == [(one["content"], one["props"]) for one in found]
    assert [text or None] * count == [one.get("user_id") for one in found]


@given(st.dictionaries(st.text(min_size=1, max_size=12), texts | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                       | st.booleans() | st.none(), max_size=8))  # fmt: skip
def test_props_come_back_as_they_were_sent(props: Json) -> None:
    sent = json.loads(json.dumps(props))
    for name, value in sent.items():
        if type(value) is int and not -(2**63) <= value < 2**63:
            sent[name] = float(value)
    assert sent == row(props=sent)["props"]


def test_no_events_are_no_bytes() -> None:
    assert b"" == spooled(checked(event(type="nope")))


@pytest.mark.parametrize("kind", sorted(ACTION_OF))
def test_the_action_is_that_of_the_table(kind: str) -> None:
    found = row(type=kind, **({"name": "free"} if kind == "custom" else {}))
    assert ACTION_OF[kind] == found["user_action"]
    assert ("free" if kind == "custom" else kind) == found["event_name"]


@pytest.mark.parametrize("kind", sorted(set(ACTION_OF) - {"feedback", "message"}))
def test_text_on_anything_but_feedback_and_messages_is_not_something_said(kind: str) -> None:
    name = {"name": "free"} if kind == "custom" else {}
    assert not is_conversational(row(type=kind, text="typed by hand", expert_text="also", **name))


@pytest.mark.parametrize("kind", ["feedback", "message"])
def test_feedback_and_messages_are_something_said(kind: str) -> None:
    found = row(type=kind, text="Too slow", rating=2, thread_id="t")
    assert ("Too slow", "User", 2, "t") == tuple(found[name] for name in ("content", "role", "rating", "thread_id"))
    assert is_conversational(found)


def test_an_experts_answer_keeps_its_role() -> None:
    found = row(type="message", text="a", expert_text="b", role="Assistant")
    assert ("a", "b", "Assistant") == (found["content"], found["expert_content"], found["role"])


@pytest.mark.parametrize("kind", ["feedback", "rage_click"])
def test_what_comes_with_a_screenshot_shows_it(kind: str) -> None:
    shown = row(type=kind, screenshot="ab" * 32, image_url="https://shop.test/a.png")["interacted_image_url"]
    assert f"/images/{'ab' * 32}" == shown


def test_a_navigation_keeps_where_it_came_from_without_secrets() -> None:
    found = row(type="navigate", url="/b", from_url="https://a:b@shop.example/a?token=1#x", kind="push")
    assert ("https://shop.example/a", {"kind": "push"}) == (found["referrer"], found["props"])


@pytest.mark.parametrize(
    ("fields", "props"),
    [
        ({"type": "search", "text": "lamp"}, {"query": "lamp"}),
        ({"type": "error", "message": "m"}, {"message": "m"}),
        ({"type": "web_vital", "metric": "LCP", "value": 1}, {"metric": "LCP"}),
        ({"type": "purchase", "quantity": 2, "currency": "EUR"}, {"quantity": 2, "currency": "EUR"}),
        ({"type": "form_submit", "fields": ["name"]}, {"fields": ["name"]}),
        ({"type": "add_to_cart", "quantity": 2, "props": {"quantity": "two", "x": 1}}, {"quantity": "two", "x": 1}),
    ],
)
def test_fields_without_a_column_stand_among_the_props_and_the_senders_win(fields: Json, props: Json) -> None:
    assert props == row(**fields)["props"]


def test_a_targets_product_counts_where_the_event_names_none() -> None:
    assert "q" == row(target={"product_id": "q"})["product_id"]
    assert "q" == row(target={"product_id": "q"}, product_id=None)["product_id"]


def test_a_time_is_written_as_the_engine_reads_it() -> None:
    assert "2026-11-22 12:00:02.007" == stamp(NOW + 7)
    assert "1970-01-01 00:00:00.000" == stamp(0)


def test_a_batch_without_context_is_taken() -> None:
    assert 1 == len(rows(checked(event(), **{k: v for k, v in batch().items() if k == "v"}, context=None)))


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (f"http://ix.test/images/{'0a' * 32}", f"/images/{'0a' * 32}"),
        (f"http://ix.test/images/{'0a' * 32}?sig=1", f"/images/{'0a' * 32}"),
        (f"/images/{'0a' * 32}", f"/images/{'0a' * 32}"),
        ("/images/lamp.webp?token=1", "/images/lamp.webp"),
        ("http://ix.test/images/lamp.webp?token=1", "http://ix.test/images/lamp.webp"),
        (f"http://shop.test/images/{'0a' * 32}", "http://shop.test/images/[removed]"),
    ],
)
def test_our_own_images_have_one_name(sent: str, stored: str) -> None:
    shown, _ = rows(checked(event(image_url=sent), event(2)), own_url="http://ix.test")
    assert stored == shown["interacted_image_url"]
