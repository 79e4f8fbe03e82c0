"""The stand-in for a ClickHouse server, driven by the client library that the product uses."""

from __future__ import annotations

import gzip
import json
import uuid
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from collector.clickhouse import raw_query
from tests.support.clickhouse_front import Front
from tests.support.clickhouse_front.fixtures import ROWS, client, front, insert, running, stored
from tests.support.clickhouse_front.statement import split_insert

__all__ = ["client", "front", "running"]  # fixtures


def test_url_as_the_product_takes_it(front: Front) -> None:
    with clickhouse_connect.get_client(dsn=front.url) as client:
        assert client.command("SELECT currentDatabase()") == "default"
        assert client.ping()


def test_ddl_insert_and_query(client: Client) -> None:
    summary = client.insert("t", [[1, "one"], [2, "two"]], ["a", "s"])
    assert summary.written_rows == 2
    client.command("INSERT INTO t VALUES (3, 'three')")
    client.command("INSERT INTO t SELECT a + 3, s FROM t")
    assert client.query("SELECT a FROM t ORDER BY a").result_columns == [[1, 2, 3, 4, 5, 6]]
    assert client.query("SELECT * FROM t LIMIT 0").column_names == ("a", "s")
    assert client.command("SELECT a FROM t WHERE a = 99") == ""


def test_a_token_is_inserted_once_and_counts_for_its_statement_only(client: Client) -> None:
    insert(client, token="segment-1")
    insert(client, token="segment-1")
    assert stored(client) == 1000
    insert(client, token="segment-2")
    assert stored(client) == 2000
    insert(client)
    insert(client)
    assert stored(client) == 3000, "without a token equal blocks are one"
    assert client.command("SELECT getSetting('insert_deduplication_token')") == ""


def test_native_types_and_parameters(client: Client) -> None:
    at, known = datetime(2026, 3, 29, 1, 59, 59, 123000, tzinfo=UTC), uuid.uuid4()
    client.command(
        "CREATE OR REPLACE TABLE types (d DateTime64(3, 'UTC'), n Nullable(Float64), "
        "l LowCardinality(String), u UUID, x Array(String)) ENGINE = MergeTree ORDER BY d"
    )
    row = [at, None, "ü'\\\t", known, ["a", "b'c"]]
    client.insert("types", [row], ["d", "n", "l", "u", "x"])
    found = client.query(
        "SELECT * FROM types WHERE d = {d:DateTime64(3, 'UTC')} AND l = {l:String} AND u = {u:UUID} "
        "AND x = {x:Array(String)} AND has({ids:Array(UInt64)}, 7)",
        parameters={"d": at, "l": row[2], "u": known, "x": row[4], "ids": [5, 7]},
        tz_mode="aware",
    )
    assert found.result_rows == [tuple(row)]
    assert found.summary["read_rows"] == "1"


def test_parameters_too_long_for_a_url_travel_as_a_form(client: Client) -> None:
    ids = list(range(20_000))
    answer = client.query("SELECT length({ids:Array(UInt64)})", parameters={"ids": ids})
    assert answer.first_row == (20_000,)


def test_a_parameter_of_more_than_128_kib_is_refused_and_a_list_is_cut(client: Client) -> None:
    sql, ids = "SELECT countEqual({ids:Array(UInt64)}, 7), 7 IN {ids:Array(UInt64)} FORMAT CSV", list(range(40_000))
    with pytest.raises(DatabaseError, match="Field value too long"):
        client.raw_query(sql, parameters={"ids": ids})
    assert b"1,1\n" == raw_query(client, sql, {"ids": ids})


@pytest.mark.parametrize("coding", ["gzip", "lz4", "zstd", "deflate"])
def test_compressed_insert_and_answer(front: Front, client: Client, coding: str) -> None:
    compress: Callable[[bytes], bytes] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "lz4": import_module("lz4.frame").compress,
        "zstd": import_module("backports.zstd").compress,
    }[coding]
    insert(client, compress(ROWS), compression=coding)
    with front.connect(compress=coding) as compressing:
        if coding != "deflate":  # the library compresses no blocks of its own with it
            compressing.insert("t", [[n, "x" * 100] for n in range(1000, 3000)], ["a", "s"])
            assert stored(client) == 3000
        assert compressing.query("SELECT a FROM t ORDER BY a LIMIT 1000").result_columns == [list(range(1000))]
        with compressing.query_rows_stream("SELECT number, toString(number) FROM numbers(200000)") as rows:
            assert sum(1 for _ in rows) == 200_000
    _, headers, body = front.http("POST", "/?enable_http_compression=1", b"SELECT 1", Accept_Encoding=f"{coding};q=1")
    assert headers["Content-Encoding"] == coding
    assert body != b"1\n"


