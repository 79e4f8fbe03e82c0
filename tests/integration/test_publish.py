"""Publishing and reading back through Reflexio's API, without its client: bodies, orders, limits, errors."""

import time
from typing import Any

import pytest

from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, now_ms, uuid7

PUBLISH = "/api/publish_interaction"
Json = dict[str, Any]


def call(collector: Collector, path: str, body: object = None, *, method: str = "POST", key: str = ADMIN_KEY) -> Json:
    answer = collector.http.request(method, path, json=body, headers={"authorization": f"Bearer {key}"})
    assert 200 == answer.status_code, answer.text
    return dict(answer.json())


def publish(collector: Collector, *items: Json, wait: bool = True, **fields: Any) -> Json:
    body = {"user_id": "dave", "session_id": "s1", "interaction_data_list": list(items), **fields}
    return call(collector, PUBLISH + ("?wait_for_response=true" if wait else ""), body)


def of_user(collector: Collector, user: str, **fields: Any) -> list[Json]:
    return list(call(collector, "/api/get_interactions", {"user_id": user, **fields})["interactions"])


def test_what_is_published_can_be_read_back_at_once(collector: Collector) -> None:
    user = uuid7()
    answer = publish(
        collector,
        {"user_action": "click", "user_action_description": "clicked on 'Laptops'", "created_at": "1795348802",
         "interacted_image_url": "https://store.example.com/laptops"},
        {"content": "Return policy?", "expert_content": "30 days", "shadow_content": "14 days", "role": "Agent",
         "tools_used": [{"tool_name": "faq", "tool_data": {"hits": [1, {"a": None}]}, "status": 7}],
         "retrieved_learnings": [{"kind": "profile", "learning_id": "p1"}], "created_at": 1795348803000},
        user_id=f"  {user} ", source="ecommerce", agent_version="v1.0",
    )  # fmt: skip
    assert (True, [], "done", "Interaction published successfully") == tuple(
        answer[name] for name in ("success", "warnings", "learning_status", "message")
    )
    newest, oldest = of_user(collector, user)
    assert 0 < newest.pop("interaction_id") != oldest.pop("interaction_id") > 0
    shared = {"user_id": user, "request_id": answer["request_id"]}
    assert {
        **shared, "created_at": 1795348803, "role": "Agent", "content": "Return policy?", "user_action": "none",
        "user_action_description": "", "interacted_image_url": "", "shadow_content": "14 days",
        "expert_content": "30 days", "tools_used": [{"tool_name": "faq", "tool_data": {"hits": [1, {"a": None}]}, "status": "7"}],
        "retrieved_learnings": [{"kind": "profile", "learning_id": "p1"}],
    } == newest  # fmt: skip
    assert {
        **shared, "created_at": 1795348802, "role": "User", "content": "", "user_action": "click",
        "user_action_description": "clicked on 'Laptops'",
        "interacted_image_url": "https://store.example.com/laptops", "shadow_content": "", "expert_content": "",
        "tools_used": [], "retrieved_learnings": [],
    } == oldest  # fmt: skip


def test_published_items_are_interactions_like_any_other(collector: Collector) -> None:
    user = uuid7()
    answer = publish(
        collector,
        {"user_action": "click", "user_action_description": "d"},
        {"content": "c"},
        user_id=user,
        source="web",
    )
    rows = {row["event_name"]: row for row in collector.rows(user_id=user)}
    assert {"click", "message"} == set(rows)
    assert ("default", "s1", answer["request_id"], "web", "agent-v0") == tuple(
        rows["message"][name] for name in ("site", "session_id", "request_id", "source", "agent_version")
    )


def test_ties_keep_the_order_of_the_publish_and_top_k_counts_from_the_newest(collector: Collector) -> None:
    user = uuid7()
    second = now_ms() // 1000
    publish(collector, *[{"content": f"a{n}", "created_at": second} for n in range(12)], user_id=user, wait=False)
    publish(collector, *[{"content": f"b{n}", "created_at": second} for n in range(12)], user_id=user, wait=False)
    publish(collector, {"content": "new", "created_at": second + 1}, user_id=user)
    order = ["new", *[f"a{n}" for n in range(12)], *[f"b{n}" for n in range(12)]]
    assert order == [row["content"] for row in of_user(collector, user)]
    assert order[:5] == [row["content"] for row in of_user(collector, user, top_k=5)]
    publish(collector, *[{"content": f"c{n}", "created_at": second - 9} for n in range(12)], user_id=user)
    assert 30 == len(of_user(collector, user))
    assert 37 == len(of_user(collector, user, top_k=None))


def test_a_conversation_within_a_second_reads_as_it_was_published(collector: Collector) -> None:
    session, second = uuid7(), now_ms() // 1000
    turns = [f"{name}{number}" for name in "abc" for number in range(5)]
    for start in (0, 5, 10):
        items = [{"content": turn, "created_at": second} for turn in turns[start : start + 5]]
        publish(collector, *items, user_id=session, session_id=session)
    told: list[str] = []
    query: Json = {"limit": 4}
    while True:
        page = collector.get(f"/v1/sessions/{session}", **query).json()
        told += [row["content"] for row in page["interactions"]]
        if "next_cursor" not in page or page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert turns == told
    assert turns[::-1] == [row["content"] for row in collector.rows(user_id=session)]


