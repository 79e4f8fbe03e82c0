"""What became of a publish: stored, on its way, or unknown."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_deleting import delete
from tests.integration.test_publish import call, of_user, publish
from tests.support.collector import Collector, uuid7

UNKNOWN = (404, {"detail": "request not found"})


def status(collector: Collector, request_id: str) -> tuple[int, dict[str, Any]]:
    answer = collector.get("/api/learning_status", request_id=request_id)
    return answer.status_code, answer.json()


def forget(collector: Collector, way: str, name: str) -> None:
    """Delete in one of the API's ways what a request, a session and a user of this name hold."""
    if way == "interactions":
        for row in of_user(collector, name):
            delete(collector, "delete_interaction", {"user_id": name, "interaction_id": row["interaction_id"]})
    elif way == "user":
        call(collector, "/api/clear_user_data", {"user_id": name})
    else:
        body = {"request_id": name} if way == "request" else {"session_id": name}
        delete(collector, f"delete_{way}", None if way == "all_interactions" else body)


def test_stored_is_done_and_never_heard_of_is_unknown(collector: Collector) -> None:
    request_id = publish(collector, {"content": "x"})["request_id"]
    assert (200, {"status": "done", "reason": "stored"}) == status(collector, request_id)
    assert UNKNOWN == status(collector, uuid7())
    assert 422 == collector.get("/api/learning_status").status_code


@pytest.mark.parametrize("way", ["request", "session", "user", "interactions"])
def test_deleted_is_unknown(collector: Collector, way: str) -> None:
    """The memory of batches knows it for a day."""
    name, other = uuid7(), uuid7()
    for one in (name, other):
        publish(collector, {"content": "a lamp"}, user_id=one, session_id=one, request_id=one)
    forget(collector, way, name)
    assert (UNKNOWN, 200) == (status(collector, name), status(collector, other)[0])


def test_durable_is_pending_until_it_is_deleted(tmp_path: Path) -> None:
    with Collector(tmp_path / "data", segment_max_age_ms="60000") as collector:
        for way in ("request", "session", "user", "all_interactions"):
            gone, kept = uuid7(), uuid7()
            publish(collector, {"content": "a lamp"}, user_id=gone, session_id=gone, request_id=gone, wait=False)
            assert (200, {"status": "pending", "reason": "durable"}) == status(collector, gone)
            forget(collector, way, gone)
            publish(collector, {"content": "a lamp"}, request_id=kept, wait=False)
            assert (UNKNOWN, 200) == (status(collector, gone), status(collector, kept)[0]), way
