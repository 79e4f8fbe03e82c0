"""How soon each panel is answered on a hundred million interactions of ninety days, in the embedded engine.

The rows are made inside the engine and kept in `BENCH_FOLDER`, some days at a time, so that making them can go on where it
stopped. Some of the newest stand there twice. What the panels ask is asked of the analytics themselves, as an endpoint does: whatever
makes the answers right is switched on. `BENCH_ARRIVING`: so many events arrive each second meanwhile.
"""

import asyncio
import gc
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from collector import recordbatch
from collector.analytics.feedback import feedback
from collector.analytics.friction import friction
from collector.analytics.funnel import funnel
from collector.analytics.heatmap import heatmap
from collector.analytics.images import images
from collector.analytics.interactions import Reach, page
from collector.analytics.now import now
from collector.analytics.paths import paths
from collector.analytics.retention import retention
from collector.analytics.sessions import sessions
from collector.analytics.summary import summary
from collector.analytics.timeseries import timeseries
from collector.analytics.top import top
from collector.clickhouse import Engine
from collector.query.asked import FrictionQuery, HeatmapQuery, ImagesQuery, SummaryQuery, TimeseriesQuery, TopQuery
from collector.query.interactions import InteractionsQuery
from collector.query.journeys import FeedbackQuery, FunnelQuery, NowQuery, PathsQuery, RetentionQuery, SessionsQuery
from tests.bench.analytics_rows import insert
from tests.support.collector import now_ms, uuid7
from tests.support.searchable import open_in

