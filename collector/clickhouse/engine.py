"""One engine: clients for inserts and a few for questions, each call on a thread of the engine's own.

chDB and a server are the same library and the same SQL; only `opening.py` knows which it is.
A client serializes its calls, so questions and inserts each take one from a small pool.
"""

import asyncio
import os
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
from clickhouse_connect import common
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse.asking import Asking, Params, close_all, unconnected
from collector.clickhouse.copyfree import Ask, CopyFree
from collector.clickhouse.inserting import insert_lines
from collector.clickhouse.killer import Killer
from collector.clickhouse.tokens import lost_parts, sync_tokens
from collector.clickhouse.tuning import INDEXED, INSERT, READ, READ_EMBEDDED

log = telemetry.logger("clickhouse")
T = TypeVar("T")

READERS = 3
ENGINE_NICE = 10

common.set_setting("autogenerate_session_id", False)
common.set_setting("product_name", "interaction-collector")


class EngineError(Exception):
    """The engine can't be opened; the message says what to do."""


class Engine:
    """An open engine, in `folder` where it is embedded. `connect` makes one more client of it; `limits` are the engine's
    settings for each question; `cut` lets go of a server that does not answer."""

    def __init__(
        self,
        connect: Callable[[], Client],
        *,
        folder: Path | None = None,
        limits: Mapping[str, int],
        writers: int = 1,
        cut: Callable[[], None] | None = None,
    ) -> None:
        self.embedded = folder is not None
        self._folder = folder
        self._connect = connect
        self._cut = cut
        self._limits = limits
        self.question_seconds = limits.get("max_execution_time") or None
        self._killer = Killer(connect)
        self._keeper: Client | None = None
        self._keeping = asyncio.Lock()
        self.exact_rows = 0
        """Questions over more rows are asked of a sample; 0: never."""
        self._copyfree = {
            table: CopyFree(self.rows, table, folder=folder and folder.parent) for table in ("interactions", "sampled")
        }
        background = step_back if folder else None
        self._threads = ThreadPoolExecutor(READERS + writers + 2, "clickhouse", background)
        self._writes = ThreadPoolExecutor(1, "clickhouse-writes", background)
        """One at a time, and those that wait hold up nothing else."""
        self._renamed: dict[str, str] = {}
        """Tokens that the engine knows of rows it does not have, by what they are repeated under."""
        self._writer: Client | None = None
        self._asking = Asking(
            self._connect_reader, self._threads, self._killer, readers=READERS, embedded=self.embedded
        )
        self._inserters = unconnected(writers)

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
        return self._writes.submit(self._write, work).result()

    async def written(self, work: Callable[[Client], T]) -> T:
        """The same for who must not wait on a thread: what is written may take minutes."""
        return await asyncio.get_running_loop().run_in_executor(self._writes, self._write, work)

    def _write(self, work: Callable[[Client], T]) -> T:
        if self._writer is None:
            self._writer = self._connect()
        try:
            return work(self._writer)
        except ClickHouseError:
            if self.embedded:  # as in `asking.py`
                failed, self._writer = self._writer, None
                failed.close()
            raise

    def open(self) -> None:
        """Connect. Raises ClickHouseError, OSError."""
        self.write(lambda client: client.command("SELECT 1"))
        for copyfree in self._copyfree.values():
            copyfree.restore(lambda sql: self.write(lambda client: list(client.query(sql).named_results())))

    async def insert(self, table: str, columns: tuple[str, ...], rows: bytes, token: str) -> None:
        """Insert JSON lines as one block under a deduplication token: the same token twice stores once, behind
        views too. The embedded engine's rows and token are durable then.

        Raises ClickHouseError or OSError; the insert may have been applied all the same, and can be repeated.
        """
        indexes = int(table in INDEXED)
        named = self._renamed.get(token, token)
        settings = {**INSERT, "materialize_skip_indexes_on_insert": indexes, "insert_deduplication_token": named}

        client = await self._inserters.get()
        try:
            if client is None:
                client = await self._run(self._connect)
            await self._run(insert_lines, client, table, columns, rows, settings, self.embedded)
            if self._folder:
                await self._run(sync_tokens, self._folder)
            self._renamed.pop(token, None)
        except (ClickHouseError, OSError):
            if self._folder and (lost := await self._run(lost_parts, self._folder)):
                # what failed after its token was noted: the engine would take a repetition for a duplicate
                log.warning("an insert is repeated under another token: its rows are nowhere", parts=sorted(lost))
                self._renamed[token] = f"{token}/{uuid.uuid4().hex}"
            raise
        finally:
            self._inserters.put_nowait(client)

    async def command(self, sql: str) -> None:
        """Run a statement that may take minutes, on a client of its own. Raises ClickHouseError, OSError."""
        async with self._keeping:
            if self._keeper is None:
                self._keeper = await self._run(self._connect)
            await self._run(self._keeper.command, sql)

    # reading

    def _connect_reader(self) -> Client:
        client = self._connect()
        ours = READ_EMBEDDED if self.embedded else {}
        for name, value in {**READ, **ours, **self._limits}.items():
            client.set_client_setting(name, value)
        return client

    async def rows(self, sql: str, params: Params | None = None) -> list[dict[str, Any]]:
        """Ask with server-side parameters; each row a dictionary of JSON values. Raises ClickHouseError."""
        return [orjson.loads(line) for line in (await self.lines(sql, params)).splitlines()]

    async def look(self, sql: str, params: Params | None = None) -> list[dict[str, Any]]:
        """`rows` for a short question of our own that an insert waits for: on a client beside those of questions,
        which may be busy for long. Raises ClickHouseError, OSError."""
        return [orjson.loads(line) for line in (await self._asking.lines(sql, params, ours=True)).splitlines()]

    async def once(self, sql: str, params: Params, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """The same for a question about `interactions FINAL`, `sampled FINAL`, or both, of which it reads only what was
        created in this time: without FINAL where that changes nothing. Raises ClickHouseError."""
        ask: Ask = self.rows
        if self.embedded:
            for copyfree in self._copyfree.values():
                if copyfree.final in sql:
                    ask = partial(copyfree.rows, since=since, until=until, ask=ask)
        return await ask(sql, params)

    async def look_for_copies(self) -> None:
        """Look where copies stand, so that the first question need not. Raises ClickHouseError."""
        if not self.embedded:
            return
        for copyfree in self._copyfree.values():
            await copyfree.catch_up()

    async def lines(self, sql: str, params: Params | None = None) -> bytes:
        """The same as JSON lines, not parsed. A task that is cancelled here ends its question in the engine."""
        return await self._asking.lines(sql, params)

    async def close(self) -> None:
        """Close all clients; waits for what runs, but not for a server, nor for merges of ours: who ends may have a
        deadline."""

        def work() -> None:
            for client in (self._writer, self._keeper):
                if client:
                    client.close()
            self._asking.close()
            close_all(self._inserters)

        if self._cut:
            self._cut()
        await asyncio.gather(*[copyfree.close() for copyfree in self._copyfree.values()])
        await self._asking.ended()
        await asyncio.to_thread(partial(self._writes.shutdown, cancel_futures=True))
        merging = self.embedded and self._keeper is not None
        if merging:
            await asyncio.to_thread(self._killer.merges, False)
        await self._run(work)
        if merging:  # another engine of this process is the same one
            await asyncio.to_thread(self._killer.merges, True)
        self._killer.close()
        self._threads.shutdown()


def step_back() -> None:
    """Give this thread, and so those the engine starts from it, a lower priority than intake: where cores
    are scarce, arrival must not wait for the database. Linux only; elsewhere threads share alike."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ENGINE_NICE)
