"""What a stranger tried: each of these once stopped, slowed or confused the collector."""

import json
import socket
from pathlib import Path

import httpx
import pytest

from tests.integration.test_service import run
from tests.support.collector import ORIGIN, WRITE_KEY, Collector, batch, event, eventually, now_ms, uuid7


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


def ask(collector: Collector, request: bytes) -> tuple[int, dict[str, str]]:
    """Send bytes as they are; the status and the JSON of the answer."""
    with socket.create_connection(("127.0.0.1", collector.port), timeout=30) as connection:
        connection.sendall(request)
        head, _, body = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"BREW / HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["method", "nul", "two-lengths", "tls"],
)
def test_what_is_no_http_has_a_name_and_is_counted(collector: Collector, request_bytes: bytes) -> None:
    def counted() -> float:
        name = 'collector_rejected_total{reason="malformed_request"}'
        found = [line for line in collector.http.get("/metrics").text.splitlines() if line.startswith(name)]
        return sum(float(line.split()[-1]) for line in found)

    before = counted()
    status, body = ask(collector, request_bytes)
    assert (400, "malformed_request") == (status, body["reason"])
    eventually(counted, lambda count: count == before + 1)


def test_a_head_that_is_too_large_has_a_name(collector: Collector) -> None:
    status, body = ask(collector, b"GET / HTTP/1.1\r\n" + b"x: %b\r\n" % (b"a" * 1000) * 66)
    assert (431, "head_too_large") == (status, body["reason"])


def test_an_upgrade_that_is_not_offered_gives_no_advice(collector: Collector) -> None:
    headers = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-key": "x", "sec-websocket-version": "13"}
    assert 200 == collector.http.get("/health", headers=headers).status_code
    assert "pip install" not in collector.log_text()


def test_the_host_header_sends_nobody_elsewhere(collector: Collector) -> None:
    answer = collector.http.get("/overview/", headers={"host": "evil.example"}, follow_redirects=False)
    assert 404 == answer.status_code


@pytest.mark.parametrize(
    ("origin", "offered"),
    [("https://other.test", True), ("null", False), ("https://x.test/a;rm", False), ("file://", False)],
)
def test_only_what_could_be_allowed_is_offered(collector: Collector, origin: str, offered: bool) -> None:
    answer = collector.send(batch(), headers={"origin": origin})
    assert (403, "origin_not_allowed") == (answer.status_code, answer.json()["reason"])
    assert offered == (f"collector sites allow shop {origin}" in answer.json()["message"])
    assert "rm" not in answer.json()["message"]


def test_a_packing_nobody_knows_is_named(collector: Collector) -> None:
    answer = collector.http.post(f"/v1/batch?k={WRITE_KEY}&z=br", content=b"{}", headers={"origin": ORIGIN})
    assert (415, "unsupported_encoding") == (answer.status_code, answer.json()["reason"])


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
    assert "is no name; take lower-case letters" in result.stderr
