"""Reflexio's API beyond publishing: search, images, keys for some sites, how often."""

import base64
import json
import math
from pathlib import Path

import pytest

from collector.sites import Scope, SitesFile
from tests.integration.test_publish import PUBLISH, call, of_user, publish
from tests.support.collector import ADMIN_KEY, WRITE_KEY, Collector, batch, event, eventually, uuid7
from tests.support.picturing import picture


def test_search_finds_words_and_honours_its_limits(collector: Collector) -> None:
    user = uuid7()
    days = [{"content": f"password reset number {n}", "created_at": 1_700_000_000 + n * 86_400} for n in range(15)]
    publish(collector, *days, {"user_action": "click", "user_action_description": "opened invoices"}, user_id=user)

    def search(**fields: object) -> list[str]:
        answer = call(collector, "/api/search_interactions", {"user_id": user, **fields})
        assert answer["success"]
        return [row["content"] or row["user_action_description"] for row in answer["interactions"]]

    assert 10 == len(eventually(lambda: search(query="password reset login issues")))
    assert 15 == len(search(query="resetting passwords", top_k=50, search_mode="fts"))
    assert ["opened invoices"] == search(query="invoice", search_mode="fts")
    window = {"start_time": "2023-11-16T22:13:20Z", "end_time": "2023-11-17T22:13:20.5Z"}
    assert {"password reset number 2", "password reset number 3"} == set(
        search(query="password", search_mode="fts", **window)
    )
    assert [] == search()
    assert ["opened invoices", "password reset number 14"] == search(most_recent_k=2)


def test_tool_data_may_hold_any_number(collector: Collector) -> None:
    """Python's clients send integers of any length, and NaN."""
    user = uuid7()
    data = {"n": 123456789012345678901234567890, "digits": 10**400, "least": -(2**63), "none": math.nan}
    item = {"content": "x", "tools_used": [{"tool_name": "t", "tool_data": data}]}
    body = json.dumps({"user_id": user, "session_id": "s", "interaction_data_list": [item]})
    answer = collector.http.post(
        f"{PUBLISH}?wait_for_response=true", content=body, headers={"authorization": f"Bearer {ADMIN_KEY}"}
    )
    assert 200 == answer.status_code, answer.text
    told = {"n": 123456789012345678901234567890.0, "digits": str(10**400), "least": -(2**63), "none": None}
    [row], [record] = of_user(collector, user), collector.rows(user_id=user)
    assert told == row["tools_used"][0]["tool_data"] == record["tools_used"][0]["tool_data"]


@pytest.mark.parametrize("query", ["lamp", ""])
def test_most_recent_are_so_many_also_of_one_second(collector: Collector, query: str) -> None:
    """Those that came last, within a publish and after it."""
    user = uuid7()
    items = [{"content": f"lamp number {n}", "created_at": 1_700_000_000} for n in range(10)]
    publish(collector, *items[:9], user_id=user)
    publish(collector, items[9], {"content": "lamp of before", "created_at": 1_600_000_000}, user_id=user)

    def found(count: int) -> set[str]:
        ask = {"user_id": user, "query": query, "most_recent_k": count, "top_k": 50}
        return {row["content"] for row in call(collector, "/api/search_interactions", ask)["interactions"]}

    assert {item["content"] for item in items[-2:]} == found(2)
    assert {item["content"] for item in items[-5:]} == found(5)
    assert {item["content"] for item in items} == found(10)
    assert {*(item["content"] for item in items), "lamp of before"} == found(11) == found(12)


def test_words_of_an_item_with_an_empty_role_are_found(collector: Collector) -> None:
    """It is the user's, as it is where the item names none."""
    user = uuid7()
    click = {"role": "", "user_action": "click", "user_action_description": "opened invoices"}
    publish(collector, click, {"role": "", "content": "where are my invoices"}, user_id=user)
    ask = {"user_id": user, "query": "invoice", "search_mode": "fts"}
    found = call(collector, "/api/search_interactions", ask)["interactions"]
    assert {"opened invoices", ""} == {row["user_action_description"] for row in found}
    assert ["User", "User"] == [row["role"] for row in found]
    assert {"User"} == {row["role"] for row in collector.rows(user_id=user)}


def test_search_takes_any_time_that_iso_can_write(collector: Collector) -> None:
    user = uuid7()
    publish(collector, {"content": "a lamp"}, user_id=user)
    window = {"start_time": "0001-01-01T00:00:00", "end_time": "9999-12-31T23:59:59.999999"}
    for path in ("search_interactions", "get_interactions"):
        answer = call(collector, f"/api/{path}", {"user_id": user, "query": "lamp", "search_mode": "fts", **window})
        assert ["a lamp"] == [row["content"] for row in answer["interactions"]]


