"""The compiled models take nothing that pydantic refuses, and make the same of what both take."""

import json
from typing import Annotated, Any

import msgspec
import pytest
from annotated_types import MultipleOf
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field
from typing_extensions import TypedDict

from collector.wire import compiled
from collector.wire.beacon import BATCH, BATCH_FIELDS, EVENT_FIELDS
from tests.unit.making import NOW, batch, body, event, uuid

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([2**63, -(2**63), 2**31, 1.0, -0.0, "a" * 64, "a" * 64 + "\n", uuid(1), uuid(1) + "\n", "x" * 257, "x" * 1001])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.sampled_from(["label", "tag"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
event_fields = st.dictionaries(st.sampled_from(sorted(EVENT_FIELDS)) | st.text(max_size=4), values, max_size=5)
batch_fields = st.dictionaries(st.sampled_from(sorted(BATCH_FIELDS - {"events"})), values, max_size=2)


def decoded(data: bytes) -> Any:
    """The struct, or None where the compiled models refuse."""
    try:
        data.decode()
        found = compiled.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    ids = [found.batch_id, found.session_id, *(one.event_id for one in found.events)]
    return found if compiled.all_uuids(ids) else None


def plain(value: Any) -> Any:
    """A struct or a checked dictionary without what is None, by the names of columns."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return type(value), value


def agree(data: bytes) -> None:
    struct = decoded(data)
    if struct is not None:
        assert plain(BATCH.validator.validate_json(data)) == plain(struct)


@given(st.lists(event_fields, min_size=1, max_size=3), batch_fields)
@example([{"screenshot": "a" * 64 + "\n"}], {})
@example([{"event_id": uuid(1) + "\n"}], {})
@example([{"props": {"a": 2**64, "b": 1.0, "c": True, "": 1}}], {"v": 1.0})
@example([{"x": True, "at": 1.0}], {"sent_at": "17"})
@example([{"fields": ["x"] * 201}, {"props": {str(number): 1 for number in range(33)}}], {"context": {"screen": [1]}})
def test_what_structs_take_pydantic_takes_alike(events: list[dict[str, Any]], envelope: dict[str, Any]) -> None:
    sent = [{**event(index), **fields} for index, fields in enumerate(events)]
    agree(json.dumps({**batch(*sent), **envelope}).encode())


@given(st.data())
def test_also_with_a_few_bytes_changed(choose: st.DataObject) -> None:
    data = bytearray(body(event(7, x=1.5, title="é", props={"a": 1}, target={"label": "b"}), user_id="u"))
    for _ in range(choose.draw(st.integers(1, 3))):
        data[choose.draw(st.integers(0, len(data) - 1))] = choose.draw(st.integers(0, 255))
    agree(bytes(data))


def test_a_batch_of_our_script_takes_the_fast_way() -> None:
    target = {
        "tag": "a",
        "role": "link",
        "label": "L",
        "selector": "a",
        "href": "/x",
        "section": "S",
        "product_id": "q",
    }
    context = {"language": "de-DE", "timezone": "Europe/Berlin", "screen": [1, 2], "viewport": [1280, 720], "dpr": 1.5}
    sent = event(url="https://shop.example/", title="T", target=target, x=1, y=2, image_url="/a.webp", props={"a": 1})
    assert decoded(body(sent, event(2, type="scroll", depth=75), context=context, visitor_id=uuid(3))) is not None


def test_from_a_dictionary_comes_the_same_struct() -> None:
    data = body(event(target={"label": "L"}, props={"a": 1}), context={"viewport": [1, 2]}, user_id="u")
    checked = BATCH.validator.validate_json(data)
    events = [compiled.event_of(one) for one in checked["events"]]
    assert decoded(data) == compiled.batch_of(checked, events)


@pytest.mark.parametrize(
    "wrong", ["", uuid(1)[:-1] + "g", uuid(1).replace("-", "0"), "-" * 36, uuid(1)[:-1] + "é", uuid(1)[1:] + "-"]
)
def test_what_is_no_uuid_is_found_among_others(wrong: str) -> None:
    assert compiled.all_uuids([uuid(1), uuid(2).upper()])
    assert not compiled.all_uuids([uuid(1), wrong, uuid(2)])


def test_a_rule_that_can_not_be_compiled_stops_the_import() -> None:
    class Strange(TypedDict):
        even: Annotated[int, Field(json_schema_extra={}), MultipleOf(2)]

    with pytest.raises(TypeError, match="can't be compiled"):
        compiled._struct(Strange)


def test_times_far_away_stay_whole() -> None:
    data = body(event(at=10**30), sent_at=NOW)
    agree(data)
