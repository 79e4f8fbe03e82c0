"""A real collector in its own process, on a free port of loopback, for tests."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx

from tests.support import forked, ports

WRITE_KEY = "pk_test_key"
ADMIN_KEY = "admin-key-for-tests"
ORIGIN = "http://shop.test"
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
T = TypeVar("T")
PATIENCE = 120.0
"""Seconds. It matters only where something fails: a busy disk can keep a small machine waiting for half a minute."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def uuid7() -> str:
    """A version 7 UUID: time in front, as the snippet makes them."""
    value = (now_ms() << 80) | (7 << 76) | (uuid.uuid4().int & ((1 << 76) - 1))
    return str(uuid.UUID(int=value & ~(3 << 62) | (2 << 62)))


def event(kind: str = "click", **fields: Any) -> dict[str, Any]:
    """One event in wire names."""
    return {"event_id": uuid7(), "at": now_ms(), "type": kind, "url": "https://shop.test/p", **fields}


def batch(*events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """One batch in wire names; without events, one click."""
    return {
        "v": 1,
        "batch_id": uuid7(),
        "sent_at": now_ms(),
        "session_id": "0193a5c0-0000-7000-8000-00000000005e",
        "visitor_id": "0193a5c0-0000-7000-8000-0000000000f1",
        "events": list(events) or [event()],
        **fields,
    }


def eventually(
    look: Callable[[], T], wanted: Callable[[T], bool] = bool, seconds: float = PATIENCE, longest_pause: float = 0.1
) -> T:
    """Ask again until the answer is as wanted; fails with the last answer. Ever less often: asking costs the one who is
    waited for."""
    deadline = time.monotonic() + seconds
    pause = 0.01
    while True:
        found = look()
        if wanted(found):
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s; last seen: {found!r:.2000}"
        time.sleep(pause)
        pause = min(longest_pause, pause * 1.5)


KNOWN: "weakref.WeakSet[Collector]" = weakref.WeakSet()
"""Those of this process of tests; what a test that failed had to do with stands in their logs."""


class Collector:
    """`with Collector(tmp_path) as collector:` - ready when entered, stopped when left."""

    developer_mode = False
    """Python's: more is checked, and all is a third slower."""
    forked = forked.POSSIBLE
    """Started sooner; for measuring it is started as it is in production."""
    prepared = True
    """A new data folder has an engine with all tables already: a second sooner."""

    def __init__(self, data_dir: Path, *, port: int = 0, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = port or ports.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "COLLECTOR_SITES": f"shop={WRITE_KEY}@{ORIGIN}",
            "COLLECTOR_ADMIN_KEY": ADMIN_KEY,
            "COLLECTOR_SEGMENT_MAX_AGE_MS": "100",
            **{f"COLLECTOR_{name.upper()}": value for name, value in settings.items()},
        }
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | forked.Forked | None = None
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE)
        KNOWN.add(self)

    def __enter__(self) -> "Collector":
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.http.close()
        if self.process and self.process.poll() is None:
            code = self.stop()
            assert kind is not None or code == 0, f"the collector ended with {code}:\n{self.log_text()[-3000:]}"

    def __del__(self) -> None:
        """A test that failed half-way must not leave a process behind."""
        self.http.close()
        if self.process and self.process.poll() is None:
            self.kill()

    def start(self, *, ready: bool = True) -> "Collector":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
        environment |= (
            self.environment
            | self.settings
            | {
                "COLLECTOR_DATA_DIR": str(self.data_dir),
                "COLLECTOR_PORT": str(self.port),
            }
        )
        if self.prepared and not self.data_dir.exists() and "COLLECTOR_CLICKHOUSE_URL" not in self.settings:
            shutil.copytree(new_engine(), self.data_dir / "clickhouse", symlinks=True)
        with self.log.open("ab") as log:
            if self.forked and not self.developer_mode and not self.environment:
                self.process = forked.Forked("collector", ["serve"], environment, log.fileno())
            else:
                checks = ["-W", "error::ResourceWarning", *(["-X", "dev"] if self.developer_mode else [])]
                command = [sys.executable, *checks, "-m", "collector", "serve"]
                self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        if ready:
            try:
                eventually(self.answers)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{self._threads()}") from error
        return self

    def _threads(self) -> str:
        """The end of the log, and what each thread is at, of one that does not answer."""
        if isinstance(self.process, forked.Forked):
            self.process.send_signal(signal.SIGUSR1)
            with suppress(AssertionError):
                eventually(lambda: "most recent call first" in self.log_text(), seconds=5)
        return self.log_text()[-6000:]

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the collector ended:\n{self.log_text()[-3000:]}"
        try:
            return self.http.get("/v1/sites").status_code == httpx.codes.UNAUTHORIZED  # by who has the engine
        except httpx.TransportError:
            return False

    def stop(self, seconds: float = PATIENCE) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{error}\n{self._threads()}") from error

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def run(self, *arguments: str) -> str:
        """Run a `collector` command on this data folder; returns what it printed. Fails unless it succeeds."""
        environment = {**os.environ, "COLLECTOR_DATA_DIR": str(self.data_dir), "COLUMNS": "200", "NO_COLOR": "1"}
        done = forked.run("collector", arguments, environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def log_text(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def send(
        self, body: Mapping[str, Any] | bytes, *, key: str = WRITE_KEY, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """POST a batch as a page would."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"origin": ORIGIN, "user-agent": BROWSER, "content-type": "text/plain;charset=UTF-8"}
        return self.http.post(f"/v1/batch?k={key}", content=content, headers={**given, **(headers or {})})

    def upload(self, data: bytes, *, key: str = WRITE_KEY, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """POST an image as a page would: without a media type, and so without a preflight."""
        given = {"origin": ORIGIN, "user-agent": BROWSER}
        return self.http.post(f"/v1/images?k={key}", content=data, headers={**given, **(headers or {})})

    def get(
        self, path: str, key: str = ADMIN_KEY, headers: Mapping[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        return self.http.get(path, params=query, headers={"authorization": f"Bearer {key}", **(headers or {})})

    def rows(self, **query: Any) -> list[dict[str, Any]]:
        """All interactions of a window through the export, newest first."""
        answer = self.get("/v1/interactions", headers={"accept": "application/x-ndjson"}, **query)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    def rows_when(self, count: int, **query: Any) -> list[dict[str, Any]]:
        """The interactions, once there are `count`."""
        return eventually(lambda: self.rows(**query), lambda rows: len(rows) >= count)


@cache
def new_engine() -> Path:
    """The engine's folder as a first start leaves it."""
    folder = Path(tempfile.mkdtemp(prefix="new-engine-"))
    atexit.register(shutil.rmtree, folder)
    first = Collector(folder / "data")
    first.prepared = False
    with first:
        return folder / "data" / "clickhouse"
