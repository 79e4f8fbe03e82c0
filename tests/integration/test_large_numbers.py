"""Numbers larger than the engine's: they mean as many as there are, and name no other row."""

import pytest

from tests.integration.test_publish import call, of_user, publish
from tests.support.collector import Collector, uuid7

LARGE = [2**31, 2**32, 2**64, 2**64 + 1, 10**30]


@pytest.mark.parametrize("large", LARGE)
def test_so_many_are_all(collector: Collector, large: int) -> None:
    user = uuid7()
    publish(collector, {"content": "first lamp"}, {"content": "second lamp"}, user_id=user, session_id=user)
    assert 2 == len(of_user(collector, user, top_k=large))
    ask = {"user_id": user, "query": "lamp", "search_mode": "fts"}
    for limits in ({"top_k": large}, {"most_recent_k": large}, {"top_k": large, "most_recent_k": large}):
        assert 2 == len(call(collector, "/api/search_interactions", {**ask, **limits})["interactions"])
    assert 2 <= len(collector.get("/api/get_all_interactions", limit=large).json()["interactions"])
    assert 1 == len(call(collector, "/api/get_requests", {"user_id": user, "top_k": large})["sessions"])
    assert [] == call(collector, "/api/get_requests", {"user_id": user, "offset": large})["sessions"]


@pytest.mark.parametrize("round", [1, 2**10])
def test_a_number_beyond_all_ids_deletes_nothing(collector: Collector, round: int) -> None:
    user = uuid7()
    publish(collector, {"content": "stays"}, user_id=user)
    [row] = of_user(collector, user)
    body = {"user_id": user, "interaction_id": row["interaction_id"] + round * 2**64}
    assert call(collector, "/api/delete_interaction", body, method="DELETE")["success"]
    assert [row] == of_user(collector, user)
