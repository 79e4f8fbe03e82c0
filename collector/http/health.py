"""Health and metrics: is the process there, can it take and store what arrives."""

import shutil
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.clickhouse import Engine
from collector.delivery.writer import Writer
from collector.spool import Spool

LEAST_FREE_BYTES = 64 * 1024 * 1024


@dataclass
class Health:
    """The handlers, with what they look at."""

    spool: Spool
    writer: Writer
    engine: Engine
    multiprocess: bool = False

    async def alive(self, _: Request) -> Response:
        """The process answers. Reflexio's `/health` has the same body."""
        return JSONResponse({"status": "healthy"})

    async def ready(self, _: Request) -> Response:
        """200 when beacons can be kept; the engine being away does not stop that and shows as `degraded`."""
        spool = self._spool()
        engine = await self._engine()
        status = "ready" if engine["ok"] else "degraded"
        if not spool["ok"]:
            status = "unavailable"
        body = {"status": status, "spool": spool, "engine": engine}
        return JSONResponse(body, 200 if spool["ok"] else 503)

    def _spool(self) -> dict[str, Any]:
        limits = self.spool.limits
        free = shutil.disk_usage(self.spool.folder).free
        full = self.spool.full or self.spool.size >= limits.budget or free < min(LEAST_FREE_BYTES, limits.budget)
        report: dict[str, Any] = {
            "ok": not full and not self.spool.broken,
            "bytes": self.spool.size,
            "budget": limits.budget,
            "waiting_segments": self.spool.backlog,
        }
        if full:
            report["problem"] = "the disk or its budget (COLLECTOR_SPOOL_MAX_BYTES) is spent"
        if self.spool.broken:
            report["problem"] = self.spool.broken
        return report

    async def _engine(self) -> dict[str, Any]:
        try:
            await self.engine.rows("SELECT 1 AS one")
        except (ClickHouseError, OSError) as error:
            return {"ok": False, "problem": str(error).splitlines()[0][:300]}
        if self.writer.last_error:
            return {"ok": False, "problem": f"the last insert failed: {self.writer.last_error}"}
        return {"ok": True}

    async def metrics(self, _: Request) -> Response:
        registry = REGISTRY
        if self.multiprocess:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
