"""An S3-speaking server in its own process, on a free port of loopback, with one bucket. It forgets when stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from tests.support.collector import eventually
from tests.support.ports import free_port

BUCKET = "pictures"


class S3:
    """`start`, `stop`; `environment` is what a client needs to find it."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.environment: Mapping[str, str] = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "a-key",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
            "AWS_REGION": "us-east-1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._answers, seconds=60)
        assert httpx.put(f"{self.url}/{BUCKET}").status_code == 200

    def hang(self) -> None:
        """Take connections and answer nothing, until `wake`."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def objects(self) -> list[str]:
        """The names in the bucket."""
        text = httpx.get(f"{self.url}/{BUCKET}").text
        return sorted(part.partition("</Key>")[0] for part in text.split("<Key>")[1:])

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/moto-api/").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def running_s3() -> Iterator[S3]:
    """Run one; its environment is this process's, and so that of the collectors it starts."""
    server = S3()
    before = {name: os.environ.get(name) for name in server.environment}
    os.environ.update(server.environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
