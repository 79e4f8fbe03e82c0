"""Beacons on the short way, below ASGI: odd requests, in odd pieces, on one connection."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.collector import ORIGIN, WRITE_KEY, Collector, batch

TARGET = f"/v1/batch?k={WRITE_KEY}"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with Collector(tmp_path_factory.mktemp("beacons") / "data") as running:
        yield running


@pytest.fixture
def connection(collector: Collector) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", collector.port), timeout=10) as made:
        yield made


def body() -> bytes:
    return json.dumps(batch()).encode()


def request(content: bytes, *headers: str, target: str = TARGET, version: str = "1.1") -> bytes:
    lines = [f"POST {target} HTTP/{version}", "Host: x", f"Origin: {ORIGIN}", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + content


def answers(connection: socket.socket, count: int) -> list[int]:
    """The statuses of the next answers, in order."""
    stream = connection.makefile("rb")
    found = []
    for _ in range(count):
        found.append(int(stream.readline().split()[1]))
        length = 0
        while line := stream.readline().strip().lower():
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        stream.read(length)
    return found


def test_pipelined_requests_of_both_kinds_are_answered_in_order(connection: socket.socket) -> None:
    health = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    wrong = request(body(), target="/v1/batch?k=unknown")
    connection.sendall(request(body()) + health + wrong + request(body()) + request(b"{") + request(body()))
    assert [202, 200, 401, 202, 400, 202] == answers(connection, 6)


def test_a_body_in_chunks_and_one_byte_at_a_time_is_the_same(connection: socket.socket) -> None:
    head = f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    content = body()
    pieces = [content[start : start + 40] for start in range(0, len(content), 40)]
    connection.sendall(head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")
    assert [202] == answers(connection, 1)
    for byte in request(body()):
        connection.sendall(bytes([byte]))
    assert [202] == answers(connection, 1)


def test_a_body_without_end_is_refused_as_soon_as_it_is_too_large(connection: socket.socket) -> None:
    connection.sendall(f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    for _ in range(20):
        connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
    assert [413] == answers(connection, 1)


@pytest.mark.parametrize(("version", "header"), [("1.0", "X-Any: 1"), ("1.1", "Connection: close")])
def test_a_connection_that_is_not_kept_alive_is_closed_after_its_answer(
    connection: socket.socket, version: str, header: str
) -> None:
    connection.sendall(request(body(), header, version=version))
    assert [202] == answers(connection, 1)
    assert b"" == connection.recv(1)


def test_a_client_that_waits_to_be_told_to_go_on_is_told(connection: socket.socket) -> None:
    connection.sendall(request(body(), "Expect: 100-continue"))
    assert [100, 202] == answers(connection, 2)


def test_a_sender_that_leaves_in_the_middle_stores_nothing_and_breaks_nothing(
    collector: Collector, connection: socket.socket
) -> None:
    cut = batch(user_id="left-in-the-middle")
    connection.sendall(request(json.dumps(cut).encode())[:-10])
    connection.close()
    whole = batch(user_id="came-after")
    assert 202 == collector.send(whole).status_code
    collector.rows_when(1, user_id="came-after")
    assert [] == collector.rows(user_id="left-in-the-middle")
    assert "Traceback" not in collector.log_text()
