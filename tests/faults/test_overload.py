"""More than it can take: what is accepted is answered soon and kept, the rest is refused in words, memory is bounded."""

import asyncio
import json
import os
import select
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.faults.ledger import account, note
from tests.support.collector import ORIGIN, WRITE_KEY, Collector, batch, event, eventually
from tests.support.load import Connection, Ledger, load, send

MIB = 1 << 20
SECONDS = float(os.environ.get("FAULT_SECONDS", "20"))
SLOW_SECONDS = 10.0
"""Of a hundred answers the slowest, beside the load's own work on a machine of two cores."""
HEAD = f"POST /v1/batch?k={WRITE_KEY} HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    folder = tmp_path_factory.mktemp("overload") / "data"
    settings = {"max_connections": "200", "request_seconds": "1", "max_waiting_bytes": str(MIB)}
    with Collector(folder, **settings) as running:
        yield running


def connect(collector: Collector) -> socket.socket:
    return socket.create_connection(("127.0.0.1", collector.port), timeout=20)


def cut(collector: Collector, why: str) -> float:
    """How many connections were cut for this."""
    name = f'collector_connections_cut_total{{why="{why}"}}'
    lines = collector.http.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def stored(collector: Collector, ids: set[str]) -> list[str]:
    """Which of these events have rows, once all have."""
    return eventually(
        lambda: [row["event_id"] for row in collector.rows() if row["event_id"] in ids],
        lambda found: set(found) == ids,
    )


def refused(answer: bytes) -> tuple[int, str, bool]:
    """Status, reason, and whether it says when to try again."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["reason"], b"retry-after: " in head.lower()


def read_all(connection: socket.socket) -> bytes:
    """Until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_head_that_never_ends_in_time_is_cut_off(collector: Collector) -> None:
    before = cut(collector, "slow")
    with connect(collector) as slow:
        slow.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n")
        assert b"" == read_all(slow)
    assert before + 1 == cut(collector, "slow")
    note("slow clients: a head", 1, refused=["cut off"])


def test_body_that_comes_too_slowly_is_408(collector: Collector) -> None:
    with connect(collector) as slow:
        slow.sendall((HEAD % 1000).encode() + b"{")
        assert (408, "request_timeout", False) == refused(read_all(slow))
    note("slow clients: a body", 1, refused=[408])


def test_body_of_another_request_that_comes_too_slowly_is_cut_off(collector: Collector) -> None:
    with connect(collector) as slow:
        slow.sendall(b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert b"" == read_all(slow)


def test_connection_that_says_nothing_is_closed(collector: Collector) -> None:
    with connect(collector) as silent:
        assert b"" == read_all(silent)
    note("slow clients: nothing is said", 1, refused=["cut off"])


def test_what_arrived_while_the_process_stood_still_is_answered(collector: Collector) -> None:
    """A paused machine, or a disk that is waited for: by the clock both have had their time when it goes on, and the
    rest of what they say is there, unread."""
    sent = [event(), event()]
    body, other = [json.dumps(batch(one)).encode() for one in sent]
    assert len(body) == len(other)
    head = (HEAD % len(body)).encode()
    assert collector.process is not None
    with connect(collector) as half_said, connect(collector) as half_sent:
        half_said.sendall(head[:-2])
        half_sent.sendall(head + body[:-1])
        eventually(lambda: collector.http.get("/health").is_success)  # both are read by now
        collector.process.send_signal(signal.SIGSTOP)
        half_said.sendall(head[-2:] + other)
        half_sent.sendall(body[-1:])
        began = time.monotonic()
        eventually(lambda: time.monotonic() > began + 1.5)
        collector.process.send_signal(signal.SIGCONT)
        assert [b"202", b"202"] == [one.recv(65536).split()[1] for one in (half_said, half_sent)]
    ids = {one["event_id"] for one in sent}
    note("a machine that stands still for 1.5 s", 1, acknowledged=2, once=len(stored(collector, ids)))


def test_head_without_end_is_431(collector: Collector) -> None:
    before = cut(collector, "head_too_large")
    with connect(collector) as flood:
        flood.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n" + b"X-Any: " + b"x" * 60_000)
        flood.sendall(b"x" * 10_000)
        assert b"431" == read_all(flood).split()[1]
    note("a head without end", 1, refused=[431])
    assert before + 1 == cut(collector, "head_too_large")


def test_thousands_of_idle_connections_make_room_for_those_who_send(collector: Collector) -> None:
    before = cut(collector, "displaced")
    with ExitStack() as stack:
        for number in range(1000):
            idle = stack.enter_context(connect(collector))
            if number % 2:
                idle.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n")
        eventually(lambda: cut(collector, "displaced"), lambda count: count >= before + 700)
        sent = event()
        body = json.dumps(batch(sent)).encode()
        with connect(collector) as late:
            late.sendall((HEAD % len(body)).encode() + body)
            assert b"202" == late.recv(65536).split()[1]
        note("idle connections make room: 1000", 1, acknowledged=1, once=len(stored(collector, {sent["event_id"]})))
        assert collector.process is not None
        open_ones = psutil.Process(collector.process.pid).net_connections("tcp")
        assert len([one for one in open_ones if one.status == psutil.CONN_ESTABLISHED]) <= 200


def test_bodies_beyond_the_bound_are_503_with_retry_after_and_later_202(collector: Collector) -> None:
    """A second of them: half-sent bodies fill the bound, and a whole one finds no room."""
    body = json.dumps(batch(event("feedback", text="x" * 15_000))).encode()
    with ExitStack() as stack:
        for _ in range(80):
            half = stack.enter_context(connect(collector))
            half.sendall((HEAD % len(body)).encode() + body[:-1])
        with connect(collector) as late:
            late.sendall((HEAD % len(body)).encode() + body)
            assert (503, "overloaded", True) == refused(late.recv(65536))
    note("half-sent bodies fill the memory's bound", 1, refused=[503])
    eventually(lambda: collector.send(batch()).status_code, lambda status: status == 202)


def test_half_sent_bodies_do_not_keep_others_out(tmp_path: Path) -> None:
    """Three times the bound, all but the last byte of each, and all the time in the world."""
    body = json.dumps(batch(*[event("feedback", text="x" * 9_000) for _ in range(40)])).encode()
    with (
        ExitStack() as stack,
        Collector(tmp_path / "data", max_waiting_bytes=str(MIB), request_seconds="600") as collector,
    ):
        slow = [stack.enter_context(connect(collector)) for _ in range(10)]
        for one in slow:
            one.sendall((HEAD % len(body)).encode() + body[:-1])
        eventually(lambda: select.select(slow, [], [], 0)[0])  # some are refused: twice the bound is in memory
        address = f"/v1/batch?k={WRITE_KEY}"
        eventually(lambda: collector.http.post(address, content=body).status_code, lambda status: status == 202)
        assert cut(collector, "memory") > 0


def test_requests_sent_ahead_are_few_on_a_connection(collector: Collector) -> None:
    before = cut(collector, "memory")
    with connect(collector) as eager:
        eager.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 20:
            answers += eager.recv(65536)
        eager.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 3000)
        read_all(eager)
    assert before + 1 == cut(collector, "memory")


