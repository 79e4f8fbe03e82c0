"""Our own pages and their files over HTTP: policy, packing, not sending again what did not change."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collector.http import static
from tests.support.collector import Collector


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with Collector(tmp_path_factory.mktemp("pages") / "data") as running:
        yield running


@pytest.mark.parametrize("path", ["/overview", "/images", "/sessions/some-id", "/live", "/docs"])
def test_a_page_may_run_and_load_nothing_but_our_own_files(collector: Collector, path: str) -> None:
    answer = collector.http.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert not re.search(r"(src|href)=.(https?:)?//", answer.text)


def test_the_first_page_is_the_overview(collector: Collector) -> None:
    answer = collector.http.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/overview")


def test_a_file_is_packed_for_those_who_take_it(collector: Collector) -> None:
    plain = (static.WEB / "assets" / "app.js").read_bytes()
    with collector.http.stream("GET", "/assets/app.js", headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2
    answer = collector.http.get("/assets/app.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == plain
    assert answer.headers["content-type"].startswith("text/javascript")


def test_a_file_that_did_not_change_is_not_sent_again(collector: Collector) -> None:
    first = collector.http.get("/assets/app.css")
    again = collector.http.get("/assets/app.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert collector.http.get("/assets/app.css", headers={"if-none-match": '"other"'}).status_code == 200


def test_a_file_that_changed_is_sent_anew(collector: Collector, tmp_path: Path) -> None:
    file = tmp_path / "one.js"
    file.write_bytes(b"1" * 2000)
    first = static._asset(file, 1)
    file.write_bytes(b"2" * 2000)
    assert static._asset(file, 1) is first
    assert static._asset(file, 2).mark != first.mark


def test_the_sites_are_those_the_key_may_read(tmp_path: Path) -> None:
    sites = "shop=pk_shop_key@https://shop.test;blog=pk_blog_key@https://blog.test"
    with Collector(tmp_path / "data", sites=sites) as collector:
        assert collector.get("/v1/sites").json() == {
            "sites": [
                {"name": "blog", "origins": ["https://blog.test"], "timezone": ""},
                {"name": "shop", "origins": ["https://shop.test"], "timezone": ""},
            ]
        }
        assert httpx.get(f"{collector.url}/v1/sites").status_code == 401
