"""One engine: clients for inserts and a few for questions, each call on a thread of the engine's own.

chDB and a server are the same library and the same SQL; only `_connect` knows which it is.
A client serializes its calls, so questions and inserts each take one from a small pool.
"""

import asyncio
import importlib.util
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import orjson
from clickhouse_connect import common
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.settings import Settings

log = telemetry.logger("clickhouse")
T = TypeVar("T")
Params = Mapping[str, object]

DATABASE = "collector"
READERS = 3
ENGINE_NICE = 10

common.set_setting("autogenerate_session_id", False)
common.set_setting("product_name", "interaction-collector")


class EngineError(Exception):
    """The engine can't be opened; the message says what to do."""


class EngineBusy(EngineError):
    """Another process holds the embedded engine's folder."""


class Engine:
    """An open engine. `connect` makes one more client of it."""

    def __init__(self, connect: Callable[[], Client], *, embedded: bool, query_seconds: int, writers: int = 1) -> None:
        self.embedded = embedded
        self._connect = connect
        self._query_seconds = query_seconds
        self._threads = ThreadPoolExecutor(READERS + writers + 1, "clickhouse", _step_back if embedded else None)
        self._writer: Client | None = None
        self._writing = threading.Lock()
        self._idle: asyncio.Queue[Client | None] = asyncio.Queue()
        for _ in range(READERS):
            self._idle.put_nowait(None)
        self._inserters: asyncio.Queue[Client | None] = asyncio.Queue()
        for _ in range(writers):
            self._inserters.put_nowait(None)

    @property
    def kind(self) -> str:
        return "chdb" if self.embedded else "server"

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    # writing

    def write(self, work: Callable[[Client], T]) -> T:
        """Run `work` with the writer's client and wait for it. Raises ClickHouseError, OSError.

        On a thread of the engine's own: the engine's threads get the priority of the one that first needs them.
        """

        def locked() -> T:
            with self._writing:
                if self._writer is None:
                    self._writer = self._connect()
                return work(self._writer)

        return self._threads.submit(locked).result()

    def open(self) -> None:
        """Connect. Raises ClickHouseError, OSError."""
        self.write(lambda client: client.command("SELECT 1"))

    async def insert(self, table: str, columns: tuple[str, ...], rows: bytes, token: str) -> None:
        """Insert JSON lines as one block under a deduplication token: the same token twice stores once, behind
        views too.

        Raises ClickHouseError or OSError; the insert may have been applied all the same.
        """
        settings = {**_INSERT, "insert_deduplication_token": token}

        client = await self._inserters.get()
        try:
            if client is None:
                client = await self._run(self._connect)
            await self._run(
                lambda: client.raw_insert(
                    table, column_names=columns, insert_block=rows, fmt="JSONEachRow", settings=settings
                )
            )
        finally:
            self._inserters.put_nowait(client)

    # reading

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Client]:
        client = await self._idle.get()
        try:
            if client is None:
                client = await self._run(self._connect_reader)
            yield client
        finally:
            self._idle.put_nowait(client)

    def _connect_reader(self) -> Client:
        client = self._connect()
        client.set_client_setting("max_execution_time", self._query_seconds)
        for name, value in _READ.items():
            client.set_client_setting(name, value)
        return client

    async def rows(self, sql: str, params: Params | None = None) -> list[dict[str, Any]]:
        """Ask with server-side parameters; each row a dictionary of JSON values. Raises ClickHouseError."""
        return [orjson.loads(line) for line in (await self.lines(sql, params)).splitlines()]

    async def lines(self, sql: str, params: Params | None = None) -> bytes:
        """The same as JSON lines, not parsed."""
        async with self._reader() as client:
            answer = await self._run(lambda: client.raw_query(sql, parameters=dict(params or {}), fmt="JSONEachRow"))
        return bytes(answer)

    async def close(self) -> None:
        """Close all clients; waits for what runs."""

        def work() -> None:
            if self._writer:
                self._writer.close()
            for clients in (self._idle, self._inserters):
                while not clients.empty():
                    client = clients.get_nowait()
                    if client:
                        client.close()

        await self._run(work)
        self._threads.shutdown()


def _step_back() -> None:
    """Give this thread, and so those the engine starts from it, a lower priority than intake: where cores
    are scarce, arrival must not wait for the database. Linux only; elsewhere threads share alike."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ENGINE_NICE)


_INSERT = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    # one block, whatever the segment's size: the token stands for a block
    "max_insert_block_size": 10_000_000,
    "min_insert_block_size_rows": 10_000_000,
    "min_insert_block_size_bytes": 1_073_741_824,
    # 9.1 -> 5.4 µs of CPU a row: copies meet at merges anyway, indexes are built there, one thread is enough
    "optimize_on_insert": 0,
    "materialize_skip_indexes_on_insert": 0,
    "input_format_parallel_parsing": 0,
    "max_insert_threads": 1,
    "input_format_skip_unknown_fields": 1,
    "input_format_json_read_objects_as_strings": 1,
    "input_format_json_read_arrays_as_strings": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
}
_READ = {
    "date_time_output_format": "iso",
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_escape_forward_slashes": 0,
}


def open_engine(settings: Settings, *, writers: int = 1) -> Engine:
    """Open the engine the settings name and create its database; `writers` inserts run at once. Raises EngineError."""
    connect = _embedded(settings.data_dir / "clickhouse") if settings.embedded else _server(settings)
    try:
        engine = Engine(connect, embedded=settings.embedded, query_seconds=settings.query_seconds, writers=writers)
        engine.open()
    except (ClickHouseError, OSError) as error:
        if settings.embedded:
            raise EngineError(f"{settings.data_dir / 'clickhouse'} can't be opened: {error}") from error
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


def _server(settings: Settings) -> Callable[[], Client]:
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
    }

    def connect() -> Client:
        first = clickhouse_connect.get_client(**options)
        first.command(f"CREATE DATABASE IF NOT EXISTS `{database}`")
        first.database = database
        return first

    return connect


def _brief(error: BaseException) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