def test_times_are_inclusive_to_the_second(collector: Collector) -> None:
    user = uuid7()
    publish(collector, *[{"content": str(n), "created_at": 1_000_000_000 + n} for n in range(5)], user_id=user)
    found = of_user(collector, user, start_time="2001-09-09T01:46:41.9Z", end_time="2001-09-09T03:46:43+02:00")
    assert ["3", "2", "1"] == [row["content"] for row in found]


def test_long_ago_and_not_yet_are_kept(collector: Collector) -> None:
    user = uuid7()
    publish(collector, *[{"content": "x", "created_at": at} for at in (0, 86_400, 4_000_000_000)], user_id=user)
    assert [4_000_000_000, 86_400, 0] == [row["created_at"] for row in of_user(collector, user)]
    listed = [row["created_at"][:10] for row in collector.rows(user_id=user)]
    assert ["2096-10-02", "1970-01-02", "1970-01-01"] == listed


def test_repeated_request_id_is_refused_and_stores_nothing(collector: Collector) -> None:
    user = uuid7()
    name = f"batch_{user}"
    assert publish(collector, {"content": "once"}, user_id=user, request_id=name)["success"]
    again = publish(collector, {"content": "twice"}, user_id=user, request_id=name)
    assert {"success": False, "message": f"request_id '{name}' already exists", "warnings": []} == again
    assert ["once"] == [row["content"] for row in of_user(collector, user)]


def test_what_was_left_out_is_named(collector: Collector) -> None:
    user = uuid7()
    answer = publish(
        collector,
        {"content": "hello", "foo": 1, "user_id": "x"},
        {"content": " "},
        {"user_action": "click", "user_action_description": "d", "tools_used": [{"tool_name": "t", "zip": 1}]},
        user_id=user, bar=1,
    )  # fmt: skip
    assert [
        "interaction_data_list[0]: ignored unrecognised field(s) foo",
        "interaction_data_list[2]: ignored unrecognised field(s) tools_used[0].zip",
        "publish request: ignored unrecognised field(s) bar",
        "skipped 1 empty interaction(s) that carried no content, at index(es) 1",
    ] == answer["warnings"]
    assert 2 == len(of_user(collector, user))


