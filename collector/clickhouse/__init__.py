"""ClickHouse: open an engine (chDB or a server, one client library), run SQL on threads, migrate."""

from collector.clickhouse.engine import Engine, EngineBusy, EngineError, open_engine
from collector.clickhouse.migrate import applied, migrate, pending, set_retention

__all__ = [
    "Engine",
    "EngineBusy",
    "EngineError",
    "applied",
    "migrate",
    "open_engine",
    "pending",
    "set_retention",
]
