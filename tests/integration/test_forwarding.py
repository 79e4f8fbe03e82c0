"""What visitors say reaches a Reflexio server once, through faults of either side."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.sites import Scope
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, now_ms, uuid7
from tests.support.keys import key_for
from tests.support.reflexio_server import Handler, ReflexioServer


@pytest.fixture(scope="module")
def shared_server() -> Iterator[ReflexioServer]:
    with ReflexioServer() as server:
        yield server


@pytest.fixture(scope="module")
def shared(shared_server: ReflexioServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector with three sites that forwards to the shared server."""
    made = collector(tmp_path_factory.mktemp("forwarding"), shared_server)
    made.data_dir.mkdir()
    (made.data_dir / "sites.toml").write_text(
        '[sites.quiet]\nwrite_key = "pk_quiet_key"\norigins = ["*"]\n'
        '[sites.quiet.forward]\nkinds = ["feedback"]\ncontext_items = 0\n'
        '[sites.silent]\nwrite_key = "pk_silent_key"\norigins = ["*"]\n[sites.silent.forward]\nenabled = false\n'
    )
    with made:
        yield made


@pytest.fixture
def server(shared_server: ReflexioServer, shared: Collector) -> Iterator[ReflexioServer]:
    """The shared server, empty and without a fault."""
    shared_server.reset()
    yield shared_server
    shared_server.fault = None
    eventually(lambda: status(shared)["counts"], lambda counts: counts["queued"] + counts["waiting"] == 0)


@pytest.fixture
def running(shared: Collector, server: ReflexioServer) -> Collector:
    return shared


@pytest.fixture
def own_server() -> Iterator[ReflexioServer]:
    with ReflexioServer() as server:
        yield server


def collector(folder: Path, server: ReflexioServer, **settings: str) -> Collector:
    given = {"reflexio_url": server.url, "reflexio_api_key": "test-key", "reflexio_requests_per_minute": "6000"}
    return Collector(folder / "data", **{**given, **settings})


def says(text: str, **fields: Any) -> dict[str, Any]:
    return batch(event("click"), event("message", text=text), session_id=uuid7(), **fields)


def status(running: Collector) -> dict[str, Any]:
    answer: dict[str, Any] = running.get("/v1/forwarding", key=ADMIN_KEY).json()
    return answer


def newest(running: Collector, state: str) -> dict[str, Any]:
    """The newest request, once it has this state."""
    found = eventually(lambda: status(running)["requests"][:1], lambda some: bool(some) and some[0]["state"] == state)
    return dict(found[0])


def test_a_session_arrives_in_one_request_with_the_actions_that_led_to_it(
    running: Collector, server: ReflexioServer
) -> None:
    click = event(
        "click", target={"tag": "a", "role": "link", "label": "Aster 16"}, image_url="https://shop.test/a.webp"
    )
    running.send(batch(click, event("feedback", text="too dark", rating=2), user_id="ann", source="shop"))
    eventually(server.contents)
    (request,) = server.requests.values()
    assert ("ann", "shop") == (request["user_id"], request["source"])
    done, spoken = request["interaction_data_list"]
    assert ("click", "clicked link 'Aster 16'") == (done["user_action"], done["user_action_description"])
    assert "https://shop.test/a.webp" == done["interacted_image_url"]
    assert ("User", "too dark", "none") == (spoken["role"], spoken["content"], spoken["user_action"])
    one = newest(running, "forwarded")
    assert (request["request_id"], 2) == (one["request_id"], one["items"])


def test_what_shares_a_moment_arrives_in_the_order_it_was_sent(running: Collector, server: ReflexioServer) -> None:
    """Events of one millisecond in a beacon, items of one second in two publishes."""
    session, second = uuid7(), now_ms() // 1000
    events = [event("custom", name=f"step{n}", at=second * 1000) for n in range(12)]
    running.send(batch(*events, event("message", text="said", at=second * 1000), session_id=session, user_id="ann"))
    key = key_for(running, "publisher", sites=["shop"], scopes=(Scope.PUBLISH,))
    headers = {"authorization": f"Bearer {key}"}
    for part in "ab":
        items = [{"content": f"{part}{n}", "created_at": second} for n in range(12)]
        body = {"user_id": "ann", "session_id": session, "interaction_data_list": items}

        def publish(body: dict[str, Any] = body) -> int:
            return running.http.post("/api/publish_interaction", json=body, headers=headers).status_code

        eventually(publish, lambda code: code == 200)  # 401 until the new key is read
    eventually(server.contents, lambda found: len(found) == 25)
    told = [item["content"] for item in server.items()]
    assert [*(f"did 'step{n}'" for n in range(12)), "said", *(f"{part}{n}" for part in "ab" for n in range(12))] == told


