"""Group commit: while one group is being made durable, the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from collector import telemetry

log = telemetry.logger("spool")

T = TypeVar("T")
R = TypeVar("R")


class GroupCommit(Generic[T, R]):
    """Gathers items and hands them, a group at a time and in order, to `commit`.

    `commit` gets the waiting items and returns one result or exception for each. Groups never
    overlap: what a group sees is everything all groups before it did.
    """

    def __init__(self, commit: Callable[[list[T]], Awaitable[list[R | Exception]]], *, most: int = 512) -> None:
        self._commit = commit
        self._most = most
        self._waiting: list[tuple[T, Callable[[R | Exception], None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """Wait until the item's group is committed. Raises what `commit` put in the item's place."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()

        def settle(result: R | Exception) -> None:
            if future.done():
                return
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.submit(item, settle)
        return await future

    def submit(self, item: T, done: Callable[[R | Exception], None]) -> None:
        """The same for a caller that does not wait: `done` is called on the loop once the group is committed."""
        self._waiting.append((item, done))
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._one(group)
        finally:
            self._task = None

    async def _one(self, group: list[tuple[T, Callable[[R | Exception], None]]]) -> None:
        try:
            results = await self._commit([item for item, _ in group])
        except Exception as error:
            results = [error] * len(group)
        for (_, done), result in zip(group, results, strict=True):
            try:
                done(result)
            except Exception:
                log.exception("an answer could not be given")

    async def idle(self) -> None:
        """Wait until nothing is waiting or under way."""
        while self._task is not None:
            await asyncio.shield(self._task)
