"""The composition root: opens the parts, supervises them, drains them.

One process is: intake and reading over HTTP, the spool, the writer, the live feed. They run in one task
group; when any of them dies the process stops with its name and reason, because half a collector is
worse than none. SIGTERM stops the listener, answers what was accepted, seals and drains.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import uvicorn
from clickhouse_connect.driver.exceptions import ClickHouseError
from prometheus_client import start_http_server

from collector import telemetry
from collector.analytics.live import LiveFeed
from collector.clickhouse import Engine, EngineError, migrate, open_engine, set_retention
from collector.delivery.writer import Writer
from collector.http.app import application
from collector.http.auth import Auth
from collector.http.batch import BatchEndpoint
from collector.http.health import Health
from collector.http.reading import Reading
from collector.http.table import endpoints
from collector.intake.commit import Commit
from collector.intake.seen import Seen
from collector.intake.steps import Intake
from collector.settings import Settings, SettingsError
from collector.sites import SitesError, SitesFile
from collector.spool import Spool, SpoolBusy, SpoolFailed, SpoolLimits

log = telemetry.logger("service")

PRUNE_SECONDS = 3600
SWITCH_SECONDS = 0.0005
"""How long the event loop may keep the interpreter from the thread that has just synced (default 5 ms)."""
REQUEST_SECONDS = 5


class ServiceError(Exception):
    """The service can't start or had to stop; the message says what to do."""


class Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise a caught one again after serving, and kill the drain."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


KNOWN_ERRORS = (SettingsError, ServiceError, SitesError, EngineError, SpoolBusy)
"""What an operator can mend; shown as a message, without a traceback."""


@dataclass
class Parts:
    """What one process consists of."""

    settings: Settings
    sites: SitesFile
    engine: Engine
    spool: Spool
    seen: Seen
    commit: Commit
    writer: Writer
    feed: LiveFeed
    auth: Auth
    server: uvicorn.Server
    closing: asyncio.Event = field(default_factory=asyncio.Event)


def prepare_folder(folder: Path) -> None:
    """Make the data folder and see that it can be written. Raises ServiceError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ServiceError(
            f"COLLECTOR_DATA_DIR: {folder} can't be written ({error.strerror}); make it writable for this user, "
            "or name another folder"
        ) from error


def prepare_database(settings: Settings) -> None:
    """Bring the database up to date before several workers use it. Raises ServiceError, EngineError."""
    engine = open_engine(settings)
    _bring_up_to_date(engine, settings)
    asyncio.run(engine.close())


def _bring_up_to_date(engine: Engine, settings: Settings) -> None:
    try:
        migrate(engine)
        set_retention(engine, settings.retention_days)
    except ClickHouseError as error:
        raise ServiceError(f"the database could not be brought up to date: {str(error)[:500]}") from error


def build(settings: Settings, worker: int = 0) -> Parts:
    """Open everything but the listener. Raises ServiceError, EngineError, SitesError, SpoolBusy."""
    prepare_folder(settings.data_dir)
    sites = SitesFile(
        settings.data_dir / "sites.toml",
        extra_sites=settings.sites,
        admin_key=settings.admin_key.get_secret_value(),
    )
    limits = SpoolLimits(settings.spool_max_bytes, settings.segment_max_bytes, settings.segment_max_age_ms / 1000)
    spool = Spool(settings.data_dir / "spool" / str(worker), limits)
    engine = open_engine(settings)
    if settings.workers == 1:
        _bring_up_to_date(engine, settings)
    seen = Seen(settings.data_dir / "seen.db", worker)
    commit = Commit(spool, seen)
    added, released = commit.recover()
    if added or released or spool.backlog:
        log.info("recovered", waiting_segments=spool.backlog, batches_found=added, claims_released=released)
    feed = LiveFeed(engine)
    writer = Writer(spool, engine, before_delete=seen.sync, inserted=feed.stored)
    auth = Auth(sites, settings.data_dir / "secret")
    closing = asyncio.Event()
    intake = Intake(settings, sites, commit)
    batch = BatchEndpoint(intake, max_body=settings.max_body_bytes, country_header=settings.country_header)
    health = Health(spool, writer, engine, multiprocess=settings.workers > 1)
    table = endpoints(Reading(engine, feed, auth, closing), health, metrics=not settings.metrics_port)
    config = uvicorn.Config(
        application(batch, sites, table, settings.own_url),
        host=settings.host,
        port=settings.port,
        http="httptools",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=REQUEST_SECONDS,
        backlog=2048,
    )
    return Parts(settings, sites, engine, spool, seen, commit, writer, feed, auth, Server(config), closing)


async def run(
    parts: Parts,
    *,
    on_ready: Callable[[Parts, int], None],
    listener: socket.socket | None = None,
    beside: Sequence[tuple[str, Callable[[], Awaitable[None]]]] = (),
) -> None:
    """Serve until SIGTERM or SIGINT, then drain; `beside` are named parts of a caller's own.

    Raises ServiceError when a part dies.
    """
    if parts.settings.metrics_port:
        start_http_server(parts.settings.metrics_port, parts.settings.host)
    listener = listener or listen(parts.settings)
    _tune()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [
        asyncio.create_task(_supervise(name, work, stop))
        for name, work in (
            ("spool", parts.spool.seal_by_age),
            ("writer", parts.writer.run),
            ("live feed", parts.feed.run),
            ("memory of batches", lambda: _prune(parts.seen)),
            *beside,
        )
    ]
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
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"{settings.host} port {settings.port} could not be listened on ({error.strerror}); "
            "set COLLECTOR_HOST and COLLECTOR_PORT to an address that is free"
        ) from error
    listener.set_inheritable(True)
    return listener


async def _serve(parts: Parts, listener: socket.socket, on_ready: Callable[[Parts, int], None]) -> None:
    serving = asyncio.create_task(parts.server.serve([listener]))
    while not parts.server.started and not serving.done():
        await asyncio.wait([serving], timeout=0.01)
    port = listener.getsockname()[1]
    log.info("listening", port=port, url=parts.settings.own_url, engine=parts.engine.kind)
    on_ready(parts, port)
    await serving


async def _drain(parts: Parts, server: asyncio.Task[None], tasks: list[asyncio.Task[None]]) -> None:
    """Answer what was accepted, seal, deliver within the deadline, let go."""
    log.info("stopping", waiting_segments=parts.spool.backlog)
    parts.closing.set()
    parts.server.should_exit = True
    await asyncio.wait([server])
    await parts.commit.idle()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    try:
        await parts.spool.seal()
        with anyio.move_on_after(parts.settings.drain_seconds):
            await parts.writer.drain()
    except SpoolFailed as error:
        log.error("the last segment could not be sealed; the next start will try again", problem=str(error))
    left = parts.spool.backlog
    await parts.spool.close()
    parts.seen.close()
    await parts.engine.close()
    log.info("stopped", left_segments=left)


async def _prune(seen: Seen) -> None:
    while True:
        await asyncio.sleep(PRUNE_SECONDS)
        await asyncio.to_thread(seen.prune)
