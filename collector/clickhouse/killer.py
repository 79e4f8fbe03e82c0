"""Ends what runs in an engine, from outside."""

import threading
from collections.abc import Callable

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector import telemetry

log = telemetry.logger("clickhouse")


class Killer:
    """Has a client of its own, since the others are busy; `connect` makes it."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._client: Client | None = None
        self._lock = threading.Lock()

    def kill(self, tag: str) -> None:
        """End the question with this tag, if it runs. Does not raise: it ends at its time limit anyway."""
        self._command("KILL QUERY WHERE startsWith(query, {tag:String}) ASYNC", {"tag": tag})

    def merges(self, may_run: bool) -> None:
        """End merges that are under way and let none begin, or let them again. Does not raise: they end by themselves."""
        self._command("SYSTEM START MERGES" if may_run else "SYSTEM STOP MERGES", {})

    def _command(self, sql: str, parameters: dict[str, str]) -> None:
        with self._lock:
            try:
                self._client = self._client or self._connect()
                self._client.command(sql, parameters=parameters)
            except (ClickHouseError, OSError) as error:
                log.warning("what runs in the engine could not be ended", statement=sql[:40], problem=str(error)[:300])

    def close(self) -> None:
        """Let go of the client."""
        if self._client:
            self._client.close()
