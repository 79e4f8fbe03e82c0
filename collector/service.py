"""The composition root: what a process consists of, and in which order it drains.

One process is a whole collector: intake and reading over HTTP, spool, writer, live feed. With several
processes (`workers.py`) and the embedded engine, one has the engine and the others take beacons.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import uvicorn
from clickhouse_connect.driver.exceptions import ClickHouseError
from starlette.types import ASGIApp

from collector import supervise, telemetry
from collector.analytics.askers import open_asker
from collector.analytics.live import LiveFeed
from collector.analytics.published import Published
from collector.clickhouse import Engine, EngineError, migrate, open_engine, set_retention
from collector.datafolder import prepare_folder
from collector.delivery.copies import Copies
from collector.delivery.forwarder import Client, Forwarder, Journal
from collector.delivery.replay import FOLDER as REPLAYS
from collector.delivery.writer import Writer, is_poison
from collector.http.analytics import analytics
from collector.http.answering import Answering
from collector.http.api import ApiAccess
from collector.http.app import ahead, application, pages_and
from collector.http.auth import Auth
from collector.http.batch import BatchEndpoint
from collector.http.beacon_protocol import beacon_protocol
from collector.http.forwarding import forwarding_endpoints
from collector.http.gate import Gate
from collector.http.health import Health
from collector.http.images import ImageReading, image_endpoints
from collector.http.proxy import EngineProxy
from collector.http.publishing import PublishApi, publish_endpoints
from collector.http.reading import Reading
from collector.http.reflexio import ReflexioApi
from collector.http.searching import Searching, search_endpoints
from collector.http.sites import sites_endpoints
from collector.http.sql import Sql, sql_endpoints
from collector.http.table import BATCH_ENDPOINT, endpoints
from collector.http.upload import ImageUpload
from collector.images import ImagesError, open_images
from collector.intake.commit import Commit
from collector.intake.seen import Seen, sync
from collector.intake.steps import Intake
from collector.publish.publisher import Publisher, storage_of
from collector.semantic.embedder import PackagedEmbedder
from collector.semantic.filling import Filling
from collector.semantic.indexing import Indexing
from collector.semantic.search import Search
from collector.settings import Settings, SettingsError
from collector.sites import SitesError, SitesFile
from collector.spool import Spool, SpoolBusy, SpoolFailed, SpoolLimits, SpoolReader, Syncer
from collector.supervise import Parts, Server, ServiceError

log = telemetry.logger("service")

PRUNE_SECONDS = 3600
REQUEST_SECONDS = 5
RESERVED_FILES = 512
"""Open files of the engine, the spool and the rest."""


KNOWN_ERRORS = (SettingsError, ServiceError, SitesError, EngineError, SpoolBusy, ImagesError)
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
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=REQUEST_SECONDS,
        backlog=2048,
    )


@dataclass
class _Intake:
    """The half that takes beacons and publishes: endpoints, spool and memory of batches."""

    endpoint: BatchEndpoint
    publish: PublishApi
    spool: Spool
    seen: Seen
    commit: Commit

    def join(self, parts: Parts) -> None:
        parts.running += [("spool", self.spool.seal_by_age), ("memory of batches", self._prune)]
        parts.drain += [self.commit.idle, self._seal]

    async def close(self) -> None:
        await self.spool.close()
        self.seen.close()

    async def _seal(self) -> None:
        try:
            await self.spool.seal()
        except SpoolFailed as error:
            log.error("the last segment could not be sealed; the next start will try again", problem=str(error))

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_SECONDS)
            await asyncio.to_thread(self.seen.prune)


def _intake(parts: Parts, worker: int, *, delivered_elsewhere: bool = False) -> _Intake:
    settings = parts.settings
    limits = SpoolLimits(settings.spool_max_bytes, settings.segment_max_bytes, settings.segment_max_age_ms / 1000)
    spool = Spool(spool_folder(settings, worker), limits, syncer=Syncer(), delivered_elsewhere=delivered_elsewhere)
    seen = Seen(settings.data_dir / "seen.db", worker, alone=settings.workers == 1)
    commit = Commit(spool, seen)
    added, released = commit.recover()
    if added or released or spool.backlog:
        log.info("recovered", waiting_segments=spool.backlog, batches_found=added, claims_released=released)
    intake = Intake(settings, parts.sites, commit)
    endpoint = BatchEndpoint(
        intake, _gate(settings), max_body=settings.max_body_bytes, country_header=settings.country_header
    )
    publish = PublishApi(_access(parts), Publisher(commit, spool, parts.images, storage_of(settings)))
    return _Intake(endpoint, publish, spool, seen, commit)


def _access(parts: Parts) -> ApiAccess:
    return ApiAccess(parts.auth, parts.sites, parts.settings.rate_limit_api)


def _gate(settings: Settings) -> Gate:
    most = min(settings.max_connections, supervise.raise_file_limit() - RESERVED_FILES)
    if most < settings.max_connections:
        log.warning("fewer connections than COLLECTOR_MAX_CONNECTIONS; raise the limit of open files", most=most)
    return Gate(
        most_bytes=settings.max_waiting_bytes, most_connections=max(16, most), request_seconds=settings.request_seconds
    )


def spool_folder(settings: Settings, worker: int) -> Path:
    return settings.data_dir / "spool" / str(worker)


def _reading(
    parts: Parts, engine: Engine, spools: Sequence[Spool | SpoolReader], intake: _Intake | None, *, replays: bool
) -> ASGIApp:
    """The half that delivers and answers: writers, live feed, the application; one process of a collector
    delivers `replays` and merges copies. Joins `parts`."""
    settings = parts.settings
    feed = LiveFeed(engine)
    if replays:
        spools = [*spools, SpoolReader(settings.data_dir / "spool" / REPLAYS)]
    memory = settings.data_dir / "seen.db"
    embedder = PackagedEmbedder()
    filling = Filling(engine, embedder, settings.data_dir)
    index = Indexing(engine, filling.stored, is_poison).index
    forwarder = _forwarder(parts, engine, sends=replays)

    def before_delete(batches: list[bytes]) -> None:
        if forwarder:
            forwarder.note(batches)
        sync(memory)

    writers = [Writer(spool, engine, before_delete, inserted=feed.stored, index=index) for spool in spools]
    answering = Answering(engine, parts.auth)
    health = Health(settings, spools, writers, engine, parts.images)
    search = Search(engine, embedder)
    published = Published(engine, settings.own_url)
    api = ReflexioApi(_access(parts), published, search, storage_of(settings), memory)
    table = endpoints(
        Reading(engine, feed, parts.auth, parts.closing),
        health,
        analytics(answering),
        search_endpoints(Searching(search, parts.auth)),
        image_endpoints(ImageReading(parts.images, parts.auth)),
        publish_endpoints(intake.publish if intake else None),
        api.endpoints(),
        forwarding_endpoints(parts.auth, forwarder),
        sql_endpoints(Sql(parts.auth, open_asker(settings, engine))),
        sites_endpoints(parts.sites, parts.auth),
        metrics=not settings.metrics_port,
    )
    parts.running += [("writer", writer.run) for writer in writers]
    parts.running += [("live feed", feed.run), ("embeddings", filling.run)]
    if replays:
        parts.running.append(("copies", Copies(engine, settings.copies_seconds).run))
        parts.running.append(("old images", lambda: parts.images.expire_daily(settings.retention_days + 1)))

    async def deliver() -> None:
        for spool in spools:
            if isinstance(spool, SpoolReader):
                spool.look()  # intake processes seal as they end
        with anyio.move_on_after(settings.drain_seconds):
            await asyncio.gather(*[writer.drain() for writer in writers])
        log.info("delivered", left_segments=sum(spool.backlog for spool in spools))

    parts.drain.append(deliver)
    if forwarder:
        parts.drain.append(forwarder.close)
    return application(
        parts.sites, table, settings.own_url, (intake.endpoint, _upload(parts, intake.endpoint)) if intake else None
    )


def _upload(parts: Parts, batch: BatchEndpoint) -> ImageUpload:
    settings = parts.settings
    return ImageUpload(batch, parts.images, most_bytes=settings.max_image_bytes, own_url=settings.own_url)


def _forwarder(parts: Parts, engine: Engine, *, sends: bool) -> Forwarder | None:
    """The forwarder, where a Reflexio server is configured; one process of a collector `sends`."""
    settings = parts.settings
    if not settings.reflexio_url:
        return None
    journal = Journal(
        settings.data_dir / "forwarding.db",
        most_waiting=settings.forward_max_waiting,
        keep_days=settings.retention_days,
    )
    client = Client(settings.reflexio_url, settings.reflexio_api_key.get_secret_value())
    pace = settings.reflexio_requests_per_minute

    async def read_image(site: str, image_id: str) -> bytes | None:
        found = await parts.images.read(image_id, (site,))
        return found.data if found else None

    forwarder = Forwarder(journal, client, engine, parts.sites, read_image, requests_per_minute=pace)
    if sends:
        parts.running.append(("forwarder", forwarder.run))
    return forwarder


def _parts(settings: Settings) -> Parts:
    """The beginning of a process: its server is set by the caller."""
    sites = _sites(settings)
    auth = Auth(sites, settings.data_dir / "secret")
    return Parts(settings, sites, auth, open_images(settings), asyncio.Event())


def build(settings: Settings, worker: int = 0) -> Parts:
    """A whole collector in one process. Raises ServiceError, EngineError, SitesError, SpoolBusy."""
    prepare_folder(settings.data_dir)
    parts = _parts(settings)
    intake = _intake(parts, worker)
    engine = open_engine(settings, writers=2)  # the writer's and that of embeddings
    if settings.workers == 1:
        bring_up_to_date(engine, settings)
    intake.join(parts)
    app = _reading(parts, engine, [intake.spool], intake, replays=worker == 0)
    parts.drain += [intake.close, engine.close, parts.images.close]
    parts.server = Server(_config(app, settings, batch=intake.endpoint))
    return parts


def build_intake(settings: Settings, worker: int, engine_socket: Path) -> Parts:
    """A process that takes beacons and passes everything else to the engine's process."""
    parts = _parts(settings)
    intake = _intake(parts, worker, delivered_elsewhere=True)
    intake.join(parts)
    proxy = EngineProxy(engine_socket)
    parts.drain += [intake.close, proxy.close, parts.images.close]
    rest = ahead(publish_endpoints(intake.publish), proxy)
    app = pages_and(intake.endpoint, _upload(parts, intake.endpoint), parts.sites, rest)
    parts.server = Server(_config(app, settings, batch=intake.endpoint))
    return parts


def build_engine(settings: Settings, engine_socket: Path) -> Parts:
    """The process that has the embedded engine: delivers what all intake processes spooled, and answers."""
    parts = _parts(settings)
    engine = open_engine(settings, writers=settings.workers + 2)
    bring_up_to_date(engine, settings)
    readers = [SpoolReader(spool_folder(settings, worker)) for worker in range(settings.workers)]
    app = _reading(parts, engine, readers, None, replays=True)
    parts.drain += [engine.close, parts.images.close]
    parts.server = Server(_config(app, settings, engine_socket))
    return parts


def adopt_spools(settings: Settings) -> None:
    """Move what a start with more workers left behind to the first one. Raises SpoolBusy, OSError."""
    for folder in sorted((settings.data_dir / "spool").glob("[0-9]*")):
        if int(folder.name) >= settings.workers:
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