def test_a_server_that_is_away_gets_everything_later_and_beacons_do_not_wait(
    running: Collector, server: ReflexioServer
) -> None:
    server.stop()
    for number in range(5):
        assert 202 == running.send(says(f"text {number}")).status_code
    eventually(lambda: status(running)["counts"]["queued"], lambda queued: queued >= 1)
    server.start()
    eventually(server.contents, lambda found: len(found) == 5)
    assert {f"text {number}" for number in range(5)} == set(server.contents())


def test_an_answer_that_is_lost_does_not_double_a_request(running: Collector, server: ReflexioServer) -> None:
    def lose(handler: Handler, body: dict[str, Any]) -> bool:
        if server.attempts[body["request_id"]]:
            return False
        server.keep(body)
        handler.hang_up()
        return True

    server.fault = lose
    running.send(says("only once"))
    eventually(server.contents)
    assert 2 == newest(running, "forwarded")["attempts"]
    assert ["only once"] == server.contents()


@pytest.mark.parametrize("code", [401, 403, 408, 429, 500, 503])
def test_a_refusal_that_may_pass_is_repeated_with_the_same_request(
    running: Collector, server: ReflexioServer, code: int
) -> None:
    seen: list[str] = []

    def refuse(handler: Handler, body: dict[str, Any]) -> bool:
        seen.append(body["request_id"])
        if len(seen) > 1:
            return False
        handler.answer(code, {"detail": "not now"}, retry_after="0")
        return True

    server.fault = refuse
    running.send(says("patience"))
    eventually(server.contents)
    assert 2 == len(seen)
    assert 1 == len(set(seen))


def test_what_the_server_refuses_for_good_is_kept_with_its_reason_and_holds_nobody_up(
    running: Collector, server: ReflexioServer
) -> None:
    def refuse(handler: Handler, body: dict[str, Any]) -> bool:
        if "poison" not in str(body):
            return False
        handler.answer(422, {"detail": [{"loc": ["body"], "msg": "poison"}]})
        return True

    server.fault = refuse
    running.send(says("poison"))
    running.send(says("fine"))
    eventually(server.contents)
    listed = eventually(lambda: running.get("/v1/forwarding", state="refused").json()["requests"])
    one = listed[0]
    assert "422" in one["reason"]
    server.fault = None
    said = running.run("forwarding", "show", one["request_id"])
    assert "poison" in said
    running.run("forwarding", "retry", one["request_id"])
    eventually(server.contents, lambda found: set(found) == {"poison", "fine"})


def test_a_warning_that_items_were_skipped_is_a_failed_delivery(running: Collector, server: ReflexioServer) -> None:
    def skip(handler: Handler, body: dict[str, Any]) -> bool:
        handler.answer(200, {"success": True, "message": "", "warnings": ["item 1 was skipped: it is empty"]})
        return True

    server.fault = skip
    running.send(says("partly"))
    assert "item 1 was skipped" in newest(running, "refused")["reason"]


def test_an_image_the_server_refuses_does_not_take_the_words_with_it(
    running: Collector, server: ReflexioServer
) -> None:
    def refuse(handler: Handler, body: dict[str, Any]) -> bool:
        if "interacted_image_url" not in str(body):
            return False
        handler.answer(422, {"detail": [{"loc": ["interacted_image_url"], "msg": "no such host"}]})
        return True

    server.fault = refuse
    running.send(batch(event("click", image_url="https://gone.example/a.png"), event("message", text="words")))
    eventually(server.contents)
    assert ["words"] == server.contents()


def test_rules_of_a_site_say_what_is_forwarded(running: Collector, server: ReflexioServer) -> None:
    chosen = batch(event("click"), event("message", text="chat"), event("feedback", text="opinion"), session_id=uuid7())
    running.send(batch(event("feedback", text="secret"), session_id=uuid7()), key="pk_silent_key")
    running.send(chosen, key="pk_quiet_key")
    running.send(says("last"))
    eventually(server.contents, lambda found: "last" in found and "opinion" in found)
    assert {"opinion", "last"} == set(server.contents())


def delete(running: Collector, path: str, body: dict[str, Any], method: str = "DELETE") -> None:
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    answer = running.http.request(method, f"/api/{path}", json=body, headers=headers)
    assert (200, True) == (answer.status_code, answer.json()["success"]), answer.text