def test_beacons_and_publishes_of_one_person_are_told_together(collector: Collector) -> None:
    visitor = uuid7()
    sent = batch(event("click", target={"tag": "a", "role": "link", "label": "Cart"}, image_url="/img/a.webp"))
    collector.send({**sent, "visitor_id": visitor})
    [told] = eventually(lambda: of_user(collector, visitor))
    assert ("click", sent["batch_id"], "User") == tuple(told[name] for name in ("user_action", "request_id", "role"))
    publish(collector, {"content": "where is my cart", "created_at": now_ms() // 1000 + 1}, user_id=visitor)
    assert ["where is my cart", ""] == [row["content"] for row in of_user(collector, visitor)]


def test_a_thousand_items_take_well_under_a_second(collector: Collector) -> None:
    user = uuid7()
    items = [{"content": f"turn {n} " + "word " * 20} for n in range(1000)]
    answer = publish(collector, *items, user_id=user)
    assert "done" == answer["learning_status"]
    found = of_user(collector, user, top_k=None)
    assert [item["content"] for item in items] == [row["content"] for row in found]


def test_newest_of_all_users(collector: Collector) -> None:
    user = uuid7()
    publish(collector, {"content": "early"}, {"content": "late", "created_at": int(time.time()) + 5}, user_id=user)
    answer = collector.get("/api/get_all_interactions", limit=1).json()
    assert 1 == len(answer["interactions"])
    everything = collector.get("/api/get_all_interactions", limit=-1).json()["interactions"]
    assert {"early", "late"} <= {row["content"] for row in everything if row["user_id"] == user}
    times = [row["created_at"] for row in everything]
    assert sorted(times, reverse=True) == times


def test_requests_come_by_session(collector: Collector) -> None:
    user = uuid7()
    for number in range(3):
        items = [{"content": f"{number}b", "created_at": 2000}, {"content": f"{number}a", "created_at": 1000}]
        session = f"{user}-{number % 2}"
        publish(collector, *items, user_id=user, session_id=session, request_id=f"{user}-{number}",
                evaluation_only=number == 2, source="web" if number else "")  # fmt: skip
    answer = call(collector, "/api/get_requests", {"user_id": user})
    assert (True, False, "Found 3 request(s) in 2 session(s)") == (answer["success"], answer["has_more"], answer["msg"])
    told = [
        (session["session_id"][-2:], [(r["request"]["request_id"][-1], [i["content"] for i in r["interactions"]]) for r in session["requests"]])
        for session in answer["sessions"]
    ]  # fmt: skip
    assert [("-0", [("2", ["2a", "2b"]), ("0", ["0a", "0b"])]), ("-1", [("1", ["1a", "1b"])])] == told
    request = answer["sessions"][0]["requests"][0]["request"]
    assert abs(request.pop("created_at") - time.time()) < 60
    assert {
        "request_id": f"{user}-2", "user_id": user, "source": "web", "agent_version": "agent-v0",
        "session_id": f"{user}-0", "evaluation_only": True,
    } == request  # fmt: skip
    page = call(collector, "/api/get_requests", {"user_id": user, "top_k": 1})
    assert ([f"{user}-0"], True) == ([s["session_id"] for s in page["sessions"]], page["has_more"])
    page = call(collector, "/api/get_requests", {"user_id": user, "top_k": 1, "offset": 1})
    assert ([f"{user}-1"], False) == ([s["session_id"] for s in page["sessions"]], page["has_more"])
    for query, count in (({"source": "web"}, 2), ({"source": ""}, 1), ({"request_id": f"{user}-1"}, 1),
                         ({"session_id": f"{user}-0"}, 2), ({"end_time": "2020-01-01T00:00:00Z"}, 0)):  # fmt: skip
        found = call(collector, "/api/get_requests", {"user_id": user, **query})["sessions"]
        assert count == sum(len(session["requests"]) for session in found), query


def test_requests_of_all_users_are_paged(collector: Collector) -> None:
    user = uuid7()
    publish(collector, {"content": "x"}, user_id=user, session_id=user)
    page = call(collector, "/api/get_requests", {"top_k": 1})
    assert ([user], True) == ([session["session_id"] for session in page["sessions"]], page["has_more"])


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b'{"user_id":"u1"', [("json_invalid", ["body", 15])]),
        (b"[]", [("model_attributes_type", ["body"])]),
        (b"", [("missing", ["body"])]),
        (b'{"user_id":" ","interaction_data_list":[{"content":"x","user_action":"jump"}]}',
         [("value_error", ["body", "user_id"]), ("enum", ["body", "interaction_data_list", 0, "user_action"]), ("missing", ["body", "session_id"])]),
        (b'{"user_id":"u","session_id":"s","interaction_data_list":[{"user_action":"click"}]}', [("value_error", ["body"])]),
        (b'{"user_id":"u","session_id":"s","interaction_data_list":[{"Content":"x"}]}', [("value_error", ["body"])]),
        (b'{"user_id":"u","session_id":"s","interaction_data_list":[]}', [("too_short", ["body", "interaction_data_list"])]),
        (b'{"user_id":"u","session_id":"s","interaction_data_list":[{"content":"x","created_at":1.5},{"content":"x","created_at":null},{"content":"x","created_at":"2026-01-01T00:00:00"}]}',
         [(kind, ["body", "interaction_data_list", n, "created_at"]) for n, kind in enumerate(("int_from_float", "int_type", "int_parsing"))]),
        (b'{"user_id":"u","session_id":"s","interaction_data_list":[{"interacted_image_url":"http://169.254.169.254/a"}]}',
         [("value_error", ["body", "interaction_data_list", 0, "interacted_image_url"])]),
        (b'{"user_id":"u","session_id":"s","evaluation_only":true,"force_extraction":true,"interaction_data_list":[{"content":"x"}]}', [("value_error", ["body"])]),
        (b'{"user_id":"u","session_id":"s","source":"Not Allowed","interaction_data_list":[{"content":"x"}]}', None),
    ],
)  # fmt: skip
def test_bodies_that_break_a_rule_name_it(
    collector: Collector, body: bytes, errors: list[tuple[str, list[Any]]] | None
) -> None:
    answer = collector.http.post(PUBLISH, content=body, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert 422 == answer.status_code, answer.text
    found = answer.json()["detail"]
    assert all({"type", "loc", "msg", "input"} <= set(entry) for entry in found)
    if errors is not None:
        assert errors == [(entry["type"], entry["loc"]) for entry in found]


def test_a_body_over_ten_mebibytes_is_413(collector: Collector) -> None:
    answer = collector.http.post(
        PUBLISH, content=b" " * (10 * 2**20 + 1), headers={"authorization": f"Bearer {ADMIN_KEY}"}
    )
    assert (413, {"detail": "Request body too large"}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic abc"}])
def test_keys_are_needed(collector: Collector, headers: dict[str, str]) -> None:
    for method, path in (("POST", PUBLISH), ("POST", "/api/get_interactions"), ("GET", "/api/whoami")):
        answer = collector.http.request(method, path, headers=headers)
        assert (401, {"detail": "Authentication required"}) == (answer.status_code, answer.json())
        assert "Bearer" == answer.headers["www-authenticate"]


def test_who_and_which_version(collector: Collector) -> None:
    told = collector.get("/api/whoami").json()
    assert (True, True) == (told["success"], told["storage_configured"])
    assert {"server_version", "api_version", "min_client_version"} == set(collector.http.get("/meta/version").json())
    assert {"detail": "Not Found"} == collector.http.get("/api/nothing").json()
