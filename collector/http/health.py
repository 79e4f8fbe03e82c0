"""Health and metrics: is the process there, can it take and store what arrives."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.clickhouse import Engine, SchemaFault, check
from collector.delivery.writer import Writer
from collector.images import Images
from collector.settings import Settings
from collector.spool import Spool, SpoolReader

LEAST_FREE_BYTES = 64 * 1024 * 1024
PATIENCE = 2.0
"""Seconds: who asks whether we are ready has little of it."""

Report = dict[str, Any]


async def alive(_: Request) -> Response:
    """The process answers. Reflexio's `/health` has the same body."""
    return JSONResponse({"status": "healthy"})


def spool_report(settings: Settings, spools: Sequence[Spool | SpoolReader]) -> Report:
    """Whether beacons can be kept, and what else is known of the spools."""
    share = settings.spool_share
    free = shutil.disk_usage(settings.data_dir).free
    problems = []
    for spool in spools:
        if isinstance(spool, SpoolReader):
            spool.look()
        elif spool.broken:
            problems.append(spool.broken)
        if spool.size >= share or (isinstance(spool, Spool) and spool.full):
            problems.append(f"{spool.folder}: its share of COLLECTOR_SPOOL_MAX_BYTES or the disk is spent")
    if free < min(LEAST_FREE_BYTES, share):
        problems.append(f"{settings.data_dir}: {free} bytes free; make room")
    report: Report = {
        "ok": not problems,
        "bytes": sum(spool.size for spool in spools),
        "budget": settings.spool_max_bytes,
        "waiting_segments": sum(spool.backlog for spool in spools),
    }
    return report | ({"problem": "; ".join(problems)} if problems else {})


async def images_report(images: Images) -> Report:
    """Whether images can be kept."""
    problem = await images.problem()
    return {"ok": False, "problem": problem} if problem else {"ok": True}


def _told(spool: Report, engine: Report, images: Report) -> Response:
    status = "ready" if engine["ok"] and images["ok"] else "degraded"
    body = {"status": status if spool["ok"] else "unavailable", "spool": spool, "engine": engine, "images": images}
    return JSONResponse(body, 200 if spool["ok"] else 503)


@dataclass
class IntakeHealth:
    """The same in a process that takes beacons and has no engine: `ask` is for the one that has."""

    settings: Settings
    spool: Spool
    images: Images
    ask: Callable[[str], Awaitable[Report | None]]

    async def ready(self, _: Request) -> Response:
        """What the engine's process says of itself; while it is away, beacons are kept all the same."""
        own = spool_report(self.settings, [self.spool])
        told = await self.ask("/health/ready")
        if told is None:
            problem = "the process that has the database is not up yet, or gone; beacons are kept"
            return _told(own, {"ok": False, "problem": problem}, await images_report(self.images))
        return _told(told["spool"] if own["ok"] else own, told["engine"], told["images"])


@dataclass
class Health:
    """The handlers, with what they look at."""

    settings: Settings
    spools: Sequence[Spool | SpoolReader]
    writers: Sequence[Writer]
    engine: Engine
    images: Images
    _look: "asyncio.Task[str] | None" = field(default=None, init=False)

    async def ready(self, _: Request) -> Response:
        """200 when beacons can be kept; the engine being away does not stop that and shows as `degraded`, as do images
        that can't be written."""
        spool = spool_report(self.settings, self.spools)
        return _told(spool, await self._engine(), await images_report(self.images))

    async def _engine(self) -> Report:
        """One look at a time, which all who ask share: an engine that hangs must not let them pile up."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._problem())
        done, _ = await asyncio.wait([self._look], timeout=PATIENCE)
        problem = self._look.result() if done else f"no answer for {PATIENCE:g} seconds"
        failed = next((writer.last_error for writer in self.writers if writer.last_error), "")
        if not problem and failed:
            problem = f"the last insert failed: {failed}"
        return {"ok": False, "problem": problem} if problem else {"ok": True}

    async def _problem(self) -> str:
        try:
            await check(self.engine)
        except (SchemaFault, ClickHouseError, OSError) as error:
            return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        return ""

    async def metrics(self, _: Request) -> Response:
        registry = REGISTRY
        if self.settings.workers > 1:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
