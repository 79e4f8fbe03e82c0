"""Why the table of interactions looks as it does: the same rows in tables that differ in one thing each.

Each variant is measured for bytes a row, inserting a segment, and the questions people ask of a window. The rows are
made by the demo's visitors, sent through the real steps of intake, and multiplied inside the engine to 30 days.
"""

import os
import re
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import clickhouse_connect
import orjson
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.table import Table

from collector import recordbatch
from collector.clickhouse.tuning import INSERT
from collector.demo.traffic import visits
from collector.intake import useragent
from collector.intake.check import check
from collector.intake.normalize import record_batch

MILLIONS = float(os.environ.get("BENCH_MILLION_ROWS", "3"))
REPEATS = 3
Variant = Callable[[str], str]

VARIANTS: dict[str, Variant] = {
    "as it is": lambda sql: sql,
    "sorted by site, time, id": lambda sql: re.sub(r"ORDER BY \(.*\)", "ORDER BY (site, at, event_id)", sql),
    "sorted by site, session, id": lambda sql: re.sub(
        r"ORDER BY \(.*\)", "ORDER BY (site, session_id, at, event_id)", sql
    ),
    "months, not quarters": lambda sql: sql.replace("toYYYYMM(toStartOfQuarter(at))", "toYYYYMM(at)"),
    "ZSTD(1) for all text": lambda sql: re.sub(r"( String(?: DEFAULT [^\n]*?)?),\n", r"\1 CODEC(ZSTD(1)),\n", sql),
    "ZSTD(3) for long texts": lambda sql: sql.replace("CODEC(ZSTD(1))", "CODEC(ZSTD(3))"),
    "Delta and ZSTD for times": lambda sql: re.sub(
        r"(DateTime64\(3, 'UTC'\)[^\n]*),\n", r"\1 CODEC(Delta, ZSTD(1)),\n", sql
    ),
    "LowCardinality for all short text": lambda sql: re.sub(
        r"\b(role|agent_version|target_section|language|timezone|utm_\w+) String", r"\1 LowCardinality(String)", sql
    ),
    "no LowCardinality": lambda sql: sql.replace("LowCardinality(String)", "String"),
    "zero for missing numbers": lambda sql: re.sub(r"Nullable\((\w+)\)", r"\1", sql),
    "a file for each column": lambda sql: re.sub(r",\s*min_bytes_for_wide_part[^\n]*", "", sql),
    "no skip indexes": lambda sql: re.sub(r",\s*INDEX [^\n]*?GRANULARITY \d", "", sql),
}

WINDOW = "site = 'shop' AND created_at >= now() - INTERVAL 7 DAY"
QUESTIONS = {
    "hourly by event": f"SELECT toStartOfHour(created_at) h, event_name, count() FROM t WHERE {WINDOW} GROUP BY h, event_name",
    "visitors, by hash": f"SELECT uniq(visitor_hash) FROM t WHERE {WINDOW}",
    "visitors, by text": f"SELECT uniq(if(user_id != '', user_id, visitor_id)) FROM t WHERE {WINDOW}",
    "top images": f"SELECT interacted_image_url u, count() c FROM t WHERE {WINDOW} AND event_name = 'click' GROUP BY u ORDER BY c DESC LIMIT 20",
    "by browser": f"SELECT browser, count() FROM t WHERE {WINDOW} GROUP BY browser",
    "one session": "SELECT * FROM t WHERE session_id = (SELECT any(session_id) FROM t) ORDER BY created_at",
    "newest 100": "SELECT * FROM t FINAL WHERE site = 'shop' AND created_at >= now() - INTERVAL 1 HOUR ORDER BY created_at DESC LIMIT 100",
}  # fmt: skip


def _segment() -> bytes:
    """A segment's bytes: one day of visitors through the steps of intake."""
    now = datetime.now(UTC)
    lines = []
    for visit in visits(1, now - timedelta(days=1), now, 1500, "http://shop.test"):
        for batch in visit.batches:
            checked = check(orjson.dumps(batch), most_events=500)
            agent, at = useragent.parse(visit.user_agent), round(now.timestamp() * 1000)
            lines.append(
                record_batch(
                    checked,
                    site="shop",
                    agent=agent,
                    country="DE",
                    visitor_id=visit.visitor_id,
                    received_at=at,
                    offset=0,
                )
            )
    return b"".join(lines)


def _insert(client: Client, segment: bytes) -> None:
    client.raw_insert(
        "incoming", column_names=recordbatch.FIELDS, insert_block=segment, fmt="JSONEachRow", settings=INSERT
    )


def _migration(name: str) -> str:
    return (resources.files("collector.clickhouse") / f"migrations/{name}.sql").read_text("utf-8")


def compare(console: Console) -> None:
    """Print the table."""
    segment = _segment()
    count = sum(map(recordbatch.count, segment.splitlines()))
    copies = max(1, round(MILLIONS * 1_000_000 / count))
    statement = _migration("2026-11-23-interactions")
    table = Table(title=f"{count * copies:,} rows; ms, best of {REPEATS}", header_style="bold", box=None)
    for name in ("variant", "bytes a row", "insert µs a row", *QUESTIONS):
        table.add_column(name, justify="left" if name == "variant" else "right")
    with tempfile.TemporaryDirectory() as folder:
        client = clickhouse_connect.get_client(interface="chdb", path=str(Path(folder) / "db"))
        client.command("CREATE DATABASE bench")
        client.database = "bench"
        _measure(client, statement, segment, count, 1)  # warm up
        for name, change in VARIANTS.items():
            table.add_row(name, *_measure(client, change(statement), segment, count, copies))
        client.close()
    console.print(table)


def _measure(client: Client, statement: str, segment: bytes, count: int, copies: int) -> list[str]:
    client.command("DROP VIEW IF EXISTS incoming_to_interactions")
    for table in ("t", "incoming"):
        client.command(f"DROP TABLE IF EXISTS {table}")
    incoming = _migration("2026-11-24-1-incoming")
    client.command(incoming if "Nullable" in statement else re.sub(r"Nullable\((\w+)\)", r"\1", incoming))
    client.command(re.sub(r"EXISTS interactions", "EXISTS t", statement))
    client.command(_migration("2026-11-24-2-incoming-view").replace("TO interactions", "TO t"))
    inserting = _best(lambda: _insert(client, segment))
    client.command("TRUNCATE TABLE t")
    _insert(client, segment)
    # the same day again and again, further back, with other people: a month of a larger shop
    client.command(
        "INSERT INTO t SELECT * REPLACE ("
        " generateUUIDv4() AS event_id, at - toIntervalSecond(n * 30 * 86400 / {copies:UInt32}) AS at,"
        " created_at - toIntervalSecond(n * 30 * 86400 / {copies:UInt32}) AS created_at,"
        " concat(toString(n), substring(session_id, 5)) AS session_id, concat(toString(n), visitor_id) AS visitor_id)"
        " FROM t ARRAY JOIN range(1, {copies:UInt32}) AS n",
        parameters={"copies": copies},
    )
    client.command("OPTIMIZE TABLE t FINAL")
    size = client.query(
        "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND table = 't' AND database = 'bench'"
    ).first_row[0]
    figures = [f"{size:.1f}", f"{inserting * 1e6 / count:.1f}"]
    return figures + [f"{_best(lambda sql=sql: client.query(sql)) * 1000:.0f}" for sql in QUESTIONS.values()]  # type: ignore[misc]


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
