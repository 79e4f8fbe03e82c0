"""Sends visits to a collector: live at their own pace, or as fast as it may."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import orjson

from collector.demo.browser import Batch, Visit

if TYPE_CHECKING:
    import httpx


COUNTRY_HEADER = "X-Country"
"""What a proxy would say of the visitor, for collectors that listen to it."""


@dataclass(slots=True)
class Summary:
    """What was sent so far: batches answered with 202, events accepted and refused in them."""

    batches: int = 0
    accepted: int = 0
    rejected: int = 0


class RefusedError(RuntimeError):
    """The collector refused a whole batch, or can't be reached; the text says which and why."""


Progress = Callable[[Summary], None]


async def play(
    collector_url: str,
    write_key: str,
    visits: Iterable[Visit],
    *,
    speed: float | None = 1.0,
    on_progress: Progress | None = None,
    at_once: int = 16,
    patience: float = 60.0,
    client: "httpx.AsyncClient | None" = None,
) -> Summary:
    """Posts the visits' batches to `{collector_url}/v1/batch` and returns what became of them.

    With a `speed` the first visit begins now and all times follow it, `speed` times faster than
    lived. With `speed=None` nothing waits: `at_once` visits are sent side by side, and only
    `sent_at` becomes the present. 429, 503 and a collector that is away are tried again for
    `patience` seconds a batch; `on_progress` is called after each batch.
    """
    import httpx  # only those who play need it

    summary = Summary()
    async with AsyncExitStack() as stack:
        if client is None:
            limits = httpx.Limits(max_connections=max(at_once, 32))
            client = await stack.enter_async_context(httpx.AsyncClient(limits=limits, timeout=30))
        sender = _Sender(client, f"{collector_url.rstrip('/')}/v1/batch", write_key, patience, summary, on_progress)
        try:
            if speed is None:
                await _backfill(sender, iter(visits), at_once)
            else:
                await _live(sender, iter(visits), speed)
        except* RefusedError as refused:
            raise _first(refused) from None
    return summary


async def _backfill(sender: "_Sender", visits: Iterator[Visit], at_once: int) -> None:
    async def work() -> None:
        # One visit after the other, so that a session's batches arrive in order.
        for visit in visits:
            for batch in visit.batches:
                await sender.send(visit, batch)

    async with anyio.create_task_group() as tasks:
        for _ in range(at_once):
            tasks.start_soon(work)


async def _live(sender: "_Sender", visits: Iterator[Visit], speed: float) -> None:
    begun = time.time() * 1000
    origin: int | None = None

    def moved(at: int) -> int:
        return int(begun + (at - (origin or 0)) / speed)

    async def until(at: int) -> None:
        await anyio.sleep(max(0.0, moved(at) / 1000 - time.time()))

    async def follow(visit: Visit) -> None:
        for batch in visit.batches:
            await until(batch["sent_at"])
            events = [event.copy() for event in batch["events"]]
            for event in events:
                event["at"] = moved(event["at"])
            now = batch.copy()
            now["events"] = events
            await sender.send(visit, now)

    async with anyio.create_task_group() as tasks:
        for visit in visits:
            first = visit.batches[0]["events"][0]["at"]
            if origin is None:
                origin = first
            await until(first)
            tasks.start_soon(follow, visit)


@dataclass(slots=True)
class _Sender:
    client: "httpx.AsyncClient"
    url: str
    key: str
    patience: float
    summary: Summary
    on_progress: Progress | None

    async def send(self, visit: Visit, batch: Batch) -> None:
        """Sends one batch until it is answered, each time with a fresh `sent_at`."""
        import httpx

        page = batch["events"][0].get("url") or ""
        headers = {
            "Content-Type": "text/plain",
            "User-Agent": visit.user_agent,
            "Origin": "/".join(page.split("/")[:3]),
            COUNTRY_HEADER: batch["context"]["language"][-2:],
        }
        batch = batch.copy()
        give_up = time.monotonic() + self.patience
        pause = 0.25
        while True:
            batch["sent_at"] = int(time.time() * 1000)
            try:
                answer = await self.client.post(
                    self.url, params={"k": self.key}, content=orjson.dumps(batch), headers=headers
                )
            except httpx.TransportError as error:
                trouble, wait = f"no answer from {self.url}: {error}", pause
            else:
                if answer.status_code == 202:
                    self._count(answer.content)
                    return
                trouble = f"{answer.status_code} from {self.url}: {_message(answer.content)}"
                if answer.status_code not in (429, 503):
                    raise RefusedError(trouble)
                wait = _seconds(answer.headers.get("Retry-After"), pause)
            if time.monotonic() + wait > give_up:
                raise RefusedError(trouble)
            await anyio.sleep(wait)
            pause = min(pause * 2, 10.0)

    def _count(self, body: bytes) -> None:
        answer = orjson.loads(body)
        self.summary.batches += 1
        self.summary.accepted += answer["accepted"]
        self.summary.rejected += len(answer["rejected"])
        if self.on_progress is not None:
            self.on_progress(self.summary)


def _seconds(retry_after: str | None, otherwise: float) -> float:
    try:
        return max(0.0, float(retry_after or otherwise))
    except ValueError:
        return otherwise


def _message(body: bytes) -> str:
    try:
        refusal = orjson.loads(body)
        return f"{refusal['reason']}, {refusal['message']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def _first(group: BaseExceptionGroup[RefusedError]) -> RefusedError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
