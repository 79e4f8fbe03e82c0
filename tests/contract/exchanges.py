"""A conversation with a Reflexio server, request by request, to be held with the real one and with the collector.

    python -m tests.contract.exchanges URL KEY > tests/contract/recorded.json

records what a real server (started on an empty folder) answers; test_reflexio_recorded.py holds the same with the
collector and compares.
"""

import json
import sys
from typing import Any

import httpx

Json = dict[str, Any]
PUBLISH = "/api/publish_interaction"
AT = 1_795_000_000


def _publish(*items: Json, **fields: Any) -> Json:
    return {"user_id": "u1", "session_id": "s1", "interaction_data_list": list(items), **fields}


def _turn(content: str, after: int = 0, **fields: Any) -> Json:
    return {"content": content, "created_at": AT + after, **fields}


_LONG = "x" * 1001
_BAD_ITEMS: dict[str, Json] = {
    "action without description": {"user_action": "click"},
    "action unknown": {"user_action": "hover", "user_action_description": "d"},
    "image twice": {"interacted_image_url": "https://a.example/b", "image_encoding": "aGk="},
    "image of another scheme": {"interacted_image_url": "ftp://a.example/b"},
    "image at a metadata address": {"interacted_image_url": "http://169.254.169.254/latest"},
    "image address too long": {"interacted_image_url": "https://a.example/" + "x" * 2048},
    "role too long": {"content": "x", "role": _LONG},
    "description too long": {"user_action": "click", "user_action_description": "x" * 10_001},
    "content no text": {"content": 7},
    "tool without a name": {"content": "x", "tools_used": [{"tool_data": {}}]},
    "tool data no object": {"content": "x", "tools_used": [{"tool_name": "t", "tool_data": []}]},
    "learning of no kind": {"content": "x", "retrieved_learnings": [{"kind": "playbook", "learning_id": "1"}]},
    "learning without an id": {"content": "x", "retrieved_learnings": [{"kind": "profile", "learning_id": ""}]},
    "citation without an id": {"content": "x", "citations": [{"kind": "playbook"}]},
    "time with a fraction": {"content": "x", "created_at": 1.5},
    "time null": {"content": "x", "created_at": None},
    "time as ISO": {"content": "x", "created_at": "2026-01-01T00:00:00Z"},
    "empty": {"content": "   "},
    "misspelt": {"Content": "x"},
    "no object": "text",  # type: ignore[dict-item]
}
_BAD_REQUESTS: dict[str, Json] = {
    "no user": {"session_id": "s", "interaction_data_list": [_turn("x")]},
    "blank user": _publish(_turn("x"), user_id=" "),
    "no session": {"user_id": "u", "interaction_data_list": [_turn("x")]},
    "no items": _publish(),
    "too many items": _publish(*[{"content": "x"}] * 1001),
    "items no list": {**_publish(), "interaction_data_list": "x"},
    "source in capitals": _publish(_turn("x"), source="Web"),
    "source too long": _publish(_turn("x"), source="x" * 129),
    "version too long": _publish(_turn("x"), agent_version=_LONG),
    "blank request id": _publish(_turn("x"), request_id=""),
    "both flags": _publish(_turn("x"), evaluation_only=True, force_extraction=True),
    "half an experiment": _publish(_turn("x"), retrieval_experiment_id="e"),
    "unknown arm": _publish(_turn("x"), retrieval_experiment_id="e", retrieval_experiment_arm="both"),
    "flag no boolean": _publish(_turn("x"), skip_aggregation="perhaps"),
}

