"""The front as a process: start, steer, kill, start again on the same port."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from tests.support.ports import free_port

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 30.0


class Armed:
    """A fault in force; as a context manager it ends, with all others, when the block does."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._front.running:
            self._front.clear()


class Front:
    """`with Front(tmp_path / "db") as front, front.connect() as client: ...`; `get_client(dsn=front.url)`."""

    host = "127.0.0.1"

    def __init__(
        self,
        path: Path | str,
        *,
        user: str = "default",
        password: str = "secret",
        database: str = "default",
        port: int = 0,
        also: Mapping[str, str] | None = None,
    ) -> None:
        self.path, self.port, self.database = str(path), port, database
        self.user, self.password, self._also = user, password, dict(also or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """http://user:password@127.0.0.1:port/database"""
        user, password = quote(self.user, safe=""), quote(self.password, safe="")
        return f"http://{user}:{password}@{self.host}:{self.port}/{self.database}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the front is not running"
        return self._process.pid

    def start(self) -> Self:
        """Returns when it answers. Raises RuntimeError when it ends, or is not ready in time, instead."""
        assert not self.running, "the front is running already"
        self.port = self.port or free_port()
        command = [sys.executable, "-m", "tests.support.clickhouse_front", "--announce", "--with-parent"]
        command += ["--path", self.path, "--host", self.host, "--port", str(self.port)]
        command += ["--user", self.user, "--password", self.password]
        for name, password in self._also.items():
            command += ["--also", name, password]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _START_SECONDS)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            self.kill()
            raise RuntimeError(f"the front did not start: {'it ended' if ready else 'no answer in time'}")
        self.port = int(json.loads(line)["port"])
        return self

    def connect(self, **options: Any) -> Client:
        """A client of the library that the product uses, with `get_client`'s options; close it."""
        whose: dict[str, Any] = {"username": self.user, "password": self.password}
        client = clickhouse_connect.get_client(host=self.host, port=self.port, **(whose | options))
        assert isinstance(client, Client)
        return client

    def http(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """A bare request, (status, headers, body); Accept_Encoding="gzip" names a header."""
        sent = {"X-ClickHouse-User": self.user, "X-ClickHouse-Key": self.password}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that takes long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def restart(self) -> Self:
        """Stops it where it runs, and starts it on the same port and folder."""
        self.stop()
        return self.start()

    def fault(
        self,
        kind: str,
        *,
        match: str | None = None,
        count: int | None = None,
        code: int | None = None,
        status: int | None = None,
        message: str | None = None,
        then: str | None = None,
    ) -> Armed:
        """Arms a fault (see `faults`) for the next `count` requests that match, or until cleared."""
        asked = {"kind": kind, "match": match, "count": count, "then": then}
        asked |= {"code": code, "status": status, "message": message}
        self._control("POST", "/__fault", {name: value for name, value in asked.items() if value is not None})
        return Armed(self)

    def clear(self) -> None:
        """Ends all faults; what hangs goes on."""
        self._control("POST", "/__fault", {"kind": "clear"})

    def stats(self) -> dict[str, Any]:
        """{"requests": {kind: n}, "faults": {kind: n}, "answers": {status: n}, "hanging": n, "armed": []}"""
        return self._control("GET", "/__stats")

    def wait_for(self, group: str, name: str, at_least: int = 1, timeout: float = 20.0) -> dict[str, Any]:
        """The stats once `stats()[group][name]` has got there. Raises TimeoutError."""
        query = urlencode({"group": group, "name": name, "at_least": at_least, "timeout": timeout})
        return self._control("GET", f"/__stats?{query}", timeout=timeout + 10)

    def _control(self, method: str, target: str, body: object = None, timeout: float = 20) -> dict[str, Any]:
        connection = HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, target, None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status == 408:
            raise TimeoutError(f"{target} was not reached: {answer}")
        if response.status != 200:
            raise ValueError(answer.get("error", answer))
        return answer

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
