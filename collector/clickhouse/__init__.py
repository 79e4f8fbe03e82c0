"""ClickHouse: open an engine (chDB or a server, one client library), run SQL on threads, migrate."""

from collector.clickhouse.engine import Engine, EngineError, step_back
from collector.clickhouse.longlists import raw_query
from collector.clickhouse.migrate import applied, migrate, pending, set_retention
from collector.clickhouse.opening import DATABASE, open_engine
from collector.clickhouse.schema import SchemaFault, check

__all__ = [
    "DATABASE",
    "Engine",
    "EngineError",
    "SchemaFault",
    "applied",
    "check",
    "migrate",
    "open_engine",
    "pending",
    "raw_query",
    "set_retention",
    "step_back",
]