EXCHANGES: list[tuple[str, str, str, object]] = [
    *[(f"item: {name}", "POST", PUBLISH, _publish(item)) for name, item in _BAD_ITEMS.items()],
    *[(f"request: {name}", "POST", PUBLISH, body) for name, body in _BAD_REQUESTS.items()],
    ("body: cut off", "POST", PUBLISH, b'{"user_id":"u","session_id":"s"'),
    ("body: no object", "POST", PUBLISH, b"[1]"),
    ("body: none", "POST", PUBLISH, b""),
    ("query: no boolean", "POST", f"{PUBLISH}?wait_for_response=perhaps", _publish(_turn("x"))),
    ("nothing of these is stored", "POST", "/api/get_interactions", {"user_id": "u1"}),
    ("two turns", "POST", PUBLISH, _publish(_turn("Hi", role="User"), _turn("Hello", 1, role="Agent"), request_id="r1",
                                            source="web", agent_version="v1")),
    ("again", "POST", PUBLISH, _publish(_turn("Hi"), request_id="r1")),
    ("actions and what is unknown", "POST", PUBLISH, _publish(
        {"user_action": "click", "user_action_description": "clicked", "created_at": str(AT + 5), "user_id": "u1", "foo": 1},
        {"user_action": "scroll", "user_action_description": "scrolled", "created_at": AT + 5,
         "interacted_image_url": "https://a.example/b.png"},
        {"content": " "},
        {"expert_content": "better", "created_at": AT + 6, "tools_used": [{"tool_name": "t", "tool_data": {"a": [1]}, "status": 5, "zip": 1}],
         "retrieved_learnings": [{"kind": "profile", "learning_id": "p"}]},
        request_id="r2", session_id="s2", colour="red", evaluation_only=True)),
    ("ties", "POST", PUBLISH, _publish(*[_turn(f"t{n}", 20) for n in range(4)], request_id="r3", session_id="s2")),
    ("someone else", "POST", PUBLISH, _publish(_turn("other", 30), user_id="u2", request_id="r4", session_id="s3")),
    ("all of a user", "POST", "/api/get_interactions", {"user_id": "u1"}),
    ("stripped", "POST", "/api/get_interactions", {"user_id": " u1 ", "top_k": 3}),
    ("all, null", "POST", "/api/get_interactions", {"user_id": "u1", "top_k": None}),
    ("none so many", "POST", "/api/get_interactions", {"user_id": "u1", "top_k": 0}),
    ("nobody", "POST", "/api/get_interactions", {"user_id": "nobody"}),
    ("no one named", "POST", "/api/get_interactions", {}),
    ("from", "POST", "/api/get_interactions", {"user_id": "u1", "start_time": "2026-11-18T11:06:45Z"}),
    ("from and to", "POST", "/api/get_interactions", {"user_id": "u1", "start_time": "2026-11-18T11:06:41Z", "end_time": "2026-11-18T11:06:45Z"}),
    ("to before from", "POST", "/api/get_interactions", {"user_id": "u1", "start_time": "2026-11-18T11:06:45Z", "end_time": "2026-11-18T11:06:41Z"}),
    ("no time", "POST", "/api/get_interactions", {"user_id": "u1", "start_time": "yesterday"}),
    ("everyone", "GET", "/api/get_all_interactions", None),
    ("everyone, some", "GET", "/api/get_all_interactions?limit=2", None),
    ("everyone, no number", "GET", "/api/get_all_interactions?limit=x", None),
    ("requests of a user", "POST", "/api/get_requests", {"user_id": "u1"}),
    ("requests of a session", "POST", "/api/get_requests", {"session_id": "s2"}),
    ("one request", "POST", "/api/get_requests", {"request_id": "r1"}),
    ("requests of a source", "POST", "/api/get_requests", {"source": "web"}),
    ("requests, first page", "POST", "/api/get_requests", {"top_k": 1}),
    ("requests, second page", "POST", "/api/get_requests", {"top_k": 1, "offset": 1}),
    ("requests, none", "POST", "/api/get_requests", {"user_id": "nobody"}),
    ("requests, wrong", "POST", "/api/get_requests", {"top_k": 0, "offset": -1, "source": "Web"}),
    ("search for nothing", "POST", "/api/search_interactions", {"user_id": "u1"}),
    ("search, wrong", "POST", "/api/search_interactions", {"query": "x", "top_k": 0, "threshold": 2, "search_mode": "magic"}),
    ("status of nothing", "GET", "/api/learning_status?request_id=nothing", None),
    ("status, which", "GET", "/api/learning_status", None),
    ("delete, wrong id", "DELETE", "/api/delete_interaction", {"user_id": "u1", "interaction_id": 0}),
    ("delete nothing", "DELETE", "/api/delete_interaction", {"user_id": "u1", "interaction_id": 99}),
    ("delete a request", "DELETE", "/api/delete_request", {"request_id": "r1"}),
    ("delete no request", "DELETE", "/api/delete_request", {"request_id": "nothing"}),
    ("delete, blank", "DELETE", "/api/delete_request", {"request_id": " "}),
    ("what is left", "POST", "/api/get_requests", {"user_id": "u1"}),
    ("delete many", "DELETE", "/api/delete_requests_by_ids", {"request_ids": ["r3", "nothing"]}),
    ("delete none", "DELETE", "/api/delete_requests_by_ids", {"request_ids": []}),
    ("delete a session", "DELETE", "/api/delete_session", {"session_id": "s2"}),
    ("delete no session", "DELETE", "/api/delete_session", {"session_id": "nothing"}),
    ("nothing of the user is left", "POST", "/api/get_interactions", {"user_id": "u1"}),
    ("clear a user", "POST", "/api/clear_user_data", {"user_id": "u2"}),
    ("clear no user", "POST", "/api/clear_user_data", {}),
    ("delete all", "DELETE", "/api/delete_all_interactions", None),
    ("nothing is left", "GET", "/api/get_all_interactions", None),
    ("who", "GET", "/api/whoami", None),
    ("version", "GET", "/meta/version", None),
    ("health", "GET", "/health", None),
    ("not there", "GET", "/api/nothing", None),
    ("wrong method", "GET", PUBLISH, None),
]  # fmt: skip


def hold(url: str, key: str, *, waiting: bool) -> dict[str, Json]:
    """Hold the conversation: status and body of each answer, by name. `waiting`: publishes ask to be read back."""
    told: dict[str, Json] = {}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json", "user-agent": "contract-tests"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for name, method, path, body in EXCHANGES:
            target = f"{path}?wait_for_response=true" if waiting and path == PUBLISH else path
            content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
            answer = client.request(method, target, content=content)
            told[name] = {"status": answer.status_code, "body": answer.json()}
    for name, method, path in (("no key", "GET", "/api/whoami"), ("no key to publish", "POST", PUBLISH)):
        answer = httpx.request(method, url + path, headers={"user-agent": "contract-tests"})
        told[name] = {"status": answer.status_code, "body": answer.json()}
    return told


if __name__ == "__main__":
    json.dump(hold(sys.argv[1], sys.argv[2], waiting=False), sys.stdout, indent=1, ensure_ascii=False)
