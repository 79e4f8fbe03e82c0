"""Whatever bytes arrive, they are a batch or a refusal, never a crash."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector import telemetry
from collector.intake.check import Checked, check
from collector.intake.clock import correct
from collector.intake.unknown import UnknownFields
from collector.rejection import Reason, Rejected
from collector.wire.beacon import BATCH_FIELDS, EVENT_FIELDS
from tests.unit.making import NOW, batch, body, event, rows

SOUND = body(event(7))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
event_fields = st.dictionaries(st.sampled_from(sorted(EVENT_FIELDS)) | st.text(max_size=8), values, max_size=5)
batch_fields = st.dictionaries(st.sampled_from(sorted(BATCH_FIELDS - {"events"})), values, max_size=2)


def outcome(data: bytes) -> Checked | Rejected:
    """All of intake that looks at the bytes; what is sound becomes rows that parse."""
    try:
        found = check(data, most_events=500)
    except Rejected as error:
        assert error.reason in (Reason.MALFORMED_JSON, Reason.INVALID_BATCH, Reason.TOO_MANY_EVENTS)
        assert error.message
        return error
    UnknownFields().count(data, found, "shop", NOW)
    sent = len(found.events) + len(found.rejected)
    offset = correct(found, received_at=NOW, retention_days=400)
    assert sent == len(found.events) + len(found.rejected)
    assert [entry["index"] for entry in found.rejected] == sorted({entry["index"] for entry in found.rejected})
    assert len(found.events) == len(rows(found, offset=offset))
    return found


HALF = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("escape", "kept"),
    [
        (r"cut \ud83d", f"cut {HALF}"),
        (r"cut \uDE00 off", f"cut {HALF} off"),
        (r"\ud83d\ud83d\ude00", HALF + "\N{GRINNING FACE}"),
        (r"\ud83d\ude00 \\ud83d \udbff", "\N{GRINNING FACE} " + r"\ud83d " + HALF),
    ],
)
def test_half_an_emoji_costs_itself_only(escape: str, kept: str) -> None:
    data = body(event(7), event(8, title="Laptops")).replace(b"Laptops", escape.encode())
    found = check(data, most_events=500)
    assert [] == found.rejected and kept == found.events[1].title


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    assert isinstance(outcome(data), Rejected)


@given(values)
def test_any_json(value: Any) -> None:
    assert isinstance(outcome(json.dumps(value).encode()), Rejected)


@given(st.lists(event_fields, min_size=1, max_size=4), batch_fields)
@example([{"x": math.nan}, {"props": {"a": math.inf}}, {"at": 10**400}], {})
@example([{"type": "custom", "name": "free", "props": None}], {"context": {"screen": None}})
@example([{"type": "image_view"}, {"type": "search", "props": {"query": 1}}], {"sent_at": -(10**30)})
def test_any_fields_in_a_batch(events: list[dict[str, Any]], envelope: dict[str, Any]) -> None:
    sent = [{**event(index), **fields} for index, fields in enumerate(events)]
    outcome(json.dumps({**batch(*sent), **envelope}).encode())


@given(st.data())
def test_a_sound_batch_with_a_few_bytes_changed(choose: st.DataObject) -> None:
    data = bytearray(SOUND)
    for _ in range(choose.draw(st.integers(1, 3))):
        data[choose.draw(st.integers(0, len(data) - 1))] = choose.draw(st.integers(0, 255))
    outcome(bytes(data))


def test_a_batch_cut_off_anywhere_is_malformed() -> None:
    reasons = {outcome(SOUND[:cut]).reason for cut in range(len(SOUND))}  # type: ignore[union-attr]
    assert {Reason.MALFORMED_JSON} == reasons


def spliced(text: bytes) -> bytes:
    """A sound batch with more text among the envelope's fields."""
    return SOUND.replace(b'{"v"', b"{" + text + b',"v"', 1)


MALFORMED = {
    "escape that is cut off": rb'"foo":"\ud8","bar":"x"',
    "bad UTF-8": b'"foo":"\xff\xfe"',
    "control character": b'"foo":"\x01"',
    "nesting": b'"foo":' + b"[" * 100_000 + b"]" * 100_000,
    "trailing comma": b'"foo":1,',
    "no value": b'"foo":',
    "single quotes": b"'foo':1",
    "comment": b"/* */",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_json_is_named_so(name: str) -> None:
    error = outcome(spliced(MALFORMED[name]))
    assert isinstance(error, Rejected)
    assert (Reason.MALFORMED_JSON, 400) == (error.reason, error.status)


@pytest.mark.parametrize("data", [b"", b" ", b"\xef\xbb\xbf" + SOUND, SOUND + b"x", SOUND * 2, b"null x"])
def test_a_body_that_is_not_one_json_text_is_malformed(data: bytes) -> None:
    error = outcome(data)
    assert isinstance(error, Rejected)
    assert Reason.MALFORMED_JSON == error.reason


IGNORED = {
    "NaN": b'"foo":NaN',
    "infinity": b'"foo":[-Infinity]',
    "large integer": b'"foo":' + b"9" * 100_000,
    "large float": b'"foo":1e999',
    "nesting": b'"foo":' + b"[" * 150 + b"]" * 150,
    "duplicate key": b'"v":7,"events":5,"foo":1',
    "lone surrogates": rb'"foo":"\udfff\ud800"',
    "surrogate pair": rb'"foo":"\ud83d\ude00"',
    "NUL": rb'"foo":"\u0000"',
}


@pytest.mark.parametrize("name", IGNORED)
def test_strange_values_in_fields_nobody_knows_cost_nothing(name: str) -> None:
    found = outcome(spliced(IGNORED[name]))
    assert isinstance(found, Checked)
    assert (1, []) == (len(found.events), found.rejected)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("field", ["x", "value", "rating", "count", "depth"])
def test_a_number_that_is_none_is_refused_with_its_event(field: str, number: str) -> None:
    data = body(event(1), event(2, **{field: 0})).replace(f'"{field}": 0'.encode(), f'"{field}": {number}'.encode())
    found = check(data, most_events=500)
    assert [(1, field)] == [(entry["index"], entry["field"]) for entry in found.rejected]


def test_of_two_equal_keys_the_last_counts() -> None:
    data = SOUND.replace(b'"type": "click"', b'"type": "nope", "type": "copy"')
    assert ["copy"] == [one.event_name for one in check(data, most_events=500).events]


def test_a_hundred_thousand_brackets_are_refused_fast() -> None:
    started = time.perf_counter()
    outcome(b"[" * 1_000_000)
    assert time.perf_counter() - started < 1


def test_fields_nobody_knows_are_counted_where_they_stand() -> None:
    data = body(event(target={"label": "x", "new": 1}, more=1), 7, context={"zoom": 2}, extra=1, other=2)
    metric = telemetry.UNKNOWN_FIELDS.labels("counted")
    before = metric._value.get()
    UnknownFields().count(data, check(data, most_events=500), "counted", NOW)
    assert before + 5 == metric._value.get()
