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
from collector.clickhouse.copyfree import Ask, CopyFree
from collector.clickhouse.inserting import insert_lines
from collector.clickhouse.killer import Killer
from collector.clickhouse.longlists import raw_query
from collector.clickhouse.tokens import lost_parts, sync_tokens
from collector.clickhouse.tuning import INDEXED, INSERT, READ, READ_EMBEDDED

log = telemetry.logger("clickhouse")
T = TypeVar("T")
Params = Mapping[str, object]

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
        self._abandoned: set[asyncio.Task[None]] = set()
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
        self._idle: asyncio.Queue[Client | None] = asyncio.Queue()
        for _ in range(READERS):
            self._idle.put_nowait(None)
        self._own: asyncio.Queue[Client | None] = asyncio.Queue()
        self._own.put_nowait(None)
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
            if self.embedded:  # as in `_ask`
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
        return [orjson.loads(line) for line in (await self._lines(self._own, sql, params)).splitlines()]

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
        """The same as JSON lines, not parsed. A task that is cancelled here ends its question in the engine.

        The question is known there by a comment in front of it: a setting of its own would cost the embedded engine
        three more questions each time (what it was, set, set back; 7 ms).
        """
        return await self._lines(self._idle, sql, params)

    async def _lines(self, idle: "asyncio.Queue[Client | None]", sql: str, params: Params | None) -> bytes:
        tag = f"/* {uuid.uuid4().hex} */"
        client = await idle.get()
        running = asyncio.ensure_future(self._ask(idle, client, f"{tag} {sql}", dict(params or {})))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            killing = asyncio.create_task(self._abandon(running, tag))
            self._abandoned.add(killing)
            killing.add_done_callback(self._abandoned.discard)
            raise

    async def _ask(
        self, idle: "asyncio.Queue[Client | None]", client: Client | None, sql: str, params: dict[str, object]
    ) -> bytes:
        """Runs to its end whatever becomes of the one who asked, so that the client is free again then."""
        try:
            if client is None:
                client = await self._run(self._connect_reader)
            return await self._run(partial(raw_query, client, sql, params, fmt="JSONEachRow"))
        except ClickHouseError:
            if self.embedded and client:  # chDB keeps rows it had found, and puts them before the client's next answer
                failed, client = client, None
                await self._run(failed.close)
            raise
        finally:
            idle.put_nowait(client)

    async def _abandon(self, running: "asyncio.Future[bytes]", tag: str) -> None:
        """Nobody waits for the answer any more: end the question in the engine too."""
        while not running.done():
            await asyncio.get_running_loop().run_in_executor(None, self._killer.kill, tag)
            await asyncio.wait([running], timeout=1)  # it may not have begun when it was killed
        if not running.cancelled() and (error := running.exception()):
            log.info("a question was cancelled", outcome=str(error)[:100])

    async def close(self) -> None:
        """Close all clients; waits for what runs, but not for a server, nor for merges of ours: who ends may have a
        deadline."""

        def work() -> None:
            for client in (self._writer, self._keeper):
                if client:
                    client.close()
            for clients in (self._idle, self._own, self._inserters):
                while not clients.empty():
                    client = clients.get_nowait()
                    if client:
                        client.close()

        if self._cut:
            self._cut()
        await asyncio.gather(*[copyfree.close() for copyfree in self._copyfree.values()])
        await asyncio.gather(*self._abandoned)
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