@pytest.mark.parametrize(
    ("path", "body", "place", "echo"),
    [
        (PUBLISH, '{"user_id":"u","session_id":"s","interaction_data_list":[{"content":"x","created_at":NaN}]}',
         ["body", "interaction_data_list", 0, "created_at"], "nan"),
        (PUBLISH, '{"user_id":"u","session_id":{"a":[-Infinity]},"interaction_data_list":[{"content":"x"}]}',
         ["body", "session_id"], {"a": ["-inf"]}),
        ("/api/search_interactions", '{"user_id":"u","query":"x","threshold":NaN}', ["body", "threshold"], "nan"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_422(
    collector: Collector, path: str, body: str, place: list[object], echo: object
) -> None:
    answer = collector.http.post(path, content=body, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert 422 == answer.status_code, answer.text
    assert [(place, echo)] == [(entry["loc"], entry["input"]) for entry in answer.json()["detail"]]


def test_search_that_breaks_a_rule_is_422(collector: Collector) -> None:
    answer = collector.http.post(
        "/api/search_interactions", json={"user_id": "u", "threshold": 2, "search_mode": "magic"},
        headers={"authorization": f"Bearer {ADMIN_KEY}"},
    )  # fmt: skip
    assert [["body", "threshold"], ["body", "search_mode"]] == [entry["loc"] for entry in answer.json()["detail"]]


def test_image_of_an_item_is_kept_and_can_be_read_back(collector: Collector) -> None:
    user, drawn = uuid7(), picture()
    text = base64.b64encode(drawn).decode()
    answer = publish(
        collector,
        {"content": "This phone", "image_encoding": text, "created_at": 1_000_000_003},
        {"image_encoding": f"data:image/png;base64,{text}", "created_at": 1_000_000_002},
        {"content": "What do you think?", "image_encoding": "<encode_image_result>", "created_at": 1_000_000_001},
        user_id=user,
    )
    assert ["image_encoding is no image, at index(es) 2 (placeholder); the interaction is kept without it"] == answer[
        "warnings"
    ]
    first, second, third = of_user(collector, user)
    assert first["interacted_image_url"] == second["interacted_image_url"]
    assert first["interacted_image_url"].startswith("http") and "" == third["interacted_image_url"]
    path = first["interacted_image_url"].removeprefix(collector.url)
    assert drawn == collector.get(path).content
    [row] = [row for row in collector.rows(user_id=user) if row.get("content") == "What do you think?"]
    assert "placeholder" == row["props"]["publish"]["no_image"]


@pytest.mark.parametrize("host", ["2852039166", "0xa9fea9fe", "[fd00:ec2:0::254]"])
def test_an_image_a_client_refuses_is_left_out(collector: Collector, host: str) -> None:
    """Its clients resolve hosts as they read, and refuse the whole answer for one that hands out credentials."""
    user, address = uuid7(), f"http://{host}/x.png"
    collector.send(batch(event("feedback", text="a lamp", image_url=address), user_id=user, session_id=uuid7()))
    [told] = eventually(lambda: of_user(collector, user))
    ask = {"user_id": user, "query": "lamp", "search_mode": "fts"}
    [found] = eventually(lambda: call(collector, "/api/search_interactions", ask)["interactions"])
    assert ("", "") == (told["interacted_image_url"], found["interacted_image_url"])
    body = {"user_id": user, "session_id": "s", "interaction_data_list": [{"interacted_image_url": address}]}
    answer = collector.http.post(PUBLISH, json=body, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert 422 == answer.status_code and "cloud metadata" in answer.json()["detail"][0]["msg"]


def test_request_ids_that_differ_in_a_letters_case_are_two(collector: Collector) -> None:
    user = uuid7()
    for name in (user, user.upper(), user.replace("-", " ")):
        assert publish(collector, {"content": name}, user_id=user, request_id=name)["success"], name
        assert not publish(collector, {"content": name}, user_id=user, request_id=name)["success"], name
    assert 3 == len(of_user(collector, user))


def test_keys_see_and_publish_to_their_own_sites(tmp_path: Path) -> None:
    sites = SitesFile(tmp_path / "data" / "sites.toml")
    sites.add_site("shop", ["https://shop.test"], WRITE_KEY)
    sites.add_site("blog", ["https://blog.test"])
    shop = sites.add_key("shop", [Scope.PUBLISH, Scope.READ], ["shop"])
    blog = sites.add_key("blog", [Scope.READ], ["blog"])
    with Collector(tmp_path / "data", sites="", rate_limit_api="30/hour") as collector:
        user = uuid7()
        collector.send(
            batch(event("feedback", text="from the page"), user_id=user), headers={"origin": "https://shop.test"}
        )
        body = {"user_id": user, "session_id": "s", "interaction_data_list": [{"content": "from the agent"}]}
        call(collector, f"{PUBLISH}?wait_for_response=true", body, key=shop)
        assert {"shop"} == {row["site"] for row in collector.rows(user_id=user)}
        ask = {"user_id": user}
        assert 2 == len(call(collector, "/api/get_interactions", ask, key=shop)["interactions"])
        assert [] == call(collector, "/api/get_interactions", ask, key=blog)["interactions"]
        assert [] == call(collector, "/api/get_requests", ask, key=blog)["sessions"]
        answer = collector.http.post(PUBLISH, json=body, headers={"authorization": f"Bearer {blog}"})
        assert 403 == answer.status_code and "publish" in answer.json()["detail"]
        assert "shop" == collector.get("/api/whoami", key=shop).json()["org_id"]
        too_often = eventually(
            lambda: collector.http.post("/api/get_interactions", json=ask, headers={"authorization": f"Bearer {blog}"}),
            lambda answer: answer.status_code == 429,
        )
        assert {"error": "Rate limit exceeded: 30 per 1 hour"} == too_often.json()
        assert 3000 < int(too_often.headers["retry-after"]) <= 3600, "until the first of them is an hour old"


@pytest.mark.parametrize("path", ["/api/get_interactions", "/api/nothing"])
def test_what_is_not_there_is_told_as_reflexio_does(collector: Collector, path: str) -> None:
    answer = collector.http.get(path)
    assert answer.status_code in (404, 405)
    assert {"detail"} == set(answer.json())