def resident(collector: Collector) -> int:
    assert collector.process is not None
    return int(psutil.Process(collector.process.pid).memory_info().rss)


def test_overload_of_everything_at_once_is_bounded_and_loses_nothing(tmp_path: Path) -> None:
    overload(tmp_path, 1, connections=100)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_long_overload_is_bounded_and_loses_nothing(tmp_path: Path) -> None:
    overload(tmp_path, SECONDS, connections=1000)


def overload(folder: Path, seconds: float, connections: int) -> None:
    """Tiny batches over many connections, huge ones over a few, idle and half-sent requests around them: the huge
    alone are five times the bytes it may hold at once."""
    ledger = Ledger()
    with Collector(folder / "data", max_waiting_bytes=str(2 * MIB), request_seconds="2") as collector:
        asyncio.run(_load(collector, ledger, 0.5, connections=8))
        peak = [resident(collector)]
        asyncio.run(_overload(collector, ledger, seconds, connections, peak))
        ended = time.monotonic()
        assert max(peak) < 1024 * MIB
        assert {503} == set(ledger.refused)
        account(collector, ledger, f"overload: {connections} connections", 1, ended=ended, seconds=60)
    latencies = sorted(ledger.seconds)
    assert latencies[len(latencies) * 99 // 100] < SLOW_SECONDS
    print(
        f"\noverload: {len(latencies)} answers, {Counter(ledger.refused)} refused, "
        f"p50 {latencies[len(latencies) // 2] * 1000:.0f} ms, p99 {latencies[len(latencies) * 99 // 100] * 1000:.0f} ms, "
        f"memory {peak[0] >> 20} -> {max(peak) >> 20} MiB"
    )


async def _load(collector: Collector, ledger: Ledger, seconds: float, connections: int, events: int = 3) -> None:
    enough = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, enough.set)
    await load(collector.port, ledger, connections=connections, enough=enough, events=events)


async def _overload(collector: Collector, ledger: Ledger, seconds: float, connections: int, peak: list[int]) -> None:
    until = time.monotonic() + seconds

    async def huge() -> None:
        connection = Connection(collector.port)
        while time.monotonic() < until:
            made = batch(*[event("custom", name="huge", props={"text": "y" * 1500}) for _ in range(500)])
            await send(connection, made, ledger)
        await connection.close()

    async def idle() -> None:
        """Opens a connection, says half of something, and is cut off."""
        while time.monotonic() < until:
            reader, writer = await asyncio.open_connection("127.0.0.1", collector.port)
            writer.write((HEAD % 100_000).encode() + b"x" * 50_000)
            await reader.read()
            writer.close()

    async def watch() -> None:
        while time.monotonic() < until:
            peak.append(resident(collector))
            await asyncio.sleep(0.1)

    others = [huge() for _ in range(16)] + [idle() for _ in range(50)]
    await asyncio.gather(_load(collector, ledger, seconds, connections), watch(), *others)
