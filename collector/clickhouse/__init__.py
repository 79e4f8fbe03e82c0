"""ClickHouse: open an engine (chDB or a server, one client library), run SQL on threads, migrate."""

from collector.clickhouse.engine import DATABASE, Engine, EngineBusy, EngineError, open_engine
from collector.clickhouse.migrate import applied, migrate, pending, set_retention
from collector.clickhouse.schema import SchemaFault, check

__all__ = [
    "DATABASE",
    "Engine",
    "EngineBusy",
    "EngineError",
    "SchemaFault",
    "applied",
    "check",
    "migrate",
    "open_engine",
    "pending",
    "set_retention",
]
