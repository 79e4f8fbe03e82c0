"""Durable batches a second for 1, 10 and 50 events a batch, beside a bare Starlette route in the same run; and
events a second until they can be queried."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from tests.support.collector import ADMIN_KEY, WRITE_KEY, Collector, batch, eventually, uuid7

SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
CONNECTIONS = 64
LUA = Path(__file__).with_name("batch.lua")
PROBES = 40
WORKERS = [int(text) for text in os.environ.get("BENCH_WORKERS", f"1,{os.cpu_count() or 2}").split(",")]


@dataclass(frozen=True)
class Wrk:
    """What wrk saw: requests a second, and milliseconds at the median and the 99th percentile."""

    rate: float
    p50: float
    p99: float


def wrk(port: int, events: int, seconds: int = SECONDS) -> Wrk:
    """Send batches of fresh ids for some seconds. Any answer but 202 and 204 fails."""
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(LUA),
        f"http://127.0.0.1:{port}",
    ]
    environment = {**os.environ, "EVENTS": str(events), "KEY": WRITE_KEY}
    out = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(f"the load was not answered as it should be:\n{out}")
    return Wrk(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), _ms(out, "50%"), _ms(out, "99%"))  # type: ignore[index]


def _ms(out: str, percentile: str) -> float:
    value, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr]
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


@contextmanager
def bare() -> Iterator[int]:
    """The yardstick's port."""
    port = Collector(Path("unused")).port
    command = [sys.executable, "-m", "uvicorn", "tests.bench.bare:app", "--port", str(port), "--no-access-log"]
    process = subprocess.Popen([*command, "--log-level", "error"])
    try:
        eventually(lambda: _answers(f"http://127.0.0.1:{port}/"))
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code > 0
    except httpx.TransportError:
        return False


def _stored(collector: Collector) -> float:
    text = collector.http.get("/metrics").text
    return float(re.search(r"^collector_inserted_rows_total ([\d.e+]+)", text, re.MULTILINE)[1])  # type: ignore[index]


def _accepted(collector: Collector) -> float:
    found = re.search(r"^collector_events_total\{.*\} ([\d.e+]+)", collector.http.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def throughput(console: Console) -> None:
    """Print a table for one process, and one for a process a core."""
    for workers in WORKERS:
        _throughput(console, workers)


def _throughput(console: Console, workers: int) -> None:
    title = f"{CONNECTIONS} connections, {SECONDS} s each, fresh ids, --workers {workers}"
    table = Table(title=title, header_style="bold", box=None)
    for name in (
        "events a batch",
        "bare route /s",
        "durable batches /s",
        "ratio",
        "p50 ms",
        "p99 ms",
        "events /s durable",
        "events /s queryable",
    ):
        table.add_column(name, justify="right")
    with tempfile.TemporaryDirectory() as folder, bare() as yardstick, running(Path(folder), workers) as collector:
        wrk(collector.port, 1, 1)
        for events in (1, 10, 50):
            before = wrk(yardstick, events, max(2, SECONDS // 2))
            stored, started = _stored(collector), time.monotonic()
            ours = wrk(collector.port, events)
            sent = _accepted(collector)
            eventually(lambda sent=sent: _stored(collector) >= sent, seconds=120)  # type: ignore[misc]
            queryable = (_stored(collector) - stored) / (time.monotonic() - started)
            after = wrk(yardstick, events, max(2, SECONDS // 2))
            reference = (before.rate + after.rate) / 2
            table.add_row(
                str(events), f"{reference:,.0f}", f"{ours.rate:,.0f}", f"{ours.rate / reference:.2f}", f"{ours.p50:.1f}",
                f"{ours.p99:.1f}", f"{ours.rate * events:,.0f}", f"{queryable:,.0f}",
            )  # fmt: skip
    console.print(table)


@contextmanager
def running(folder: Path, workers: int = 1) -> Iterator[Collector]:
    """A collector as in production, but for its folder and a large spool."""
    settings = {"segment_max_age_ms": "500", "log_level": "warning", "spool_max_bytes": str(1 << 33)}
    collector = Collector(folder / "data", workers=str(workers), **settings)
    with collector:
        yield collector


def visibility(console: Console) -> None:
    """How long after its answer an interaction can be read, one at a time on an idle collector."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as collector:
        waits = []
        for _ in range(PROBES):
            user = uuid7()
            collector.send(batch(user_id=user))
            answered = time.monotonic()
            eventually(
                lambda user=user: collector.get("/v1/interactions", key=ADMIN_KEY, user_id=user).json()["interactions"],  # type: ignore[misc]
                longest_pause=0.02,
            )
            waits.append(time.monotonic() - answered)
    waits.sort()
    console.print(
        f"visible after its answer: median {waits[len(waits) // 2] * 1000:.0f} ms, worst of {PROBES} {waits[-1] * 1000:.0f} ms"
    )
