"""Opening an engine: chDB in a folder of ours, or a ClickHouse server."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3 import PoolManager

from collector.clickhouse.connections import Connections
from collector.clickhouse.engine import Engine, EngineError
from collector.clickhouse.tokens import take_back_tokens
from collector.settings import Settings

DATABASE = "collector"


def _limits(settings: Settings) -> dict[str, int]:
    return {"max_execution_time": settings.query_seconds, "max_memory_usage": settings.query_memory_bytes}


def open_engine(settings: Settings, *, writers: int = 1) -> Engine:
    """Open the engine the settings name and create its database; `writers` inserts run at once. Raises EngineError."""
    folder = settings.data_dir / "clickhouse" if settings.embedded else None
    connections = Connections()
    connect = _embedded(folder) if folder else _server(settings, connections.pool)
    cut = None if folder else connections.cut
    try:
        if folder:
            take_back_tokens(folder)
        engine = Engine(connect, folder=folder, limits=_limits(settings), writers=writers, cut=cut)
        engine.exact_rows = settings.query_exact_rows
        engine.open()
    except (ClickHouseError, OSError) as error:
        if folder:
            raise EngineError(f"{folder} can't be opened: {error}") from error
        raise EngineError(
            f"ClickHouse does not answer ({_brief(error)}); check COLLECTOR_CLICKHOUSE_URL and the server"
        ) from error
    return engine


def _embedded(folder: Path) -> Callable[[], Client]:
    if importlib.util.find_spec("chdb") is None:  # brought by an extra; imported by the first thread that connects
        raise EngineError(
            "the embedded engine is not installed: pip install 'interaction-collector[embedded]', "
            "or set COLLECTOR_CLICKHOUSE_URL to use a server"
        )
    folder.mkdir(parents=True, exist_ok=True)

    def connect() -> Client:
        client = clickhouse_connect.get_client(interface="chdb", path=str(folder))
        client.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        client.database = DATABASE
        return client

    return connect


def _server(settings: Settings, pool: PoolManager) -> Callable[[], Client]:
    parts = urlsplit(settings.clickhouse_url.get_secret_value())
    database = parts.path.strip("/") or DATABASE
    options: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or (8443 if parts.scheme == "https" else 8123),
        "username": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "secure": parts.scheme == "https",
        "connect_timeout": 5,
        "send_receive_timeout": max(60, settings.query_seconds * 2),
        "autogenerate_session_id": False,
        "pool_mgr": pool,
    }

    def connect() -> Client:
        first = clickhouse_connect.get_client(**options)
        first.command(f"CREATE DATABASE IF NOT EXISTS `{database}`")
        first.database = database
        return first

    return connect


def _brief(error: BaseException) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
