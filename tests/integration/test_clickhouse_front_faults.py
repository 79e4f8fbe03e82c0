"""The stand-in for a ClickHouse server on its bad days: each fault does what it says."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from tests.support.clickhouse_front import Front
from tests.support.clickhouse_front.fixtures import DEDUP, TABLE, client, front, insert, running, stored

__all__ = ["client", "front", "running"]  # fixtures


def test_refused_connection(front: Front, client: Client) -> None:
    with front.fault("refuse"):
        with pytest.raises(OperationalError):
            client.command("CREATE TABLE never (a Int8) ENGINE = Memory")
        assert not client.ping()
    assert client.ping()
    assert client.command("EXISTS never") == 0


def test_hang_until_cleared(front: Front, client: Client) -> None:
    front.fault("hang", match="insert")
    before = front.stats()["faults"].get("hang", 0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(insert, client)
        assert front.wait_for("faults", "hang", before + 1)["hanging"] == 1
        assert not waiting.done()
        front.clear()
        assert waiting.exception() is None, "the library repeats it once"
    assert front.stats()["hanging"] == 0
    assert stored(client) == 1000


def test_hang_outlives_its_client_and_is_applied_late(front: Front, client: Client) -> None:
    with front.connect(send_receive_timeout=1) as hasty:
        front.fault("hang", match="insert", count=1, then="apply")
        with pytest.raises(OperationalError):
            insert(hasty, token="late")
        insert(client, token="late")
    answers = front.stats()["answers"]["200"]
    front.clear()
    front.wait_for("answers", "200", answers + 2)
    assert stored(client) == 1000


@pytest.mark.parametrize("compression", [None, "zstd"])
def test_reset_in_the_middle_of_an_insert(front: Front, client: Client, compression: str | None) -> None:
    data = b"".join(b'{"a": %d, "s": "%s"}\n' % (n, uuid.uuid4().hex.encode()) for n in range(50_000))
    body = import_module("backports.zstd").compress(data) if compression else data
    front.fault("reset_mid_insert", count=2)
    with pytest.raises(OperationalError):
        insert(client, body, token="big", compression=compression)
    assert stored(client) == 0
    insert(client, body, token="big", compression=compression)
    assert stored(client) == 50_000


def test_applied_insert_whose_answer_is_lost(front: Front, client: Client) -> None:
    with front.connect(compress="lz4") as compressing:
        front.fault("apply_then_drop", count=4)
        with pytest.raises(OperationalError):
            insert(client, token="lost")
        with pytest.raises(OperationalError):
            compressing.insert("t", [[5000, "x"]], ["a", "s"])
    assert stored(client) == 1001, "the table drops the block that the library sends again"
    insert(client, token="lost")
    assert stored(client) == 1001


@pytest.mark.parametrize(
    ("kind", "options", "code", "status"),
    [
        ("error", {"match": "insert"}, 1002, 500),
        ("error", {"code": 209}, 209, 503),
        ("error", {"code": 319, "status": 500}, 319, 500),
        ("too_many_parts", {}, 252, 500),
        ("memory_limit", {}, 241, 500),
        ("auth_revoked", {}, 516, 403),
        ("read_only", {}, 164, 500),
    ],
)
def test_refusals(front: Front, client: Client, kind: str, options: dict[str, Any], code: int, status: int) -> None:
    answers = front.stats()["answers"].get(str(status), 0)
    front.fault(kind, count=2, **options)
    for _ in range(2):
        with pytest.raises(DatabaseError) as caught:
            insert(client, token=kind)
        assert caught.value.code == code
    assert front.stats()["answers"][str(status)] == answers + 2
    insert(client, token=kind)
    assert stored(client) == 1000


def test_a_fault_meets_its_kind_only(front: Front, client: Client) -> None:
    before = front.stats()
    with front.fault("memory_limit", match="select"):
        insert(client)
        with pytest.raises(DatabaseError, match="memory limit"):
            client.query("SELECT 1")
        assert front.stats()["armed"] == ["memory_limit"]
    assert stored(client) == 1000
    after = front.stats()
    assert after["requests"]["insert"] == before["requests"].get("insert", 0) + 1
    assert after["faults"]["memory_limit"] == before["faults"].get("memory_limit", 0) + 1


def test_unknown_faults_are_refused(front: Front) -> None:
    with pytest.raises(ValueError, match="'nap' is none of"):
        front.fault("nap")


def test_killed_and_started_again_it_has_its_rows_and_its_tokens(tmp_path: Path) -> None:
    with Front(tmp_path / "db") as front:
        with front.connect() as client:
            client.command(f"{TABLE} {DEDUP}")
            insert(client, token="before")
            port = front.port
            with pytest.raises(RuntimeError, match="did not start"):
                Front(tmp_path / "db").start()
            front.kill()
            with pytest.raises(OperationalError):
                stored(client)
            front.start()
            assert front.port == port
            insert(client, token="before")
            assert stored(client) == 1000
            front.restart()
            assert stored(client) == 1000
        front.fault("hang")
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(front.http, "POST", "/", b"SELECT 1")
            front.wait_for("faults", "hang")
            front.stop()
            assert isinstance(lost.exception(), ConnectionError)
