"""The composition root: what a process consists of, and in which order it drains.

One process is a whole collector: intake and reading over HTTP, spool, writer, live feed. With several
processes (`workers.py`) and the embedded engine, one has the engine and the others take beacons.
"""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn
from clickhouse_connect.driver.exceptions import ClickHouseError
from starlette.types import ASGIApp

from collector.clickhouse import Engine, EngineError, migrate, open_engine, set_retention
from collector.datafolder import prepare_folder
from collector.halves.answering import answering
from collector.halves.taking import spool_folder, taking
from collector.http.app import ahead, pages_and
from collector.http.auth import Auth
from collector.http.batch import BatchEndpoint
from collector.http.beacon_protocol import beacon_protocol
from collector.http.health import IntakeHealth
from collector.http.proxy import EngineProxy
from collector.http.publishing import publish_endpoints
from collector.http.table import BATCH_ENDPOINT, health_endpoints
from collector.images import ImagesError, open_images
from collector.intake.commit import Commit
from collector.intake.jumps import WrongClock
from collector.intake.seen import Seen
from collector.settings import Settings, SettingsError
from collector.sites import SitesError, SitesFile
from collector.spool import Spool, SpoolBusy, SpoolLimits, SpoolReader
from collector.supervise import Parts, Server, ServiceError

REQUEST_SECONDS = 5


KNOWN_ERRORS = (WrongClock, SettingsError, ServiceError, SitesError, EngineError, SpoolBusy, ImagesError)
"""What an operator can mend; shown as a message, without a traceback."""


def prepare_database(settings: Settings) -> None:
    """Bring the database up to date before several workers use it. Raises ServiceError, EngineError."""
    engine = open_engine(settings)
    bring_up_to_date(engine, settings)
    asyncio.run(engine.close())


def bring_up_to_date(engine: Engine, settings: Settings) -> None:
    """Migrate, and set the retention. Raises ServiceError."""
    try:
        migrate(engine)
        set_retention(engine, settings.retention_days)
    except ClickHouseError as error:
        raise ServiceError(f"the database could not be brought up to date: {str(error)[:500]}") from error


def _sites(settings: Settings) -> SitesFile:
    return SitesFile(
        settings.data_dir / "sites.toml",
        extra_sites=settings.sites,
        admin_key=settings.admin_key.get_secret_value(),
    )


def _config(
    app: ASGIApp, settings: Settings, socket_path: Path | None = None, batch: BatchEndpoint | None = None
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        uds=str(socket_path) if socket_path else None,
        http=beacon_protocol(BATCH_ENDPOINT.path, batch) if batch else "httptools",
        loop="none",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=REQUEST_SECONDS,
        backlog=2048,
    )


def _parts(settings: Settings) -> Parts:
    """The beginning of a process: its server is set by the caller."""
    sites = _sites(settings)
    auth = Auth(sites, settings.data_dir / "secret", settings.own_url)
    return Parts(settings, sites, auth, open_images(settings), asyncio.Event())


def build(settings: Settings, worker: int = 0) -> Parts:
    """A whole collector in one process. Raises ServiceError, EngineError, SitesError, SpoolBusy."""
    prepare_folder(settings.data_dir)
    parts = _parts(settings)
    intake = taking(parts, worker)
    engine = open_engine(settings, writers=2)  # the writer's and that of embeddings
    if settings.workers == 1:
        bring_up_to_date(engine, settings)
    intake.join(parts)
    app = answering(parts, engine, [intake.spool], intake, replays=worker == 0)
    parts.drain += [intake.close, engine.close, parts.images.close]
    parts.server = Server(_config(app, settings, batch=intake.endpoint))
    return parts


def build_intake(settings: Settings, worker: int, engine_socket: Path, recovered: Callable[[], None]) -> Parts:
    """A process that takes beacons and passes everything else to the engine's process. `recovered` is called when
    the memory of batches knows all that the spool holds."""
    parts = _parts(settings)
    intake = taking(parts, worker, delivered_elsewhere=True)
    recovered()
    intake.join(parts)
    proxy = EngineProxy(engine_socket)
    parts.drain += [intake.close, proxy.close, parts.images.close]
    health = IntakeHealth(settings, intake.spool, parts.images, proxy.ask)
    rest = ahead([*publish_endpoints(intake.publish), *health_endpoints(health.ready)], proxy)
    app = pages_and(intake.endpoint, intake.upload, parts.sites, rest)
    parts.server = Server(_config(app, settings, batch=intake.endpoint))
    return parts


def build_engine(settings: Settings, engine_socket: Path, recovered: Callable[[int], bool]) -> Parts:
    """The process that has the embedded engine: delivers what the intake processes that have `recovered` spooled, and
    answers."""
    parts = _parts(settings)
    engine = open_engine(settings, writers=settings.workers + 2)
    bring_up_to_date(engine, settings)
    readers = [
        SpoolReader(spool_folder(settings, worker), recovered=partial(recovered, worker))
        for worker in range(settings.workers)
    ]
    app = answering(parts, engine, readers, None, replays=True)
    parts.drain += [engine.close, parts.images.close]
    parts.server = Server(_config(app, settings, engine_socket))
    return parts


def adopt_spools(settings: Settings) -> None:
    """Move what a start with more workers left behind to the first one. Raises SpoolBusy, OSError."""
    for folder in sorted((settings.data_dir / "spool").glob("[0-9]*")):
        if re.fullmatch("[0-9]+", folder.name) and int(folder.name) >= settings.workers:
            limits = SpoolLimits(settings.spool_max_bytes, settings.segment_max_bytes, 1)
            left = Spool(folder, limits)
            seen = Seen(settings.data_dir / "seen.db", int(folder.name))
            Commit(left, seen).recover()
            seen.close()
            asyncio.run(left.close())
            target = spool_folder(settings, 0)
            target.mkdir(parents=True, exist_ok=True)
            for segment in left.sealed():
                left.disk.rename(folder / f"{segment.name}.sealed", target / f"{segment.name}.sealed")
