"""A host that is far away: TLS, 80 ms each way, in front of something near. One thread, one event loop."""

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DELAY = 0.08
_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _certificate(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    loop, tasks = asyncio.get_running_loop(), 0.0
    try:
        while data := await reader.read(65536):
            loop.call_later(delay, writer.write, data) if delay else writer.write(data)
            tasks = loop.time() + delay
    except (ConnectionError, ssl.SSLError):  # closed while something was under way
        pass
    await asyncio.sleep(max(0.0, tasks - loop.time()) + 0.01)
    writer.close()


def _passing_to(port: int, delay: float) -> _Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            near, out = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            writer.close()
            return
        with suppress(asyncio.CancelledError):  # at the end; Python 3.11 would print that a connection was cancelled
            await asyncio.gather(_copy(reader, out, delay), _copy(near, writer, delay))

    return serve


@contextmanager
def far_from(port: int, folder: Path) -> Iterator[str]:
    """The address, `https://localhost:…`, of what listens on `port`."""
    ready, stop, ports = threading.Event(), asyncio.Event(), []
    loop = asyncio.new_event_loop()

    async def main() -> None:
        tls = await asyncio.start_server(_passing_to(port, 0), "127.0.0.1", 0, ssl=_certificate(folder))
        slow = await asyncio.start_server(_passing_to(tls.sockets[0].getsockname()[1], DELAY), "127.0.0.1", 0)
        ports.append(slow.sockets[0].getsockname()[1])
        ready.set()
        await stop.wait()
        open_ones = asyncio.all_tasks() - {asyncio.current_task()}
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=[main()], daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield f"https://localhost:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
