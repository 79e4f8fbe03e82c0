"""SQL questions on the embedded engine: each in an enclosed process of its own (`collector/sandbox/asker.py`).

The process attaches our tables where their parts lie, read only, and sees what was stored when it began. It ends
when the caller goes, and when its time is over.
"""

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from collector import telemetry
from collector.analytics.adhoc import FORMATS, SqlFailed, SqlLimits, SqlNeedsServer, SqlQuestion, SqlUnavailable
from collector.clickhouse import DATABASE, Engine
from collector.sandbox import available

log = telemetry.logger("sql")

AT_ONCE = 2
GRACE_SECONDS = 5
_TABLES = """
SELECT name, toString(uuid) AS uuid, create_table_query, data_paths FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
"""


class EmbeddedAsker:
    """`root`: the engine's folder. `scratch`: a folder for the processes, emptied here."""

    def __init__(self, engine: Engine, limits: SqlLimits, root: Path, scratch: Path) -> None:
        self._engine, self._limits, self._root, self._scratch = engine, limits, root.resolve(), scratch.resolve()
        self._turn = asyncio.Semaphore(AT_ONCE)
        shutil.rmtree(self._scratch, ignore_errors=True)

    async def ask(self, question: SqlQuestion, sites: Sequence[str] | None) -> bytes:
        """See `Asker`. Cancelling it ends the process."""
        if sites is not None:
            raise SqlNeedsServer(
                "SQL on the embedded engine can't be confined to some sites; use a key for all sites, or a ClickHouse "
                "server (COLLECTOR_CLICKHOUSE_URL)"
            )
        if problem := available():
            raise SqlNeedsServer(f"SQL on the embedded engine needs a sandbox: {problem}; a ClickHouse server does not")
        async with self._turn:
            self._scratch.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as folder:
                return _answer(*await self._run(await self._job(question, folder)))

    async def _job(self, question: SqlQuestion, folder: str) -> bytes:
        tables = await self._engine.rows(_TABLES)
        job = {
            "root": str(self._root),
            "scratch": folder,
            "database": DATABASE,
            "folders": [path for table in tables for path in table["data_paths"]],
            "tables": [_attach(table["name"], table["uuid"], table["create_table_query"]) for table in tables],
            "sql": question.sql,
            "format": FORMATS[question.format][0],
            "parameters": question.bound,
            "settings": self._limits.settings,
        }
        return json.dumps(job).encode()

    async def _run(self, job: bytes) -> tuple[bytes, bytes, int]:
        """Standard output, standard error, exit code. Raises SqlFailed when the time is over."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "collector.sandbox.asker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        try:
            async with asyncio.timeout(self._limits.seconds + GRACE_SECONDS):
                out, err = await process.communicate(job)
        except TimeoutError:
            raise SqlFailed(f"Code: 159. Timeout exceeded: {self._limits.seconds} seconds") from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
        return out, err, process.returncode or 0


def _attach(name: str, uuid: str, created: str) -> str:
    """The statement that attaches a table's parts, read only, to another engine."""
    columns = created[created.index(" (") :]
    # its log would be opened for writing
    columns = re.sub(r"non_replicated_deduplication_window = \d+", "non_replicated_deduplication_window = 0", columns)
    return f"ATTACH TABLE {DATABASE}.`{name}` UUID '{uuid}'{columns}, storage_policy = 'live', table_readonly = 1"


def _environment() -> dict[str, str]:
    """Nothing of ours: settings hold secrets."""
    return {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8"}


def _answer(out: bytes, err: bytes, code: int) -> bytes:
    head, _, body = out.partition(b"\n")
    if not head:
        log.error("a process that answers SQL died", code=code, problem=err.decode(errors="replace")[-2000:])
        if code < 0:
            raise SqlFailed("the question ended its process; it may need less memory")
        raise SqlUnavailable("the process that answers SQL could not start; the log says more")
    told = json.loads(head)
    if not told["ok"]:
        raise SqlFailed(told["message"])
    return body
