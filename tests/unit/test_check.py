"""The protocol's rules: what makes a batch unusable, what costs one event, and what the sender is told."""

import json
from typing import Any

import pytest

from collector.intake.check import check
from collector.interaction import ACTION_OF, RESERVED_NAMES
from collector.rejection import Reason, Rejected
from tests.unit.making import Json, batch, body, checked, event, uuid


def refused(data: bytes, most_events: int = 500) -> Rejected:
    with pytest.raises(Rejected) as raised:
        check(data, most_events=most_events)
    return raised.value


def refused_event(**fields: object) -> Json:
    """The rejection of one event that stands behind a sound one."""
    found = checked(event(1), {**event(2), **fields})
    assert [uuid(1)] == [one.event_id for one in found.events]
    (only,) = found.rejected
    assert 1 == only["index"]
    return dict(only)


@pytest.mark.parametrize("kind", sorted(ACTION_OF))
def test_every_type_of_the_protocol_is_taken(kind: str) -> None:
    found = checked(event(type=kind, **({"name": "free"} if kind == "custom" else {})))
    assert ([kind], []) == ([one.event_name for one in found.events], found.rejected)


@pytest.mark.parametrize("name", ["v", "batch_id", "sent_at", "session_id", "events"])
def test_a_missing_field_of_the_envelope_is_named(name: str) -> None:
    sent = batch()
    del sent[name]
    error = refused(_json(sent))
    assert (Reason.INVALID_BATCH, name) == (error.reason, error.field)
    assert f"{name}: Field required" == error.message


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


WRONG_ENVELOPES: list[tuple[str, Any, str]] = [
    ("v", 2, "v"),
    ("v", None, "v"),
    ("batch_id", "17", "batch_id"),
    ("batch_id", uuid(1) + "\n", "batch_id"),
    ("batch_id", 17, "batch_id"),
    ("session_id", "", "session_id"),
    ("sent_at", "yesterday", "sent_at"),
    ("sent_at", 1.5, "sent_at"),
    ("sent_at", None, "sent_at"),
    ("visitor_id", "x" * 257, "visitor_id"),
    ("user_id", ["a"], "user_id"),
    ("source", "x" * 129, "source"),
    ("context", "de", "context"),
    ("context", {"language": "x" * 65}, "context.language"),
    ("context", {"screen": [1, "wide"]}, "context.screen.1"),
    ("context", {"viewport": [-1, 2]}, "context.viewport.0"),
    ("events", [], "events"),
    ("events", {}, "events"),
    ("events", None, "events"),
]


@pytest.mark.parametrize(("name", "value", "field"), WRONG_ENVELOPES)
def test_a_wrong_envelope_is_refused_with_the_field(name: str, value: object, field: str) -> None:
    error = refused(_json({**batch(), name: value}))
    assert (Reason.INVALID_BATCH, field) == (error.reason, error.field)
    assert error.message.startswith(f"{field}: ")


@pytest.mark.parametrize("value", [[], 1, "text", None, True])
def test_a_body_that_is_no_object_is_refused(value: object) -> None:
    assert Reason.INVALID_BATCH == refused(_json(value)).reason


WRONG_EVENTS: list[tuple[Json, str]] = [
    ({"event_id": "17"}, "event_id"),
    ({"event_id": None}, "event_id"),
    ({"at": "noon"}, "at"),
    ({"at": None}, "at"),
    ({"url": "x" * 8193}, "url"),
    ({"title": "x" * 1001}, "title"),
    ({"x": "left"}, "x"),
    ({"x": 2**31}, "x"),
    ({"count": -1}, "count"),
    ({"depth": 101}, "depth"),
    ({"depth": -1}, "depth"),
    ({"fields": ["a"] * 201}, "fields"),
    ({"fields": [1]}, "fields.0"),
    ({"text": "x" * 100_001}, "text"),
    ({"screenshot": "ABC"}, "screenshot"),
    ({"target": []}, "target"),
    ({"target": {"label": 7}}, "target.label"),
    ({"target": {"product_id": "x" * 257}}, "target.product_id"),
    ({"props": [1]}, "props"),
    ({"props": {"deep": {"er": 1}}}, "props.deep"),
    ({"props": {"list": [1]}}, "props.list"),
    ({"props": {str(number): number for number in range(33)}}, "props"),
    ({"props": {"long": "x" * 8193}}, "props.long"),
    ({"name": ""}, "name"),
]


@pytest.mark.parametrize(("fields", "field"), WRONG_EVENTS)
def test_a_wrong_event_is_refused_alone_with_its_field(fields: Json, field: str) -> None:
    entry = refused_event(**fields)
    assert (Reason.INVALID_EVENT, field) == (entry["reason"], entry["field"])
    assert entry["message"].startswith(f"{field}: ")
    assert len(entry["message"]) <= 300


