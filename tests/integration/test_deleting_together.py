"""Two collectors with data folders of their own on one database: what one deletes does not come back from the other."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.test_publish import call, of_user, publish
from tests.support.clickhouse_front import Front
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, uuid7
from tests.support.picturing import picture
from tests.support.reflexio_server import ReflexioServer


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(tmp_path_factory.mktemp("front") / "clickhouse") as running:
        yield running


@pytest.fixture(scope="module")
def one(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with Collector(tmp_path_factory.mktemp("one") / "data", clickhouse_url=front.url) as running:
        yield running


def test_what_waits_in_the_others_spool_does_not_come_back(front: Front, one: Collector, tmp_path: Path) -> None:
    dave, eve = uuid7(), uuid7()
    settings = {"clickhouse_url": front.url, "segment_max_age_ms": "60000"}
    with Collector(tmp_path / "data", **settings) as other:
        for user in (dave, eve):
            assert 202 == other.send(batch(event("feedback", text="lamp"), user_id=user)).status_code
        publish(one, {"content": "lamp"}, user_id=dave)
        assert ["lamp"] == [row["content"] for row in one.rows(user_id=dave)]
        call(one, "/api/clear_user_data", {"user_id": dave})
    assert ["lamp"] == [row["content"] for row in one.rows(user_id=eve)], "the other one stored what it had"
    assert [] == one.rows(user_id=dave)
    assert dave.encode() in (tmp_path / "data" / "erasure" / "tombstones.jsonl").read_bytes()


def test_a_replay_on_the_other_brings_nothing_back(front: Front, one: Collector, tmp_path: Path) -> None:
    """Also when it was stopped while the deletion was made."""
    dave = uuid7()
    other = Collector(tmp_path / "data", clickhouse_url=front.url, segment_max_age_ms="60000")
    other.start()
    other.send(batch(event("feedback", text="lamp"), user_id=dave))
    other.kill()
    call(one, "/api/clear_user_data", {"user_id": dave})
    other.settings["COLLECTOR_SEGMENT_MAX_AGE_MS"] = "50"
    eve = uuid7()
    with other:
        other.send(batch(event("feedback", text="lamp"), user_id=eve))
        one.rows_when(1, user_id=eve)
    assert [] == one.rows(user_id=dave)


def test_images_and_forwarded_requests_of_the_other_go_too(front: Front, one: Collector, tmp_path: Path) -> None:
    user = uuid7()
    encoded = base64.b64encode(picture(33, 21, color=f"#{user[-6:]}")).decode()
    with ReflexioServer() as server:
        forwarding = {"reflexio_url": server.url, "reflexio_api_key": "test-key"}
        with Collector(tmp_path / "data", clickhouse_url=front.url, **forwarding) as other:
            sent = publish(other, {"content": "lamp", "image_encoding": encoded}, user_id=user)
            path = httpx.URL(of_user(other, user)[0]["interacted_image_url"]).path
            [forwarded] = eventually(lambda: list(server.requests))
            assert 200 == other.get(path).status_code
            deleted = one.http.request(
                "DELETE",
                "/api/delete_request",
                json={"request_id": sent["request_id"]},
                headers={"authorization": f"Bearer {ADMIN_KEY}"},
            )
            assert 200 == deleted.status_code
            eventually(lambda: other.get(path).status_code, lambda code: code == 404)
            eventually(lambda: server.deleted, lambda ids: ids == [forwarded])
