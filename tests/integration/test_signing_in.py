"""Browsers that signed in: what the cookie may do, and for whose pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.collector import ADMIN_KEY, Collector


def test_sign_in_gives_a_cookie_that_reads(collector: Collector) -> None:
    assert 401 == collector.http.post("/v1/session", json={"key": "wrong"}).status_code
    answer = collector.http.post("/v1/session", json={"key": "admin-key-for-tests"})
    cookie = answer.headers["set-cookie"]
    assert "httponly" in cookie.lower() and "admin-key-for-tests" not in cookie
    collector.http.cookies.clear()
    value = cookie.split(";")[0]
    assert 200 == collector.http.get("/v1/interactions", headers={"cookie": value}).status_code
    assert 401 == collector.http.get("/v1/interactions", headers={"cookie": value + "x"}).status_code


FOREIGN = [
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site"},
    {"origin": "https://shop.example"},
    {"origin": "null"},
]
"""What browsers say of a page of another origin, over TLS and without."""


@pytest.fixture
def cookie(collector: Collector) -> Iterator[dict[str, str]]:
    said = collector.http.post("/v1/session", json={"key": ADMIN_KEY}, headers={"origin": collector.url})
    collector.http.cookies.clear()
    yield {"cookie": said.headers["set-cookie"].split(";")[0]}
    collector.http.cookies.clear()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/clear_user_data", {"user_id": "ann"}),
        (
            "/api/publish_interaction",
            {"user_id": "ann", "session_id": "s1", "interaction_data_list": [{"role": "User", "content": "Hello"}]},
        ),
    ],
)
def test_a_cookie_may_only_read_whatever_its_key_may(
    collector: Collector, cookie: dict[str, str], path: str, body: dict[str, Any]
) -> None:
    refused = collector.http.post(path, json=body, headers=cookie)
    assert 403 == refused.status_code and "Authorization: Bearer" in refused.text
    assert 403 == collector.http.post(path, json=body, headers={**cookie, "authorization": ""}).status_code
    assert 200 == collector.http.post(path, json=body, headers={"authorization": f"Bearer {ADMIN_KEY}"}).status_code


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_pages_of_other_origins_use_no_cookie_and_put_none(
    collector: Collector, cookie: dict[str, str], foreign: dict[str, str]
) -> None:
    for method, path, body in (
        ("POST", "/v1/session", {"key": ADMIN_KEY}),
        ("POST", "/api/get_interactions", {"user_id": "ann"}),
        ("DELETE", "/v1/session", None),
    ):
        refused = collector.http.request(method, path, json=body, headers={**cookie, **foreign})
        assert 403 == refused.status_code and "a page of another origin" in refused.text, path
        assert "set-cookie" not in refused.headers
    own = {**cookie, "sec-fetch-site": "same-origin", "origin": collector.url}
    assert 200 == collector.http.post("/api/get_interactions", json={"user_id": "ann"}, headers=own).status_code
    with_key = {**foreign, "authorization": f"Bearer {ADMIN_KEY}"}
    assert 200 == collector.http.post("/api/get_interactions", json={"user_id": "ann"}, headers=with_key).status_code


def test_the_cookie_stays_on_tls_where_people_reach_us_over_it(tmp_path: Path) -> None:
    with Collector(tmp_path / "data", public_url="https://shop.example") as collector:
        for host, secure in (("shop.example", True), (f"127.0.0.1:{collector.port}", False)):
            said = collector.http.post("/v1/session", json={"key": ADMIN_KEY}, headers={"host": host})
            assert secure == ("; secure" in said.headers["set-cookie"].lower())
