"""Health and metrics: is the process there, can it take and store what arrives."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass
class Health:
    """The handlers, with what they look at."""

    settings: Settings
    spools: Sequence[Spool | SpoolReader]
    writers: Sequence[Writer]
    engine: Engine
    images: Images

    async def alive(self, _: Request) -> Response:
        """The process answers. Reflexio's `/health` has the same body."""
        return JSONResponse({"status": "healthy"})

    async def ready(self, _: Request) -> Response:
        """200 when beacons can be kept; the engine being away does not stop that and shows as `degraded`, as do images
        that can't be written."""
        spool = self._spool()
        engine = await self._engine()
        problem = await self.images.problem()
        images = {"ok": False, "problem": problem} if problem else {"ok": True}
        status = "ready" if engine["ok"] and images["ok"] else "degraded"
        if not spool["ok"]:
            status = "unavailable"
        body = {"status": status, "spool": spool, "engine": engine, "images": images}
        return JSONResponse(body, 200 if spool["ok"] else 503)

    def _spool(self) -> dict[str, Any]:
        budget = self.settings.spool_max_bytes
        free = shutil.disk_usage(self.settings.data_dir).free
        problems = []
        for spool in self.spools:
            if isinstance(spool, SpoolReader):
                spool.look()
            elif spool.broken:
                problems.append(spool.broken)
            if spool.size >= budget or (isinstance(spool, Spool) and spool.full):
                problems.append(f"{spool.folder}: its budget (COLLECTOR_SPOOL_MAX_BYTES) or the disk is spent")
        if free < min(LEAST_FREE_BYTES, budget):
            problems.append(f"{self.settings.data_dir}: {free} bytes free; make room")
        report: dict[str, Any] = {
            "ok": not problems,
            "bytes": sum(spool.size for spool in self.spools),
            "budget": budget * len(self.spools),
            "waiting_segments": sum(spool.backlog for spool in self.spools),
        }
        if problems:
            report["problem"] = "; ".join(problems)
        return report

    async def _engine(self) -> dict[str, Any]:
        try:
            await check(self.engine)
        except (SchemaFault, ClickHouseError, OSError) as error:
            return {"ok": False, "problem": str(error).splitlines()[0][:300]}
        failed = next((writer.last_error for writer in self.writers if writer.last_error), "")
        return {"ok": False, "problem": f"the last insert failed: {failed}"} if failed else {"ok": True}

    async def metrics(self, _: Request) -> Response:
        registry = REGISTRY
        if self.settings.workers > 1:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