def test_raw_stream_of_many_rows(client: Client) -> None:
    sql = "SELECT number AS n, toString(number) AS s FROM numbers(100000)"
    with client.raw_stream(sql, fmt="JSONEachRow") as stream:
        lines = b"".join(iter(lambda: stream.read(65536), b"")).splitlines()
    assert len(lines) == 100_000
    assert {json.loads(line)["n"] for line in lines} == set(range(100_000))
    assert client.raw_query(sql + " LIMIT 2", fmt="CSV") == b'0,"0"\n1,"1"\n'


@pytest.mark.parametrize(
    ("sql", "code", "name", "status"),
    [
        ("SELECT * FROM nope", 60, "UNKNOWN_TABLE", 404),
        ("SELECT FROM WHERE", 62, "SYNTAX_ERROR", 400),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", 500),
        ('INSERT INTO t FORMAT JSONEachRow {"a": "x"}', 27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", 400),
        ("INSERT INTO t (zz) FORMAT JSONEachRow {}", 16, "NO_SUCH_COLUMN_IN_TABLE", 500),
    ],
)
def test_an_error_has_code_name_and_status(
    front: Front, client: Client, sql: str, code: int, name: str, status: int
) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.command(sql)
    assert (caught.value.code, caught.value.name) == (code, name)
    answer, headers, body = front.http("POST", "/", sql.encode())
    assert (answer, headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    assert body.startswith(b"Code: %d. DB::Exception: " % code)


def test_an_error_in_the_middle_of_a_stream(client: Client) -> None:
    sql = "SELECT throwIf(number = 900000) FROM numbers(1000000)"
    with (
        pytest.raises(StreamFailureError, match=r"Code: 395\."),
        client.query_rows_stream(sql, settings={"max_block_size": 1000, "max_threads": 1}) as rows,
    ):
        for _ in rows:
            pass


def test_plain_http(front: Front, client: Client) -> None:
    assert front.http("GET", "/ping", X_ClickHouse_User="nobody")[2] == b"Ok.\n"
    assert front.http("POST", "/?query=INSERT+INTO+t+FORMAT+TSV", b"1\tx\n2\ty\n")[0] == 200
    assert front.http("POST", "/", b"INSERT INTO t SETTINGS max_threads=1 FORMAT CSV\n3,z\n")[0] == 200
    query = "/?query=SELECT+a+FROM+t+WHERE+a>{p:UInt8}+ORDER+BY+a&param_p=1&default_format=CSV"
    status, headers, body = front.http("GET", query)
    assert (status, body) == (200, b"2\n3\n")
    assert headers["X-ClickHouse-Format"] == "CSV"
    assert front.http("GET", "/?query=TRUNCATE+TABLE+t")[1]["X-ClickHouse-Exception-Code"] == "164"
    assert front.http("POST", "/?nope=1", b"SELECT 1")[1]["X-ClickHouse-Exception-Code"] == "115"
    assert front.http("POST", "/?database=nope", b"SELECT 1")[0] == 404
    assert front.http("GET", "/nope")[0] == 404
    refused = front.http("POST", "/", b"SELECT 1", X_ClickHouse_User="nobody")
    assert (refused[0], refused[1]["X-ClickHouse-Exception-Code"]) == (403, "516")


def test_eight_clients_at_once(front: Front, client: Client) -> None:
    def work(number: int) -> None:
        with front.connect() as own:
            for round_ in range(10):
                insert(own, token=f"{number}-{round_}")
                insert(own, token=f"{number}-{round_}")
                assert own.query("SELECT {n:UInt8}", parameters={"n": number}).first_row == (number,)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert stored(client) == 8 * 10 * 1000


@pytest.mark.parametrize(
    ("sql", "parts"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,x\n", (b"INSERT INTO t ", b"", b"CSV", b"1,x\n")),
        (b"insert into t format TSV 1", (b"insert into t ", b"", b"TSV", b"1")),
        (
            b"/* FORMAT X */ INSERT INTO a.settings (`b`) SETTINGS a = 'FORMAT' FORMAT Native\r\n\x00\xff",
            (
                b"/* FORMAT X */ INSERT INTO a.settings (`b`) ",
                b"SETTINGS a = 'FORMAT' ",
                b"Native",
                b"\x00\xff",
            ),
        ),
        (b"INSERT INTO t (s) VALUES ('FORMAT CSV')", None),
        (b"INSERT INTO t SELECT a FROM input('a UInt8') FORMAT CSV 1", None),
        (b"-- INSERT INTO t FORMAT CSV\nSELECT 1 FORMAT CSV", None),
    ],
)
def test_where_an_insert_ends_and_its_data_begin(sql: bytes, parts: tuple[bytes, ...] | None) -> None:
    found = split_insert(sql)
    assert (found and (found.head, found.settings, found.format, found.data)) == parts
