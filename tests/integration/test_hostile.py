"""What a stranger tried: each of these once stopped, slowed or confused the collector."""

import json
from pathlib import Path

import httpx
import pytest

from tests.integration.test_service import run
from tests.support.collector import Collector, batch, event, now_ms, uuid7


@pytest.fixture(scope="module", params=["1", "2"])
def collector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with Collector(tmp_path_factory.mktemp("hostile") / "data", workers=request.param) as running:
        yield running


def test_sign_in_reads_no_endless_body(collector: Collector) -> None:
    answer = collector.http.post("/v1/session", content=b" " * 200_000)
    assert 413 == answer.status_code


@pytest.mark.parametrize("header", ["user-agent", "referer", "cookie", "authorization"])
def test_headers_that_are_no_ascii_are_no_crash(collector: Collector, header: str) -> None:
    value = "name=Café José".encode()
    assert 200 == collector.http.get("/s/v1.js", headers={header: value}).status_code
    assert 401 == collector.http.get("/v1/interactions", headers={header: value}).status_code


@pytest.mark.parametrize("path", ["/assets/%00", "/assets/" + "a" * 300, "/s/%00", "/assets/..%2flive.html", "/%ff"])
def test_odd_paths_are_not_found(collector: Collector, path: str) -> None:
    assert 404 == collector.http.get(path).status_code


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_on_the_beacon_path_are_405(collector: Collector, method: str) -> None:
    answer = collector.http.request(method, "/v1/batch")
    assert (405, {"OPTIONS", "POST"}) == (answer.status_code, set(answer.headers["allow"].split(", ")))


def test_options_that_is_no_preflight_gets_no_page(collector: Collector) -> None:
    answer = collector.http.options("/v1/batch")
    assert (405, "POST, OPTIONS", b"") == (answer.status_code, answer.headers["allow"], answer.content)


def test_export_has_one_record_a_line_whatever_people_write(collector: Collector) -> None:
    user = uuid7()
    collector.send(batch(event("feedback", text="a\u2028b\x85c\u2029d"), user_id=user))
    [row] = collector.rows_when(1, user_id=user)
    assert "a\u2028b\x85c\u2029d" == row["content"]


def test_long_urls_lose_their_query_and_cost_little(collector: Collector) -> None:
    """500 of them once held the event loop for a minute; the client's own time limit is what fails here."""
    user = uuid7()
    hostile = ["http://x/?" + "a=b?" * 2000, "http://x/" + "a." * 4000, "http://x/?q=" + "eyJ" * 2600]
    made = [
        {"event_id": uuid7(), "at": now_ms(), "type": "click", "url": f"{hostile[n % 3]}{n}"[:8192]} for n in range(100)
    ]
    answer = httpx.post(
        f"{collector.url}/v1/batch?k=pk_test_key", content=json.dumps(batch(*made, user_id=user)), timeout=5
    )
    assert 202 == answer.status_code
    rows = collector.rows_when(100, user_id=user)
    assert not [row for row in rows if "?" in row["url"]]


def test_broken_memory_of_batches_is_set_aside(tmp_path: Path) -> None:
    collector = Collector(tmp_path / "data").start()
    collector.send(batch())
    assert 0 == collector.stop()
    (collector.data_dir / "seen.db").write_bytes(b"no database" * 1000)
    with collector:
        assert 202 == collector.send(batch()).status_code
        assert 2 == len(collector.rows_when(2))
    assert list(collector.data_dir.glob("seen.db.broken-*"))


def test_secret_that_is_too_short_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret").write_bytes(b"")
    with Collector(tmp_path / "data"):
        assert 64 <= (tmp_path / "data" / "secret").stat().st_size


@pytest.mark.parametrize("name", ["[/bold]", "", "[red]"])
def test_odd_names_are_refused_in_words(tmp_path: Path, name: str) -> None:
    result = run("sites", "add", name, "--origin", "https://x.test", data_dir=str(tmp_path))
    assert 1 == result.returncode
    assert "Traceback" not in result.stderr
    assert "[a-z0-9]" in result.stderr
