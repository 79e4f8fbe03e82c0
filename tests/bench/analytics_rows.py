"""A shop's interactions, made inside the engine."""

from datetime import datetime, timedelta
from pathlib import Path

from collector.clickhouse import Engine

_ROWS = Path(__file__).with_name("analytics_rows.sql").read_text("utf-8")
_SETTINGS = {
    "optimize_on_insert": 0, "min_insert_block_size_rows": 10_000_000, "min_insert_block_size_bytes": 8_000_000_000,
    "max_memory_usage": 0, "exclude_materialize_skip_indexes_on_insert": "user_ids,visitor_ids,request_ids",
}  # fmt: skip


def insert(engine: Engine, *, start: datetime, span: timedelta, first: int, count: int, people: int) -> None:
    """Insert so many rows from a row's number on, their sessions beginning at any time of the span, as one part. The
    same numbers are the same rows. Raises ClickHouseError."""
    parameters = {
        "people": people, "start": start.replace(tzinfo=None), "span_ms": round(span.total_seconds() * 1000),
        "first": first, "count": count,
    }  # fmt: skip
    engine.write(lambda client: client.command(_ROWS, parameters=parameters, settings=_SETTINGS))
