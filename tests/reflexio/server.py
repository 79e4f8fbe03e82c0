"""Starts and stops the real server; asks it through its own client's calls."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx

SCRIPT = Path(__file__).with_name("server.sh")
PORT = 18071
KEY = "test-key"


class RealServer:
    """What `server.sh` runs. `mode`: `fts`, words only, or `vec`, with embeddings made on this machine."""

    def __init__(self, folder: Path, mode: str = "fts", port: int = PORT) -> None:
        self.folder = folder
        self.mode = mode
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        # its rate limit counts by address, so each test has to be sparing with calls
        self.http = httpx.Client(
            base_url=self.url, timeout=60, headers={"authorization": f"Bearer {KEY}", "user-agent": "reflexio-client"}
        )

    def start(self) -> None:
        self._run("start", self.mode, str(self.port))

    def stop(self) -> None:
        """SIGKILL to the server and its workers."""
        self._run("stop")

    def _run(self, *arguments: str) -> None:
        environment = {**os.environ, "REFLEXIO_DIR": str(self.folder)}
        subprocess.run(["bash", str(SCRIPT), *arguments], check=True, env=environment)

    def interactions(self, user_id: str) -> list[dict[str, Any]]:
        """All of a user's interactions, oldest first."""
        answer = self.http.post("/api/get_interactions", json={"user_id": user_id, "top_k": 1000})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["interactions"]
        return sorted(found, key=lambda one: one["interaction_id"])

    def by_client(self, user_id: str) -> list[dict[str, Any]]:
        """The same through Reflexio's Python client, which the server's own environment has."""

        code = (
            "import json, sys, reflexio\n"
            f"client = reflexio.ReflexioClient(api_key={KEY!r}, url_endpoint={self.url!r})\n"
            "found = client.get_interactions(user_id=sys.argv[1], top_k=1000).interactions\n"
            "print(json.dumps([one.model_dump(mode='json') for one in found]))\n"
        )
        done = subprocess.run(
            [str(self.folder / "venv" / "bin" / "python"), "-c", code, user_id],
            check=True,
            capture_output=True,
            text=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return sorted(found, key=lambda one: one["interaction_id"])
