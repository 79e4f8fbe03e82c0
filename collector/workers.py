"""Several processes on one listener, supervised: when one dies all stop, with a message.

With a ClickHouse server each is a whole collector. chDB locks its folder, so with the embedded engine one
more process has the engine; the others take beacons and pass everything else to it. All have spools of their
own and share the data folder's sites, salt and memory of batches.

The engine's process is the one exception: killed, for want of memory, say, it is started again, and meanwhile
beacons are taken. What it says itself that it can't go on from stops all.
"""

import asyncio
import contextlib
import ctypes
import hashlib
import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvloop
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from collector import datafolder, service, supervise, telemetry
from collector.settings import Settings
from collector.spool.lock import hold

log = telemetry.logger("workers")
Recovered = ctypes.Array[ctypes.c_bool]
"""Which workers have brought the memory of batches in line with their spools: only these are delivered from."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
MOST_ENDS, OFTEN_SECONDS = 5, 60.0
"""An engine that is killed so often in so short a time is not started again."""


def run(settings: Settings) -> None:
    """Run the processes until SIGTERM or SIGINT. Raises ServiceError when one dies."""
    datafolder.prepare_folder(settings.data_dir)
    with (
        hold(settings.data_dir / "lock"),  # or the metrics of one that runs would be deleted
        supervise.listen(settings) as listener,
        tempfile.TemporaryDirectory(prefix="collector-") as sockets,
        _metrics_folder(settings.data_dir) as metrics,
    ):
        _share_metrics(settings, metrics)
        socket_path = Path(sockets) / "engine"
        spawn = multiprocessing.get_context("spawn")
        # plain shared memory: a process that is killed can't leave a lock on it
        recovered = spawn.RawArray(ctypes.c_bool, settings.workers)
        engine: list[_EngineProcess] = []
        service.adopt_spools(settings)
        if settings.embedded:
            engine.append(
                _EngineProcess(
                    lambda: spawn.Process(name="engine", target=_engine, args=(settings, socket_path, recovered))
                )
            )
        else:
            service.prepare_database(settings)
        intake: list[BaseProcess] = [
            spawn.Process(
                name=f"worker {index}",
                target=_worker,
                args=(settings, index, listener, socket_path if settings.embedded else None, recovered),
            )
            for index in range(settings.workers)
        ]
        _supervise(engine, intake)


@contextlib.contextmanager
def _metrics_folder(data_dir: Path) -> Iterator[Path]:
    """An empty folder in memory, where the system has one for that, to which `metrics` in the data folder leads: what
    processes count is mapped, and a process that touches a new page on a full disk is killed (SIGBUS)."""
    name = data_dir / "metrics"
    if name.is_symlink():
        name.unlink()
    shutil.rmtree(name, ignore_errors=True)
    digest = hashlib.blake2b(os.fsencode(data_dir.resolve()), digest_size=8).hexdigest()
    folder = _MEMORY / f"collector-{os.geteuid()}-{digest}"
    shutil.rmtree(folder, ignore_errors=True)  # of a start that was killed
    try:
        folder.mkdir(mode=0o700)
    except OSError:
        folder = name
        folder.mkdir()
    else:
        name.symlink_to(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _share_metrics(settings: Settings, folder: Path) -> None:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    supervise.serve_metrics(settings, registry)


class _EngineProcess:
    """The engine's process, started again where another hand ended it."""

    def __init__(self, make: Callable[[], BaseProcess]) -> None:
        self._make = make
        self._ends: deque[float] = deque(maxlen=MOST_ENDS)
        self.process = make()

    def again(self) -> bool:
        """Start it once more, if it was killed, and not too often."""
        self._ends.append(time.monotonic())
        self.process.join()  # its end is seen a moment before its status is
        mark_process_dead(self.process.pid)  # type: ignore[no-untyped-call]  # or what it had open counts for ever
        status = self.process.exitcode or 0
        often = len(self._ends) == MOST_ENDS and self._ends[-1] - self._ends[0] < OFTEN_SECONDS
        if status >= 0 or often:
            return False
        log.error("the engine's process was killed and is started again; beacons are kept meanwhile", status=status)
        self.process = self._make()
        self.process.start()
        return True


def _supervise(engine: list[_EngineProcess], intake: list[BaseProcess]) -> None:
    """Start all, wait, stop intake first, so that the engine stores what it sealed."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        _stop(intake)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    for process in (*_processes(engine), *intake):
        process.start()
    while not stopping:
        ended = wait([process.sentinel for process in (*_processes(engine), *intake)])
        killed = [one for one in engine if one.process.sentinel in ended]
        if stopping or len(ended) > len(killed) or not all(one.again() for one in killed):
            break
    died = not stopping
    _stop(intake)  # after a signal, those that were not started yet when it came
    for process in intake:
        process.join()
    _stop(_processes(engine))
    for process in _processes(engine):
        process.join()
    # one that was told to stop before it was up knows no better than the signal's default
    failed = [p for p in (*_processes(engine), *intake) if p.exitcode not in (0, -signal.SIGTERM)]
    if died or failed:
        names = ", ".join(f"{process.name} (status {process.exitcode})" for process in failed) or "a process"
        raise supervise.ServiceError(
            f"{names} ended by itself; its log lines say why, or the system's if it was killed"
        )


def _processes(engine: list[_EngineProcess]) -> list[BaseProcess]:
    return [one.process for one in engine]


def _stop(processes: list[BaseProcess]) -> None:
    for process in processes:
        if process.is_alive():
            process.terminate()


def _engine(settings: Settings, socket_path: Path, recovered: Recovered) -> None:
    _run(settings, lambda: service.build_engine(settings, socket_path, lambda worker: recovered[worker]), None)


def _worker(
    settings: Settings, index: int, listener: socket.socket, socket_path: Path | None, recovered: Recovered
) -> None:
    def say() -> None:
        recovered[index] = True

    if socket_path is None:
        _run(settings, lambda: service.build(settings, index), listener)
    else:
        _run(settings, lambda: service.build_intake(settings, index, socket_path, say), listener)


def _run(settings: Settings, build: Callable[[], supervise.Parts], listener: socket.socket | None) -> None:
    """The body of a process. SIGINT goes to the whole terminal group; the parent says when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    telemetry.configure_logs(settings.log_format, settings.log_level)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()

    def ready(_: supervise.Parts, port: int) -> None:
        if listener:
            datafolder.note_address(settings, port)

    async def main() -> None:
        await supervise.run(build(), on_ready=ready, listener=listener, signals=(signal.SIGTERM,))

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    except service.KNOWN_ERRORS as error:
        log.critical("a process can't go on", problem=str(error))
        raise SystemExit(1) from error


def _end_with_parent() -> None:
    """Killed, the parent can't stop us: what we have is on disk, and port and folders must be free for the next
    start. On a thread, since opening the engine keeps the event loop busy for seconds."""
    parent = multiprocessing.parent_process()
    if parent:
        wait([parent.sentinel])
        os._exit(1)
