"""More ids than a ClickHouse server takes in one parameter: all are told of, found and deleted."""

import pytest

from tests.integration.test_deleting import delete
from tests.integration.test_publish import PUBLISH, call, of_user, publish
from tests.support.collector import ADMIN_KEY, Collector, uuid7

LONGEST = 8000


@pytest.fixture
def names(collector: Collector) -> list[str]:
    """A user, and twenty long ids, each that of a request and of a session of theirs."""
    user = uuid7()
    ids = [f"{user}\\'ü{number}".ljust(LONGEST, "'") for number in range(20)]
    for one in ids:
        publish(collector, {"content": "a lamp"}, user_id=user, session_id=one, request_id=one)
    return [user, *ids]


def test_sessions_and_requests_with_long_ids_are_told_and_deleted(collector: Collector, names: list[str]) -> None:
    user, *ids = names
    sessions = call(collector, "/api/get_requests", {"user_id": user, "top_k": None})["sessions"]
    assert set(ids) == {session["session_id"] for session in sessions}
    requests = [session["requests"][0]["request"]["request_id"] for session in sessions]
    assert 20 == delete(collector, "delete_requests_by_ids", {"request_ids": requests})["deleted_count"]
    assert [] == of_user(collector, user)


@pytest.mark.parametrize("field", ["user_id", "session_id", "request_id"])
def test_an_id_that_could_not_be_deleted_is_not_taken(collector: Collector, field: str) -> None:
    body = {"user_id": "u", "session_id": "s", "interaction_data_list": [{"content": "x"}], field: "x" * (LONGEST + 1)}
    answer = collector.http.post(PUBLISH, json=body, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    [error] = answer.json()["detail"]
    assert (422, "string_too_long", ["body", field]) == (answer.status_code, error["type"], error["loc"])
