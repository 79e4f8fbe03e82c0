"""Clients under load that remember what they were told: every acknowledged event id.

Plain HTTP/1.1 over asyncio streams: on two cores a comfortable client would be the bottleneck.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.support.collector import BROWSER, ORIGIN, WRITE_KEY, batch, event


@dataclass
class Ledger:
    """`sent`: ids of all events that were sent, whatever came of it; `acknowledged`: those in batches answered 202;
    `turned_away`: those in batches answered otherwise; `open`: batches without any answer; `refused`: statuses of
    other answers; `seconds`: how long each answer took."""

    acknowledged: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    turned_away: set[str] = field(default_factory=set)
    open: list[dict[str, Any]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class Connection:
    """One kept-alive connection that posts batches."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer. Raises OSError or EOFError when there is none."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        body = json.dumps(sent).encode()
        writer.write(
            f"POST /v1/batch?k={WRITE_KEY} HTTP/1.1\r\nhost: test\r\norigin: {ORIGIN}\r\nuser-agent: {BROWSER}\r\n"
            f"content-type: text/plain\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        return int(head.split(" ", 2)[1]), json.loads(await reader.readexactly(length))

    async def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None


async def load(port: int, ledger: Ledger, *, connections: int, enough: asyncio.Event, events: int = 3) -> None:
    """Send batches over many connections until the collector is gone or `enough` is set."""
    await asyncio.gather(*[_sender(port, ledger, enough, events) for _ in range(connections)])


async def _sender(port: int, ledger: Ledger, enough: asyncio.Event, events: int) -> None:
    connection = Connection(port)
    while not enough.is_set():
        if not await send(connection, batch(*[event() for _ in range(events)]), ledger):
            break
    await connection.close()


async def send(connection: Connection, sent: dict[str, Any], ledger: Ledger) -> bool:
    """Send one batch and note the answer; False when there was none."""
    ids = {one["event_id"] for one in sent["events"]}
    ledger.sent |= ids
    started = time.perf_counter()
    try:
        status, _ = await connection.post(sent)
    except (OSError, EOFError):
        ledger.open.append(sent)
        return False
    ledger.seconds.append(time.perf_counter() - started)
    if status == 202:
        ledger.acknowledged |= ids
    else:
        ledger.turned_away |= ids
        ledger.refused.append(status)
    return True
