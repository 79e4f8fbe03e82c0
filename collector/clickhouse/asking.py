"""Questions: a few clients that take turns, and an end in the engine for a question nobody waits for any more."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry
from collector.clickhouse.killer import Killer
from collector.clickhouse.longlists import raw_query

log = telemetry.logger("clickhouse")
T = TypeVar("T")
Params = Mapping[str, object]
Clients = asyncio.Queue[Client | None]
"""Those that are free; None: one that is still to be connected."""


def unconnected(count: int) -> Clients:
    clients: Clients = asyncio.Queue()
    for _ in range(count):
        clients.put_nowait(None)
    return clients


def close_all(clients: Clients) -> None:
    """Those that are free."""
    while not clients.empty():
        client = clients.get_nowait()
        if client:
            client.close()


class Asking:
    """`readers` questions at once, and one of our own beside them; each runs on a thread of `threads`."""

    def __init__(
        self, connect: Callable[[], Client], threads: Executor, killer: Killer, *, readers: int, embedded: bool
    ) -> None:
        self._connect = connect
        self._threads = threads
        self._killer = killer
        self._embedded = embedded
        self._idle = unconnected(readers)
        self._own = unconnected(1)
        self._abandoned: set[asyncio.Task[None]] = set()

    async def lines(self, sql: str, params: Params | None, *, ours: bool = False) -> bytes:
        """The answer as JSON lines. A task that is cancelled here ends its question in the engine. `ours`: on the client
        beside those of questions. Raises ClickHouseError, OSError.

        The question is known there by a comment in front of it: a setting of its own would cost the embedded engine
        three more questions each time (what it was, set, set back; 7 ms).
        """
        tag = f"/* {uuid.uuid4().hex} */"
        idle = self._own if ours else self._idle
        client = await idle.get()
        running = asyncio.ensure_future(self._ask(idle, client, f"{tag} {sql}", dict(params or {})))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            killing = asyncio.create_task(self._abandon(running, tag))
            self._abandoned.add(killing)
            killing.add_done_callback(self._abandoned.discard)
            raise

    async def _ask(self, idle: Clients, client: Client | None, sql: str, params: dict[str, object]) -> bytes:
        """Runs to its end whatever becomes of the one who asked, so that the client is free again then."""
        try:
            if client is None:
                client = await self._run(self._connect)
            return await self._run(partial(raw_query, client, sql, params, fmt="JSONEachRow"))
        except ClickHouseError:
            if self._embedded and client:  # chDB keeps rows it had found, and puts them before the client's next answer
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

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def ended(self) -> None:
        """Wait until questions that were given up have ended in the engine too."""
        await asyncio.gather(*self._abandoned)

    def close(self) -> None:
        """Close the clients that are free."""
        close_all(self._idle)
        close_all(self._own)