ROWS = int(os.environ.get("BENCH_ROWS", "100000000"))
DAYS = int(os.environ.get("BENCH_DAYS", "90"))
REPEATS = int(os.environ.get("BENCH_REPEATS", "20"))
FOLDER = os.environ.get("BENCH_FOLDER")
ARRIVING = int(os.environ.get("BENCH_ARRIVING", "0"))
ONLY = os.environ.get("BENCH_PANELS", "")
WINDOWS = [int(days) for days in os.environ.get("BENCH_WINDOWS", "7,90").split(",")]
MAKE_SECONDS = float(os.environ.get("BENCH_MAKE_SECONDS", "1e9"))
PER_DAY = ROWS // DAYS // 12 * 12
PEOPLE = max(1, ROWS // 12 * 2 // 5)
STRETCH = 2
"""So many days are made at a time, as one part."""
EVENTS = 12
"""Of a session that arrives."""
TWICE = 1200
"""So many of the newest rows stand there twice."""
LARGEST_MERGE = 100_000_000
_SAMPLE = (resources.files("collector.clickhouse") / "migrations/2026-11-28-3-sampled-of-before.sql").read_text("utf-8")
CACHES = Path("/proc/sys/vm/drop_caches")

_STEPS = '[{"field": "event_name", "is": "page_view"}, {"field": "event_name", "is": "add_to_cart"}, {"field": "event_name", "is": "purchase"}]'  # fmt: skip

Window = Mapping[str, Any]
Panel = Callable[[Engine, Window], Awaitable[Any]]


def _tops(*names: str) -> dict[str, Panel]:
    return {f"top: {by}": lambda e, w, by=by: top(e, TopQuery(by=by, limit=100, **w), None) for by in names}  # type: ignore[misc]


PANELS: dict[str, Panel] = {
    "figures": lambda e, w: summary(e, SummaryQuery(**w), None),
    "activity: interactions": lambda e, w: timeseries(e, TimeseriesQuery(**w), None),
    "activity: visitors": lambda e, w: timeseries(e, TimeseriesQuery(measure="visitors", **w), None),
    "activity: sessions": lambda e, w: timeseries(e, TimeseriesQuery(measure="sessions", **w), None),
    "activity: by event": lambda e, w: timeseries(e, TimeseriesQuery(by="event_name", limit=7, **w), None),
    **_tops("page", "entry_page", "exit_page", "referrer", "campaign", "source", "event", "element", "search", "error",
            "product", "image", "device", "browser", "os", "country"),
    "images": lambda e, w: images(e, ImagesQuery(limit=100, **w), None),
    "friction": lambda e, w: friction(e, FrictionQuery(**w), None),
    "funnel": lambda e, w: funnel(e, FunnelQuery(steps=_STEPS, **w), None),
    "paths": lambda e, w: paths(e, PathsQuery(path="/", **w), None),
    "retention": lambda e, w: retention(e, RetentionQuery(**w), None),
    "heat map: clicks": lambda e, w: heatmap(e, HeatmapQuery(path="/", **w), None),
    "heat map: scroll": lambda e, w: heatmap(e, HeatmapQuery(path="/", kind="scroll", **w), None),
    "sessions": lambda e, w: sessions(e, SessionsQuery(**w), None),
    "feedback": lambda e, w: feedback(e, FeedbackQuery(**w), None),
    "interactions": lambda e, w: page(e, InteractionsQuery(limit=100, **w), Reach(None)),
    "now": lambda e, w: now(e, NowQuery(), None),
}  # fmt: skip


@dataclass(frozen=True)
class Times:
    """Milliseconds of one panel: the first time, with nothing of the files in memory; then the others, and the time of
    processors these took (all of them together), which a busy machine changes less."""

    cold: float
    warm: list[float]
    cpu: list[float]

    def shown(self) -> list[str]:
        p95 = statistics.quantiles(self.warm, n=20, method="inclusive")[-1] if len(self.warm) > 1 else self.warm[0]
        return [
            f"{figure:,.0f}" for figure in (statistics.median(self.warm), p95, self.cold, statistics.median(self.cpu))
        ]


def analytics(console: Console) -> None:
    """Print the table."""
    with _folder() as folder, asyncio.Runner() as runner:
        engine = open_in(folder)
        try:
            end = _fill(engine, console)
            if end is None:
                return
            with _arriving(engine):
                console.print(_table(console, runner, engine, end))
        finally:
            runner.run(engine.close())


@contextmanager
def _folder() -> Iterator[Path]:
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        yield Path(FOLDER)
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def _insert(engine: Engine, start: datetime, span: timedelta, first: int, count: int) -> None:
    insert(engine, start=start, span=span, first=first, count=count, people=PEOPLE)


def _fill(engine: Engine, console: Console) -> datetime | None:
    """Make the days that are missing. Returns the end of the last, or None when the time to make them was over."""
    end = datetime(2026, 11, 23, tzinfo=UTC)
    made = _made(engine)
    started = time.monotonic()
    for day in range(0, DAYS, STRETCH):
        if day in made:
            continue
        if time.monotonic() - started > MAKE_SECONDS:
            console.print(f"{day} of {DAYS} days are made; the rest is for the next time")
            return None
        days = min(STRETCH, DAYS - day)
        start = end - timedelta(days=DAYS - day)
        _insert(engine, start, timedelta(days=days), day * PER_DAY, days * PER_DAY)
        if day + days == DAYS:
            _insert(engine, end - timedelta(minutes=30), timedelta(minutes=10), ROWS, TWICE)
            _insert(engine, end - timedelta(minutes=30), timedelta(minutes=10), ROWS, TWICE)
        engine.write(lambda client, day=day: client.command(f"INSERT INTO made VALUES ({day})"))  # type: ignore[misc]
    engine.write(lambda client: client.query("SELECT 1 FROM sampled LIMIT 1").row_count or client.command(_SAMPLE))
    [about] = engine.write(lambda client: client.query(
        "SELECT sum(rows), count(), sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'interactions'"
    ).result_rows)  # fmt: skip
    console.print(
        f"{about[0]:,} rows in {about[1]} parts, {about[2] / about[0]:.1f} bytes a row; "
        f"the missing ones were made in {time.monotonic() - started:.0f} s"
    )
    return end


def _made(engine: Engine) -> set[int]:
    """The first days of the stretches that are there. Parts as large as these are never merged, so that the engine does
    nothing else meanwhile; what arrives is."""
    for statement in (
        "CREATE TABLE IF NOT EXISTS made (day UInt32) ENGINE = MergeTree ORDER BY day",
        f"ALTER TABLE interactions MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = {LARGEST_MERGE}",
    ):
        engine.write(lambda client, statement=statement: client.command(statement))  # type: ignore[misc]
    return engine.write(lambda client: {row[0] for row in client.query("SELECT day FROM made").result_rows})


@contextmanager
def _arriving(engine: Engine) -> Iterator[None]:
    """Store so many new events a second, twice a second, as the writer does, until the block is left."""
    done = threading.Event()

    def store() -> None:
        with asyncio.Runner() as runner:
            while not done.wait(0.5):
                lines = b"".join(_batch() for _ in range(ARRIVING // 2 // EVENTS))
                runner.run(engine.insert("incoming", recordbatch.FIELDS, lines, uuid7()))

    thread = threading.Thread(target=store)
    if ARRIVING:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if ARRIVING:
            thread.join()


def _batch() -> bytes:
    """A session's events of the last minute, as intake hands them on."""
    end = now_ms()
    shared = {"site": "shop", "session_id": uuid7(), "visitor_id": uuid7(), "request_id": uuid7(), "browser": "Chrome",
              "received_at": datetime.fromtimestamp(end / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]}  # fmt: skip
    rows = [
        {"event_id": uuid7(), "at_ms": end - place * 5000, "event_name": "navigate" if place % 3 else "click",
         "url": f"https://shop.example.com/products/p-{end % 2000}", "title": "A product"}
        for place in range(EVENTS)
    ]  # fmt: skip
    return recordbatch.encode(shared, recordbatch.columns(rows), EVENTS)


def _table(console: Console, runner: asyncio.Runner, engine: Engine, end: datetime) -> Table:
    title = f"{ROWS:,} interactions of {DAYS} days, ms; {REPEATS} times each" + (
        f", {ARRIVING:,}/s arriving" if ARRIVING else ""
    )
    table = Table(title=title, header_style="bold", box=None)
    table.add_column("panel")
    for days in WINDOWS:
        for name in ("p50", "p95", "cold", "cpu"):
            table.add_column(f"{days} d {name}", justify="right")
    for name, panel in PANELS.items():
        if ONLY and not any(one in name for one in ONLY.split(",")):
            continue
        figures: list[str] = []
        for days in WINDOWS:
            window = {"from": end - timedelta(days=days), "to": end}
            figures += _timed(runner, lambda panel=panel, window=window: panel(engine, window)).shown()  # type: ignore[misc]
        table.add_row(name, *figures)
        console.print(f"{name}: {' '.join(figures)}", highlight=False)  # should the time run out
    return table


def _timed(runner: asyncio.Runner, ask: Callable[[], Awaitable[Any]]) -> Times:
    async def once() -> float:
        started = time.perf_counter()
        await ask()
        return (time.perf_counter() - started) * 1000

    _forget()
    cold = runner.run(once())
    gc.collect()
    warm, cpu = [], []
    for _ in range(REPEATS):
        started = time.process_time()
        warm.append(runner.run(once()))
        cpu.append((time.process_time() - started) * 1000)
    return Times(cold, warm, cpu)


def _forget() -> None:
    """Let the system forget the files it holds in memory, where it may be told to; else `cold` is the first time."""
    if os.access(CACHES, os.W_OK):
        os.sync()
        CACHES.write_text("1")