def test_an_unknown_type_has_its_own_reason() -> None:
    entry = refused_event(type="teleport")
    assert (Reason.UNKNOWN_EVENT_TYPE, "type", uuid(2)) == (entry["reason"], entry["field"], entry["event_id"])


@pytest.mark.parametrize("kind", [None, 7, ["click"]])
def test_a_type_that_is_no_text_is_refused_alone(kind: object) -> None:
    assert "type" == refused_event(type=kind)["field"]


@pytest.mark.parametrize("item", [None, 1, "click", [], True, {}])
def test_an_item_that_is_no_event_is_refused_alone(item: object) -> None:
    found = checked(event(1), item, event(2))
    assert [uuid(1), uuid(2)] == [one.event_id for one in found.events]
    assert [(1, Reason.INVALID_EVENT)] == [(entry["index"], entry["reason"]) for entry in found.rejected]


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_a_custom_event_may_not_take_the_name_of_a_type(name: str) -> None:
    assert Reason.RESERVED_NAME == refused_event(type="custom", name=name)["reason"]


@pytest.mark.parametrize("fields", [{}, {"name": None}])
def test_a_custom_event_needs_a_name(fields: Json) -> None:
    entry = refused_event(type="custom", **fields)
    assert (Reason.INVALID_EVENT, "name") == (entry["reason"], entry["field"])


@pytest.mark.parametrize("name", ["click", None])
def test_a_custom_event_can_not_hide_behind_escaped_letters(name: str | None) -> None:
    data = body(event(1), event(2, type="custom", name=name)).replace(b'"custom"', b'"\\u0063ust\\u006Fm"')
    found = check(data, most_events=500)
    assert ([uuid(1)], [1]) == ([one.event_id for one in found.events], [entry["index"] for entry in found.rejected])


def test_of_two_events_with_one_id_the_second_is_refused() -> None:
    found = checked(event(1, x=1), event(2), event(1, x=2), event(1, x=3))
    assert [1, None] == [one.x for one in found.events]
    assert [(2, Reason.DUPLICATE_EVENT), (3, Reason.DUPLICATE_EVENT)] == [
        (entry["index"], entry["reason"]) for entry in found.rejected
    ]


def test_an_id_in_the_other_case_is_the_same_id() -> None:
    """The table keeps ids as numbers: one of the two would vanish there without a word."""
    lower = "0193a5c0-0000-7000-8000-00000000abcd"
    found = checked({**event(), "event_id": lower}, {**event(), "event_id": lower.upper()})
    assert [(1, Reason.DUPLICATE_EVENT)] == [(entry["index"], entry["reason"]) for entry in found.rejected]


def test_the_index_is_that_in_the_batch_as_sent() -> None:
    found = checked(
        7, event(1), event(2, type="nope"), event(3, type="custom", name="click"), event(1), event(4), event(5, x="x")
    )
    assert [uuid(1), uuid(4)] == [one.event_id for one in found.events]
    assert [
        (0, Reason.INVALID_EVENT),
        (2, Reason.UNKNOWN_EVENT_TYPE),
        (3, Reason.RESERVED_NAME),
        (4, Reason.DUPLICATE_EVENT),
        (6, Reason.INVALID_EVENT),
    ] == [(entry["index"], entry["reason"]) for entry in found.rejected]


def test_a_batch_may_hold_only_refused_events() -> None:
    found = checked(event(type="nope"))
    assert ([], 1) == (found.events, len(found.rejected))


def test_the_limit_of_events_holds_for_sound_and_refused_ones_together() -> None:
    assert 500 == len(checked(*map(event, range(500))).events)
    assert Reason.TOO_MANY_EVENTS == refused(body(*map(event, range(501)))).reason
    assert (Reason.TOO_MANY_EVENTS, "events") == (refused(body(event(1), 7, 8), 2).reason, refused(body(1, 2), 1).field)


def test_unknown_fields_are_ignored_everywhere() -> None:
    plain = checked(event(target={"label": "Buy"}), context={})
    assert plain == checked(event(target={"label": "Buy", "new": 1}, new=[1]), context={"new": 1}, new={"a": 1})


def test_an_answer_does_not_repeat_what_was_sent_at_length() -> None:
    """Receipts are kept for a day; 500 refused events must not make one of megabytes."""
    long = "k" * 100_000
    for entry in (refused_event(props={long: 1}), refused_event(event_id=long), refused_event(type=long)):
        assert sum(len(str(value)) for value in entry.values()) < 800
    error = refused(_json({**batch(), "events": {long: 1}, "context": {"screen": {long: 1}}}))
    assert len(error.message) + len(error.field or "") < 600
