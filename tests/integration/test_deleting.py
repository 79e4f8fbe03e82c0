"""Deleting: gone from every answer at once, for every way of naming it, and for no one else."""

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.sites import Scope, SitesFile
from tests.integration.test_publish import PUBLISH, call, of_user, publish
from tests.support.collector import ADMIN_KEY, WRITE_KEY, Collector, batch, event, eventually, uuid7
from tests.support.picturing import picture

Json = dict[str, Any]


def delete(collector: Collector, path: str, body: object = None, **given: Any) -> Json:
    return call(collector, f"/api/{path}", body, method="DELETE", **given)


def found(collector: Collector, user: str) -> set[str]:
    """What every kind of question still finds of a user, named by how it was found."""
    ways: set[str] = set()
    if of_user(collector, user):
        ways.add("get_interactions")
    if call(collector, "/api/get_requests", {"user_id": user})["sessions"]:
        ways.add("get_requests")
    if call(collector, "/api/search_interactions", {"user_id": user, "query": "lamp", "search_mode": "fts"})[
        "interactions"
    ]:
        ways.add("search")
    if collector.rows(user_id=user):
        ways.add("listing")
    counted = collector.get("/v1/summary", filter=f'{{"field":"user_id","is":"{user}"}}')
    assert 200 == counted.status_code, counted.text
    if counted.json()["current"]["interactions"]:
        ways.add("analytics")
    return ways


EVERYWHERE = {"get_interactions", "get_requests", "search", "listing", "analytics"}


@pytest.fixture
def user(collector: Collector) -> str:
    """A user with a publish of two items, a lamp each, in a session of their own."""
    name = uuid7()
    publish(
        collector, {"content": "a lamp"}, {"content": "another lamp"}, user_id=name, session_id=name, request_id=name
    )
    eventually(lambda: found(collector, name), lambda ways: ways == EVERYWHERE)
    return name


def test_an_interaction_whose_id_another_session_uses_too(collector: Collector) -> None:
    one, other, said = uuid7(), uuid7(), event("feedback", text="a lamp")
    for user in (one, other):
        collector.send(batch(said, user_id=user, session_id=uuid7()))
    [mine], [theirs] = collector.rows_when(1, user_id=one), collector.rows_when(1, user_id=other)
    assert mine["interaction_id"] == theirs["interaction_id"]
    delete(collector, "delete_interaction", {"user_id": one, "interaction_id": mine["interaction_id"]})
    assert set() == found(collector, one)
    assert {"get_interactions", "get_requests", "listing", "analytics"} <= found(collector, other)


def test_interaction(collector: Collector, user: str) -> None:
    first, second = of_user(collector, user)
    given = {"interaction_id": first["interaction_id"]}
    told = delete(collector, "delete_interaction", {"user_id": "someone else", **given})
    assert {"success": True, "message": "Deleted successfully"} == told
    assert 2 == len(of_user(collector, user))
    delete(collector, "delete_interaction", {"user_id": user, **given})
    assert [second] == of_user(collector, user)
    delete(collector, "delete_interaction", {"user_id": user, "interaction_id": second["interaction_id"]})
    assert set() == found(collector, user)


def test_request(collector: Collector, user: str) -> None:
    other = publish(collector, {"content": "lamp"}, user_id=user, session_id=user)["request_id"]
    assert {"success": True, "message": "Deleted successfully"} == delete(
        collector, "delete_request", {"request_id": user}
    )
    assert [other] == [row["request_id"] for row in of_user(collector, user)]


def test_a_request_deleted_before_it_came_is_stored_and_can_be_deleted(collector: Collector) -> None:
    """Acknowledged is kept: an id says nothing of a publish that comes after the deletion."""
    name = uuid7()
    delete(collector, "delete_request", {"request_id": name})
    told = publish(collector, {"content": "a lamp", "created_at": 1_000_000_000}, user_id=name, request_id=name)
    assert (True, "done") == (told["success"], told["learning_status"])
    assert EVERYWHERE - {"analytics"} <= eventually(lambda: found(collector, name), lambda ways: "search" in ways)
    delete(collector, "delete_request", {"request_id": name})
    assert set() == found(collector, name)


def test_session(collector: Collector, user: str) -> None:
    publish(collector, {"content": "elsewhere"}, user_id=user, session_id="another")
    told = delete(collector, "delete_session", {"session_id": user})
    assert {"success": True, "message": "Deleted 1 item(s)", "deleted_requests_count": 1} == told
    assert ["elsewhere"] == [row["content"] for row in of_user(collector, user)]
    publish(collector, {"content": "goes on"}, user_id=user, session_id=user)
    assert {"goes on", "elsewhere"} == {row["content"] for row in of_user(collector, user)}
    told = delete(collector, "delete_session", {"session_id": "never was"})
    assert {"success": True, "message": "Deleted 0 item(s)", "deleted_requests_count": 0} == told


def test_many_requests(collector: Collector, user: str) -> None:
    second = publish(collector, {"content": "lamp"}, user_id=user)["request_id"]
    ids = [user, second, *[uuid7() for _ in range(5000)]]
    told = delete(collector, "delete_requests_by_ids", {"request_ids": ids})
    assert {"success": True, "message": "Deleted 2 item(s)", "deleted_count": 2} == told
    assert set() == found(collector, user)


def test_person(collector: Collector, user: str) -> None:
    """Publishes and beacons, stored and still under way; what comes later is someone's new start."""
    collector.send(batch(event("feedback", text="lamp"), user_id=user))
    publish(collector, {"content": "lamp"}, user_id=user, wait=False)
    told = call(collector, "/api/clear_user_data", {"user_id": user})
    assert {"interactions": 4, "requests": 3} == told["deleted_counts"]
    assert set() == found(collector, user)
    publish(collector, {"content": "lamp", "created_at": 1_000_000_000}, user_id=user)
    assert 1 == len(of_user(collector, user))