def test_what_is_deleted_leaves_the_backlog(running: Collector, server: ReflexioServer) -> None:
    """What waits for a server that is away, and what was refused and is kept aside."""

    def refuse(handler: Handler, body: dict[str, Any]) -> bool:
        handler.answer(422, {"detail": "no"})
        return True

    user = uuid7()
    server.fault = refuse
    running.send(says("refused before", user_id=user))
    refused = newest(running, "refused")["request_id"]
    server.fault = None
    server.stop()
    running.send(says("waits", user_id=user))
    waiting = newest(running, "queued")["request_id"]
    running.send(says("someone else"))
    eventually(lambda: status(running)["counts"]["queued"], lambda count: count == 2)
    assert "waits" in running.run("forwarding", "show", waiting)
    delete(running, "clear_user_data", {"user_id": user}, "POST")
    left = {one["request_id"] for one in status(running)["requests"]}
    assert left.isdisjoint({refused, waiting})
    server.start()
    eventually(server.contents)
    running.send(says("last"))
    eventually(server.contents, lambda found: "last" in found)
    assert {"someone else", "last"} == set(server.contents())


def test_the_server_is_told_what_is_deleted_also_when_it_is_away_just_then(
    running: Collector, server: ReflexioServer
) -> None:
    session = uuid7()
    running.send(says("secret") | {"session_id": session})
    eventually(server.contents)
    [request_id] = server.requests
    newest(running, "forwarded")
    server.stop()
    delete(running, "delete_session", {"session_id": session})
    server.start()
    eventually(lambda: server.deleted.count(request_id))  # what earlier tests deleted may be told now too
    assert [] == server.contents()


def test_what_shared_a_request_with_something_deleted_goes_again_without_it(
    running: Collector, server: ReflexioServer
) -> None:
    user = uuid7()
    running.send(
        batch(event("message", text="secret"), event("message", text="fine"), user_id=user, session_id=uuid7())
    )
    eventually(server.contents, lambda found: found == ["secret", "fine"])
    [first] = server.requests
    newest(running, "forwarded")
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    told = running.http.post("/api/get_interactions", json={"user_id": user}, headers=headers).json()["interactions"]
    [wanted] = [one["interaction_id"] for one in told if one["content"] == "secret"]
    delete(running, "delete_interaction", {"user_id": user, "interaction_id": wanted})
    eventually(server.contents, lambda found: found == ["fine"])
    assert 1 == server.deleted.count(first)


def test_killed_while_it_forwards_each_text_arrives_once(tmp_path: Path, own_server: ReflexioServer) -> None:
    """The collector is killed at random moments, answers are lost at random: what was acknowledged arrives once."""
    chance = random.Random(7)

    def flaky(handler: Handler, body: dict[str, Any]) -> bool:
        if chance.random() < 0.3:
            own_server.keep(body)
            handler.hang_up()
            return True
        return False

    own_server.fault = flaky
    acknowledged: list[str] = []
    running = collector(tmp_path, own_server)
    for round_number in range(3):
        running.start()
        for number in range(10):
            text = f"{round_number}-{number}"
            if running.send(says(text)).status_code == 202:
                acknowledged.append(text)
        wanted = sum(own_server.attempts.values()) + chance.randrange(1, 8)
        eventually(lambda: sum(own_server.attempts.values()), lambda count, wanted=wanted: count >= wanted)  # type: ignore[misc]
        running.kill()
    own_server.fault = None
    with running:
        eventually(own_server.contents, lambda found: set(found) >= set(acknowledged), seconds=60)
        eventually(lambda: status(running)["counts"], lambda counts: counts["queued"] + counts["waiting"] == 0)
    assert dict.fromkeys(acknowledged, 1) == Counter(own_server.contents())
    clicks = [item for item in own_server.items() if item["user_action"] == "click"]
    assert len(acknowledged) == len(clicks)


def test_too_many_waiting_are_kept_aside_by_name_and_can_be_queued(tmp_path: Path, own_server: ReflexioServer) -> None:
    own_server.stop()
    with collector(tmp_path, own_server, forward_max_waiting="2") as running:
        running.send(batch(*(event("message", text=f"text {number}") for number in range(5))))
        eventually(lambda: status(running)["counts"]["no_room"], lambda count: count == 3)
        assert "found no room" in running.run("forwarding", "list")
        own_server.start()
        eventually(own_server.contents, lambda found: len(found) == 2)
        running.run("forwarding", "retry", "--all")
        eventually(own_server.contents, lambda found: len(found) == 5)
