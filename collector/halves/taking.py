"""The half of a collector that takes beacons and publishes, and keeps them."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collector import supervise, telemetry
from collector.http.api import ApiAccess
from collector.http.batch import BatchEndpoint
from collector.http.gate import Gate
from collector.http.publishing import PublishApi
from collector.http.upload import ImageUpload
from collector.intake import useragent
from collector.intake.commit import Commit
from collector.intake.jumps import watch_clock
from collector.intake.seen import Seen
from collector.intake.seen_file import keep_short, prune
from collector.intake.steps import Intake
from collector.publish.publisher import Publisher, storage_of
from collector.settings import Settings
from collector.spool import Spool, SpoolFailed, SpoolLimits, Syncer
from collector.supervise import Parts, ServiceError

log = telemetry.logger("service")

PRUNE_SECONDS = 3600
LOG_SECONDS = 10
RESERVED_FILES = 512
"""Open files of the engine, the spool and the rest."""


@dataclass
class Taking:
    """Endpoints, spool and memory of batches. `upload` takes images beside them."""

    endpoint: BatchEndpoint
    publish: PublishApi
    upload: ImageUpload
    spool: Spool
    seen: Seen
    commit: Commit

    def join(self, parts: Parts) -> None:
        parts.running += [("spool", self.spool.seal_by_age), ("clock", watch_clock)]
        if self.seen.owner == 0:
            parts.running += [
                ("memory of batches", lambda: self._now_and_then(PRUNE_SECONDS, prune)),
                ("log of the memory", lambda: self._now_and_then(LOG_SECONDS, keep_short)),
            ]
        parts.drain += [self.commit.idle, self._seal]

    async def close(self) -> None:
        await self.spool.close()
        self.seen.close()

    async def _seal(self) -> None:
        try:
            await self.spool.seal()
        except SpoolFailed as error:
            log.error("the last segment could not be sealed; the next start will try again", problem=str(error))

    async def _now_and_then(self, seconds: float, work: Callable[[Path], object]) -> None:
        """Look after the memory's file; what fails, on a full disk say, is tried again the next time."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(work, self.seen.path)
            except (OSError, sqlite3.Error) as error:
                log.error("the memory of batches could not be looked after", problem=str(error))


def taking(parts: Parts, worker: int, *, delivered_elsewhere: bool = False) -> Taking:
    """Open the spool of a worker, with what a crash left behind. Raises SpoolBusy."""
    settings = parts.settings
    limits = SpoolLimits(settings.spool_share, settings.segment_max_bytes, settings.segment_max_age_ms / 1000)
    spool = Spool(spool_folder(settings, worker), limits, syncer=Syncer(), delivered_elsewhere=delivered_elsewhere)
    path = settings.data_dir / "seen.db"
    try:
        seen = Seen(path, worker, alone=settings.workers == 1)
        commit = Commit(spool, seen)
        added, released = commit.recover()
    except sqlite3.Error as error:
        raise ServiceError(
            f"COLLECTOR_DATA_DIR: {path}: {error}; make room or mend the disk, then start again"
        ) from error
    if added or released or spool.backlog:
        log.info("recovered", waiting_segments=spool.backlog, batches_found=added, claims_released=released)
    useragent.warm_up()
    intake = Intake(settings, parts.sites, commit)
    endpoint = BatchEndpoint(
        intake, _gate(settings), max_body=settings.max_body_bytes, country_header=settings.country_header
    )
    publish = PublishApi(access(parts), Publisher(commit, spool, parts.images, storage_of(settings), settings.own_url))
    upload = ImageUpload(endpoint, parts.images, most_bytes=settings.max_image_bytes, own_url=settings.own_url)
    return Taking(endpoint, publish, upload, spool, seen, commit)


def access(parts: Parts) -> ApiAccess:
    """Who may use Reflexio's API, and how often."""
    return ApiAccess(parts.auth, parts.sites, parts.settings.rate_limit_api)


def _gate(settings: Settings) -> Gate:
    most = min(settings.max_connections, supervise.raise_file_limit() - RESERVED_FILES)
    if most < settings.max_connections:
        log.warning("fewer connections than COLLECTOR_MAX_CONNECTIONS; raise the limit of open files", most=most)
    return Gate(
        most_bytes=settings.max_waiting_bytes, most_connections=max(16, most), request_seconds=settings.request_seconds
    )


def spool_folder(settings: Settings, worker: int) -> Path:
    """Where a worker's spool lies."""
    return settings.data_dir / "spool" / str(worker)