def test_visitor_without_a_name_is_a_person_too(collector: Collector) -> None:
    visitor = uuid7()
    collector.send({**batch(event(), event()), "visitor_id": visitor})
    eventually(lambda: of_user(collector, visitor), lambda rows: len(rows) == 2)
    call(collector, "/api/clear_user_data", {"user_id": visitor})
    assert [] == of_user(collector, visitor)


def test_resend_brings_nothing_back(collector: Collector) -> None:
    user = uuid7()
    sent = batch(event("feedback", text="lamp"), user_id=user)
    collector.send(sent)
    eventually(lambda: of_user(collector, user))
    delete(collector, "delete_request", {"request_id": sent["batch_id"]})
    assert collector.send(sent).json()["duplicate"]
    again = {**batch(*sent["events"], user_id=user), "batch_id": sent["batch_id"].upper()}
    collector.send(again)
    publish(collector, {"content": "marker"}, user_id=uuid7())
    assert set() == found(collector, user)


def test_images_go_with_the_last_that_shows_them(collector: Collector) -> None:
    first, second = uuid7(), uuid7()
    text = base64.b64encode(picture(31, 17, color=f"#{first[-6:]}")).decode()
    for user in (first, second):
        publish(collector, {"image_encoding": text}, user_id=user, session_id=user)
    path = httpx.URL(of_user(collector, first)[0]["interacted_image_url"]).path
    delete(collector, "delete_session", {"session_id": first})
    assert 200 == collector.get(path).status_code
    delete(collector, "delete_session", {"session_id": second})
    assert 404 == collector.get(path).status_code


def test_images_named_by_our_own_whole_address_go_too(collector: Collector) -> None:
    """As a publisher reads it from our answers, and as a page was told that sent the image."""
    first, second = uuid7(), uuid7()
    text = base64.b64encode(picture(29, 19, color=f"#{first[-6:]}")).decode()
    publish(collector, {"image_encoding": text}, user_id=first)
    published = of_user(collector, first)[0]["interacted_image_url"]
    publish(collector, {"interacted_image_url": published}, user_id=second)
    assert [published] == [row["interacted_image_url"] for row in of_user(collector, second)]
    path = published.removeprefix(collector.url)
    call(collector, "/api/clear_user_data", {"user_id": first})
    assert 200 == collector.get(path).status_code
    call(collector, "/api/clear_user_data", {"user_id": second})
    assert 404 == collector.get(path).status_code

    sent = collector.upload(picture(19, 29, color=f"#{first[-6:]}")).json()["url"]
    shown = [event(image_url=url) for url in (sent, "https://shop.test/a.png")]
    collector.send(batch(*shown, user_id=first))
    path = sent.removeprefix(collector.url)
    assert {path, "https://shop.test/a.png"} == {
        row["interacted_image_url"] for row in collector.rows_when(2, user_id=first)
    }
    call(collector, "/api/clear_user_data", {"user_id": first})
    assert 404 == collector.get(path).status_code


def test_keys_delete_at_their_own_sites_only(tmp_path: Path) -> None:
    sites = SitesFile(tmp_path / "data" / "sites.toml")
    sites.add_site("shop", ["https://shop.test"], WRITE_KEY)
    sites.add_site("blog", ["https://blog.test"])
    shop, blog = sites.add_key("shop", [Scope.DELETE], ["shop"]), sites.add_key("blog", [Scope.DELETE], ["blog"])
    reader = sites.add_key("reader", [Scope.READ], [])
    with Collector(tmp_path / "data", sites="") as collector:
        user = uuid7()
        collector.send(batch(event("feedback", text="lamp"), user_id=user), headers={"origin": "https://shop.test"})
        [row] = eventually(lambda: of_user(collector, user))
        for key in (blog, shop):
            assert 1 == len(of_user(collector, user))
            delete(collector, "delete_request", {"request_id": row["request_id"]}, key=key)
        assert [] == of_user(collector, user)
        publish(collector, {"content": "lamp"}, user_id=user)
        assert 0 == delete(collector, "delete_all_interactions", key=shop)["deleted_count"]
        assert 1 == len(of_user(collector, user))
        assert 1 == delete(collector, "delete_all_interactions", key=ADMIN_KEY)["deleted_count"]
        assert [] == of_user(collector, user)
        answer = collector.http.request(
            "DELETE", "/api/delete_all_interactions", headers={"authorization": f"Bearer {reader}"}
        )
        assert 403 == answer.status_code and "delete" in answer.json()["detail"]
        assert (
            200
            == collector.http.post(
                PUBLISH,
                json={"user_id": user, "session_id": "s", "interaction_data_list": [{"content": "x"}]},
                headers={"authorization": f"Bearer {ADMIN_KEY}"},
            ).status_code
        )


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("delete_interaction", {"user_id": "u", "interaction_id": 0}, ["body", "interaction_id"]),
        ("delete_request", {}, ["body", "request_id"]),
        ("delete_session", {"session_id": " "}, ["body", "session_id"]),
        ("delete_requests_by_ids", {"request_ids": []}, ["body", "request_ids"]),
        ("delete_requests_by_ids", {"request_ids": ["x"] * 10_001}, ["body", "request_ids"]),
    ],
)
def test_bodies_that_break_a_rule_delete_nothing(collector: Collector, path: str, body: Json, place: list[str]) -> None:
    answer = collector.http.request(
        "DELETE", f"/api/{path}", json=body, headers={"authorization": f"Bearer {ADMIN_KEY}"}
    )
    assert (422, place) == (answer.status_code, answer.json()["detail"][0]["loc"])
