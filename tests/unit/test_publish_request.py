"""The body of a publish: what is wrong with it is told in bounded room."""

import json
import time
from itertools import count

import pytest
from pydantic import ValidationError

from collector import recordbatch
from collector.publish.items import record_batch
from collector.wire.publish import PublishRequest

LISTS = ("tools_used", "citations", "retrieved_learnings")


def errors(*items: object) -> list[tuple[str | int, ...]]:
    """Where a publish of these items is wrong."""
    body = json.dumps({"user_id": "u", "session_id": "s", "interaction_data_list": items})
    with pytest.raises(ValidationError) as refused:
        PublishRequest.model_validate_json(body)
    return [error["loc"][1:] for error in refused.value.errors()]


@pytest.mark.parametrize("wrong", [1, {}, {"kind": 1}], ids=str)
def test_of_the_wrong_members_of_a_list_the_first_is_told(wrong: object) -> None:
    """Six megabytes of them, all told, took 20 s and four gigabytes."""
    right = {"tool_name": "t", "kind": "profile", "real_id": "r", "learning_id": "l"}
    found = errors(*[{name: [right, wrong, wrong, wrong] for name in LISTS}] * 2)
    assert [(item, name, 1) for item in (0, 1) for name in LISTS] == list(dict.fromkeys(loc[:3] for loc in found))


def test_a_list_that_is_too_long_is_refused() -> None:
    right = {"tool_name": "t", "kind": "profile", "real_id": "r", "learning_id": "l"}
    assert [(0, name) for name in LISTS] == errors({name: [right] * 1001 for name in LISTS})


def test_items_that_say_no_time_keep_their_order_where_a_second_ends_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"content": "a"}, {"content": "b", "created_at": 5}, {"content": "c"}]
    body = json.dumps({"user_id": "u", "session_id": "s", "interaction_data_list": items})
    with monkeypatch.context() as seconds_fly:
        seconds_fly.setattr(time, "time", count(1_800_000_000).__next__)
        request = PublishRequest.model_validate_json(body)
    rows = recordbatch.rows(record_batch(request, site="shop", request_id="r", pictures={}))
    assert [1_800_000_000_000, 5_000, 1_800_000_000_000] == [row["at_ms"] for row in rows]
