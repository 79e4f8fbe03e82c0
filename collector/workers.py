"""Several processes on one listener: each is a whole collector with its own spool; they share the data
folder's sites, salt and memory of batches. For a ClickHouse server only: chDB locks its folder.
"""

import asyncio
import multiprocessing
import os
import shutil
import signal
import socket
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

import uvloop

from collector import service, telemetry
from collector.settings import Settings

log = telemetry.logger("workers")


def run(settings: Settings) -> None:
    """Run `settings.workers` processes until SIGTERM or SIGINT. Raises ServiceError when one dies."""
    service.prepare_folder(settings.data_dir)
    metrics = settings.data_dir / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    service.prepare_database(settings)
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        for worker in workers:
            worker.terminate()

    with service.listen(settings) as listener:
        spawn = multiprocessing.get_context("spawn")
        workers = [spawn.Process(target=_worker, args=(settings, index, listener)) for index in range(settings.workers)]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        for worker in workers:
            worker.start()
        wait([worker.sentinel for worker in workers])
        died = not stopping
        if died:
            stop()
        for worker in workers:
            worker.join()
    # one that was told to stop before it was up knows no better than the signal's default
    if died or any(worker.exitcode not in (0, -signal.SIGTERM) for worker in workers):
        raise service.ServiceError(f"a worker ended with {_codes(workers)}; its log says why")


def _codes(workers: list[SpawnProcess]) -> str:
    return ", ".join(f"status {worker.exitcode}" for worker in workers if worker.exitcode) or "no error"


def _worker(settings: Settings, index: int, listener: socket.socket) -> None:
    telemetry.configure_logs(settings.log_format, settings.log_level)

    async def main() -> None:
        await service.run(service.build(settings, index), on_ready=lambda *_: None, listener=listener)

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    except service.KNOWN_ERRORS as error:
        log.critical("a worker can't go on", worker=index, problem=str(error))
        raise SystemExit(1) from error
