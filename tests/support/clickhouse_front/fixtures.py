"""Fixtures of the front's own tests: a running front, a client with an empty table t."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.clickhouse_front.process import Front

TABLE = "CREATE OR REPLACE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a"
DEDUP = "SETTINGS non_replicated_deduplication_window = 100"
ROWS = b"".join(b'{"a": %d, "s": "row %d"}\n' % (n, n) for n in range(1000))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with Front(tmp_path_factory.mktemp("front") / "db", user="shop", password="p@ss/word") as front:
        yield front


@pytest.fixture
def front(running: Front) -> Iterator[Front]:
    yield running
    running.clear()


@pytest.fixture
def client(front: Front) -> Iterator[Client]:
    with front.connect() as client:
        client.command(f"{TABLE} {DEDUP}")
        yield client


def insert(client: Client, data: bytes = ROWS, token: str = "", compression: str | None = None) -> None:
    settings = {"insert_deduplication_token": token} if token else {}
    client.raw_insert("t", ["a", "s"], data, settings=settings, fmt="JSONEachRow", compression=compression)


def stored(client: Client) -> int:
    return int(str(client.command("SELECT count() FROM t")))
