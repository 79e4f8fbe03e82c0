"""Forms that are left, under filters that the reference's traffic seldom tells apart."""

import json
from typing import Any

import pytest

from tests.support.collector import Collector, batch, event, eventually, uuid7


@pytest.mark.parametrize(
    "filtered",
    [
        {"not": {"field": "user_action", "is": "click"}},  # which sending it is
        {"field": "event_name", "is": "form_start"},
        {"field": "user_action_description", "contains": "started"},
    ],
    ids=str,
)
def test_a_form_that_was_sent_is_not_left_whatever_the_filter(collector: Collector, filtered: dict[str, Any]) -> None:
    source, form = uuid7(), {"label": "Order", "selector": "form"}
    for kinds in (["form_start", "form_submit"], ["form_start"]):
        collector.send(batch(*[event(kind, target=form) for kind in kinds], source=source, session_id=uuid7()))

    def forms(**query: Any) -> dict[str, Any]:
        mine = {"who": "session", "did": {"field": "source", "is": source}}
        found: dict[str, Any] = collector.get("/v1/friction", segment=json.dumps(mine), **query).json()["forms"]
        return found

    everything = eventually(forms, lambda found: found["started"] == 2)
    assert (2, 1) == (everything["started"], everything["abandoned"])
    assert everything == forms(filter=json.dumps(filtered))
