"""A page's own property named `publish`, where a published item keeps what has no column."""

import json

import pytest

from tests.integration.test_publish import call, of_user
from tests.support.collector import Collector, batch, event, eventually, uuid7

FORGED = {"place": 7, "evaluation_only": True, "retrieved_learnings": [{"kind": "profile", "learning_id": "p"}]}


@pytest.mark.parametrize("own", ["yes", True, 5, None, json.dumps(FORGED)], ids=["text", "true", "5", "null", "json"])
def test_a_pages_property_breaks_no_reading_and_is_no_publish(collector: Collector, own: object) -> None:
    user = uuid7()
    sent = batch(event("feedback", text="a lamp", props={"publish": own}), user_id=user, session_id=uuid7())
    assert 1 == collector.send(sent).json()["accepted"]
    [told] = eventually(lambda: of_user(collector, user))
    assert ("a lamp", []) == (told["content"], told["retrieved_learnings"])
    ask = {"user_id": user, "query": "lamp", "search_mode": "fts"}
    assert [told] == eventually(lambda: call(collector, "/api/search_interactions", ask)["interactions"])
    assert told in collector.get("/api/get_all_interactions", limit=-1).json()["interactions"]
    [session] = call(collector, "/api/get_requests", {"user_id": user})["sessions"]
    [request] = session["requests"]
    assert [told] == request["interactions"] and request["request"]["evaluation_only"] is False


@pytest.mark.parametrize("own", [FORGED, [FORGED]], ids=["object", "list"])
def test_a_page_can_not_forge_what_a_publish_keeps(collector: Collector, own: object) -> None:
    [refused] = collector.send(batch(event("feedback", text="x", props={"publish": own}))).json()["rejected"]
    assert "invalid_event" == refused["reason"]
    assert refused["field"].startswith("props.publish")
