"""Runs the parts of one process: starts them, stops all when one dies, drains.

Half a collector is worse than none, so the end of any part is the end of the process, with its name and
reason. A signal stops the listener, answers what was accepted, and then drains in the order the parts say.
"""

import asyncio
import contextlib
import errno
import gc
import resource
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import uvicorn
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server

from collector import telemetry
from collector.http.auth import Auth
from collector.images import Images
from collector.settings import Settings, own_address
from collector.sites import SitesFile

log = telemetry.logger("service")

SWITCH_SECONDS = 0.0005
"""How long the event loop may keep the interpreter from the thread that has just synced (default 5 ms)."""


class ServiceError(Exception):
    """The service can't start or had to stop; the message says what to do."""


class Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise a caught one again after serving, and kill the drain."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


Work = Callable[[], Awaitable[None]]


@dataclass
class Parts:
    """What one process consists of: a server, named parts that run until it stops, and how it drains.

    `drain` runs in order after the server has answered what it accepted.
    """

    settings: Settings
    sites: SitesFile
    auth: Auth
    images: Images
    closing: asyncio.Event
    server: uvicorn.Server = field(init=False)
    running: list[tuple[str, Work]] = field(default_factory=list)
    drain: list[Work] = field(default_factory=list)


async def run(
    parts: Parts,
    *,
    on_ready: Callable[[Parts, int], None],
    listener: socket.socket | None = None,
    beside: Sequence[tuple[str, Work]] = (),
    signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGINT),
) -> None:
    """Serve until a signal, then drain; `beside` are named parts of a caller's own.

    Raises ServiceError when a part dies.
    """
    if listener is None and not parts.server.config.uds:
        listener = listen(parts.settings)
    _tune()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(_supervise(name, work, stop)) for name, work in (*parts.running, *beside)]
    server = asyncio.create_task(_supervise("listener", lambda: _serve(parts, listener, on_ready), stop))
    await stop.wait()
    await _drain(parts, server, tasks)
    for task in (server, *tasks):
        if not task.cancelled() and (error := task.exception()):
            raise error


def _tune() -> None:
    """Settings of the interpreter for one busy loop: what is there at the start is never garbage, and what a
    request makes is freed by counting, so the collector of cycles may run rarely."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


MOST_FILES = 65_536


def raise_file_limit() -> int:
    """Allow this process as many open files as the system lets it, at most MOST_FILES; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS names a hard limit it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft


async def _supervise(name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run a part; when it ends, however it ends, everything stops. Raises ServiceError."""
    try:
        await work()
    except Exception as error:
        log.critical("a part died; the process stops", part_name=name, exc_info=error)
        raise ServiceError(f"{name} stopped: {error}") from error
    finally:
        stop.set()


def listen(settings: Settings) -> socket.socket:
    """A listening socket. Raises ServiceError when the address can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        _patiently(lambda: listener.bind((settings.host, settings.port)))
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"{settings.host} port {settings.port} could not be listened on ({error.strerror}); "
            "set COLLECTOR_HOST and COLLECTOR_PORT to an address that is free"
        ) from error
    listener.set_inheritable(True)
    return listener


def serve_metrics(settings: Settings, registry: CollectorRegistry = REGISTRY) -> None:
    """Serve /metrics on the port of its own, if there is one. Raises ServiceError when the address can't be had."""
    if not settings.metrics_port:
        return
    try:
        start_http_server(settings.metrics_port, settings.host, registry)
    except OSError as error:
        raise ServiceError(
            f"{settings.host} port {settings.metrics_port} could not be listened on for metrics ({error.strerror}); "
            "set COLLECTOR_METRICS_PORT to a port that is free, or to 0 to have them on the main one"
        ) from error


def _patiently(work: Callable[[], None]) -> None:
    """Try for two seconds: the processes of a start that was killed may take a moment to be gone."""
    deadline = time.monotonic() + 2
    while True:
        try:
            return work()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


async def _serve(parts: Parts, listener: socket.socket | None, on_ready: Callable[[Parts, int], None]) -> None:
    serving = asyncio.create_task(parts.server.serve([listener] if listener else None))
    try:
        while not parts.server.started and not serving.done():
            await asyncio.wait([serving], timeout=0.01)
        if parts.server.started:
            port = listener.getsockname()[1] if listener else 0
            settings = parts.settings
            log.info("listening", port=port, url=settings.public_url or own_address(settings.host, port))
            on_ready(parts, port)
        await serving
    finally:  # a listener that outlived us would take connections that nobody answers, and keep the process from ending
        parts.server.should_exit = True
        await asyncio.wait([serving])


async def _drain(parts: Parts, server: asyncio.Task[None], tasks: list[asyncio.Task[None]]) -> None:
    """Answer what was accepted, seal, deliver within the deadline, let go."""
    log.info("stopping")
    parts.closing.set()
    parts.server.should_exit = True
    await asyncio.wait([server])
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for step in parts.drain:
        await step()
    log.info("stopped")
