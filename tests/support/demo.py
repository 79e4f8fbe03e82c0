"""`collector demo` in a process of its own, for tests."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support import forked
from tests.support.collector import eventually

Row = dict[str, Any]


class Demo:
    """`collector demo` in a process of its own, with data that stays between starts."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        self.arguments = arguments
        self.settings = {f"COLLECTOR_{name.upper()}": value for name, value in settings.items()}
        self.folder = folder
        self.port = self.shop_port = 0
        self.log = folder / "demo.log"
        self.process: subprocess.Popen[bytes] | forked.Forked | None = None

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COLLECTOR_")}
        environment |= self.settings
        command = ["demo", "--no-open", "--data-dir", str(self.folder / "data")]
        command += ["--port", str(self.port), "--shop-port", str(self.shop_port), *self.arguments]
        with self.log.open("wb") as log:
            if forked.POSSIBLE:
                self.process = forked.Forked("collector", command, environment, log.fileno())
            else:
                command = [sys.executable, "-m", "collector", *command]
                self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        told = eventually(self._told, lambda text: "Stop with Ctrl-C" in text, seconds=60)
        self.shop = re.search(r"The shop\s+(\S+)", told)[1]  # type: ignore[index]
        self.api = re.search(r"API\s+(\S+)/docs", told)[1]  # type: ignore[index]
        self.key = re.search(r"A key to read\s+(\S+)", told)[1]  # type: ignore[index]
        self.port, self.shop_port = int(self.api.rpartition(":")[2]), int(self.shop.rpartition(":")[2])

    def _told(self) -> str:
        assert self.process is not None and self.process.poll() is None, self.log.read_text("utf-8")
        return self.log.read_text("utf-8")

    def rows(self) -> list[Row]:
        """All interactions, oldest first."""
        headers = {"authorization": f"Bearer {self.key}", "accept": "application/x-ndjson"}
        answer = httpx.get(f"{self.api}/v1/interactions", headers=headers, timeout=60)
        return [json.loads(line) for line in answer.raise_for_status().text.splitlines()][::-1]

    def row(self, name: str, **fields: Any) -> Row:
        """The newest row of this event name and these fields, once it is there."""

        def look() -> list[Row]:
            wanted = {"event_name": name, **fields}.items()
            return [row for row in self.rows() if wanted <= {k: v for k, v in row.items() if k != "props"}.items()]

        return eventually(look)[-1]
