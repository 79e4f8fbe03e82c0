"""The half of a collector that delivers what is spooled, and answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import anyio
from clickhouse_connect.driver.exceptions import ClickHouseError
from starlette.types import ASGIApp

from collector import telemetry
from collector.analytics.askers import open_asker
from collector.analytics.live import LiveFeed
from collector.analytics.published import Published
from collector.clickhouse import Engine
from collector.delivery.copies import Copies
from collector.delivery.forwarder import Client, Forwarder, Journal
from collector.delivery.replay import FOLDER as REPLAYS
from collector.delivery.writer import Writer, is_poison
from collector.erasure.eraser import Eraser
from collector.erasure.pending import Pending
from collector.erasure.settling import Settling
from collector.erasure.tombstones import Tombstones
from collector.halves.taking import Taking, access
from collector.http.analytics import analytics
from collector.http.answering import Answering
from collector.http.app import application
from collector.http.deleting import DeleteApi
from collector.http.forwarding import forwarding_endpoints
from collector.http.health import Health
from collector.http.images import ImageReading, image_endpoints
from collector.http.journeys import journeys
from collector.http.publishing import publish_endpoints
from collector.http.reading import Reading
from collector.http.reflexio import ReflexioApi
from collector.http.searching import Searching, search_endpoints
from collector.http.sites import sites_endpoints
from collector.http.sql import Sql, sql_endpoints
from collector.http.table import endpoints
from collector.intake.seen_file import sync
from collector.publish.publisher import storage_of
from collector.semantic.embedder import Embedder, PackagedEmbedder
from collector.semantic.filling import Filling
from collector.semantic.indexing import Indexing
from collector.semantic.remote import RemoteEmbedder
from collector.semantic.search import Search
from collector.settings import Settings
from collector.spool import Spool, SpoolReader
from collector.spool.spool import MOST_AGES
from collector.supervise import Parts

log = telemetry.logger("service")


def answering(
    parts: Parts, engine: Engine, spools: Sequence[Spool | SpoolReader], takes: Taking | None, *, replays: bool
) -> ASGIApp:
    """Writers, live feed, search, forwarder, and the application over them; joins `parts`. One process of a collector
    delivers `replays`, merges copies and forwards."""
    settings = parts.settings
    feed = LiveFeed(engine)
    if replays:
        spools = [*spools, SpoolReader(settings.data_dir / "spool" / REPLAYS)]
    memory = settings.data_dir / "seen.db"
    embedder = _embedder(settings)
    filling = Filling(engine, embedder, settings.data_dir)
    index = Indexing(engine, embedder, filling.stored, is_poison).index
    forwarder = _forwarder(parts, engine, sends=replays)

    def before_delete(batches: list[bytes]) -> None:
        if forwarder:
            forwarder.note(batches)
        sync(memory)

    tombstones = Tombstones(settings.data_dir)
    eraser = Eraser(engine, tombstones, settings.data_dir, parts.images, forwarder.journal if forwarder else None)
    writers = [
        Writer(
            spool,
            engine,
            before_delete,
            inserted=feed.stored,
            index=index,
            screen=tombstones.screen,
            ahead=eraser.learn,
        )
        for spool in spools
    ]
    health = Health(settings, spools, writers, engine, parts.images)
    search = Search(engine, embedder)
    published = Published(engine, settings.own_url)
    api = ReflexioApi(access(parts), published, search, storage_of(settings), Pending(settings.data_dir, tombstones))
    table = endpoints(
        Reading(engine, feed, parts.auth, parts.closing),
        health,
        analytics(questions := Answering(engine, parts.auth)),
        journeys(questions, search),
        search_endpoints(Searching(search, parts.auth)),
        image_endpoints(ImageReading(parts.images, parts.auth)),
        publish_endpoints(takes.publish if takes else None),
        api.endpoints(),
        DeleteApi(access(parts), eraser).endpoints(),
        forwarding_endpoints(parts.auth, forwarder),
        sql_endpoints(Sql(parts.auth, open_asker(settings, engine))),
        sites_endpoints(parts.sites, parts.auth),
        metrics=not settings.metrics_port,
    )
    parts.running += [("writer", writer.run) for writer in writers]
    parts.running += [("live feed", feed.run), ("embeddings", filling.run), ("known copies", _looking(engine))]
    if replays:
        parts.running.append(("deletions", Settling(eraser, settings.data_dir).run))
        filling_seconds = MOST_AGES * settings.segment_max_age_ms / 1000
        copies = Copies(engine, settings.copies_seconds, settings.data_dir / "spool", filling_seconds)
        parts.running.append(("copies", copies.run))
        parts.running.append(("old images", lambda: parts.images.expire_daily(settings.retention_days + 1)))

    async def deliver() -> None:
        for spool in spools:
            if isinstance(spool, SpoolReader):
                spool.look()  # intake processes seal as they end
        with anyio.move_on_after(settings.drain_seconds):
            await asyncio.gather(*[writer.drain() for writer in writers])
        log.info("delivered", left_segments=sum(spool.backlog for spool in spools))

    async def let_go() -> None:
        await asyncio.to_thread(embedder.close)

    parts.drain += [deliver, let_go]
    if forwarder:
        parts.drain.append(forwarder.close)
    return application(parts.sites, table, settings.own_url, (takes.endpoint, takes.upload) if takes else None)


def _looking(engine: Engine) -> Callable[[], Awaitable[None]]:
    """Looks for copies at the start, so that the first question need not."""

    async def look() -> None:
        try:
            await engine.look_for_copies()
        except (ClickHouseError, OSError) as error:
            log.warning("copies were not looked for; the first question will", problem=str(error)[:300])
        await asyncio.Event().wait()

    return look


def _embedder(settings: Settings) -> Embedder:
    """The one that is configured, else the packaged one."""
    if not settings.embeddings_url:
        return PackagedEmbedder()
    key = settings.embeddings_api_key.get_secret_value()
    return RemoteEmbedder(settings.embeddings_url, settings.embeddings_model, key)


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
