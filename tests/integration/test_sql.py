"""`POST /v1/sql` on the embedded engine: what it answers, and that nothing but reading is possible.

The attacks were tried on the bare engine first: those marked (*) work there in spite of `readonly = 1`.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow.ipc
import pyarrow.parquet
import pytest

from collector.sites import Scope
from collector.wire.sql import SqlTable
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, uuid7
from tests.support.keys import key_for
from tests.support.listening import Listening
from tests.support.readme import README

SECRET = "not for everybody"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    folder = tmp_path_factory.mktemp("sql")
    with Collector(folder / "data", query_seconds="3", sql_max_rows="1000", sql_memory_bytes=str(200 << 20)) as running:
        running.send(batch(*[event("click") for _ in range(3)], user_id="someone"))
        running.rows_when(3)
        yield running


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder the process that asks has no business in, with a file to read."""
    folder: Path = tmp_path_factory.mktemp("outside")
    (folder / "secret.csv").write_text(f"{SECRET},1\n")
    return folder


def ask(collector: Collector, sql: str, key: str = ADMIN_KEY, **body: Any) -> httpx.Response:
    return collector.http.post("/v1/sql", json={"sql": sql, **body}, headers={"authorization": f"Bearer {key}"})


def count(collector: Collector) -> int:
    answer = ask(collector, "SELECT count() AS n FROM interactions")
    assert 200 == answer.status_code, answer.text
    return int(answer.json()["data"][0]["n"])


def test_answers_in_every_format(collector: Collector) -> None:
    sql = "SELECT event_name, count() AS n FROM interactions WHERE user_id = 'someone' GROUP BY event_name"
    documented = SqlTable.model_validate_json(ask(collector, f"{sql} LIMIT 9").content, extra="forbid")
    assert [{"event_name": "click", "n": 3}] == documented.data == ask(collector, sql).json()["data"]
    assert {"event_name": "click", "n": 3} == json.loads(ask(collector, sql, format="ndjson").text)
    csv = ask(collector, sql, format="csv")
    assert '"event_name","n"\n"click",3\n' == csv.text
    assert csv.headers["content-type"].startswith("text/csv")
    parquet = pyarrow.parquet.read_table(io.BytesIO(ask(collector, sql, format="parquet").content))
    arrow = pyarrow.ipc.open_stream(ask(collector, sql, format="arrow").content).read_all()
    assert [{"event_name": "click", "n": 3}] == parquet.to_pylist() == arrow.to_pylist()


def test_a_parameter_that_is_no_utf8_is_text_in_every_format(collector: Collector) -> None:
    user = uuid7()
    collector.send(batch(event(url="https://shop.test/?utm_campaign=Fr%FChling"), user_id=user))
    collector.rows_when(1, user_id=user)
    sql, row = f"SELECT utm_campaign FROM interactions WHERE user_id = '{user}'", {"utm_campaign": "Fr\ufffdhling"}
    assert [row] == ask(collector, sql).json()["data"] == [json.loads(ask(collector, sql, format="ndjson").content)]
    assert "Fr\ufffdhling" in ask(collector, sql, format="csv").content.decode()
    assert [row] == pyarrow.parquet.read_table(io.BytesIO(ask(collector, sql, format="parquet").content)).to_pylist()
    assert [row] == pyarrow.ipc.open_stream(ask(collector, sql, format="arrow").content).read_all().to_pylist()


def test_what_is_stored_is_seen_at_once(collector: Collector) -> None:
    user = uuid7()
    collector.send(batch(user_id=user))
    collector.rows_when(1, user_id=user)
    answer = ask(
        collector, "SELECT count() AS n FROM interactions FINAL WHERE user_id = {who:String}", parameters={"who": user}
    )
    assert [{"n": 1}] == answer.json()["data"]


def test_the_example_of_the_readme_gives_a_data_frame(collector: Collector) -> None:
    code = next(part for part in README.read_text("utf-8").split("```python\n") if "pandas" in part).split("```")[0]
    names: dict[str, Any] = {"KEY": ADMIN_KEY}
    exec(code.replace("http://127.0.0.1:8000", collector.url), names)
    assert 3 == (names["frame"].user_id == "someone").sum()


@pytest.mark.parametrize(
    ("kind", "value"),
    [("String", "it's \\ \t\n 'quoted'"), ("Int64", -5), ("Float64", 0.5), ("Bool", True),
     ("Array(String)", ["a'b", "c\\"]), ("Array(Int64)", [1, 2]), ("Array(String)", [])],
)  # fmt: skip
def test_parameters_arrive_as_they_were_sent(collector: Collector, kind: str, value: object) -> None:
    answer = ask(collector, f"SELECT {{it:{kind}}} AS it", parameters={"it": value})
    assert [{"it": value}] == answer.json()["data"]


def test_what_reads_about_the_tables_works(collector: Collector) -> None:
    assert {"interactions"} <= {row["name"] for row in ask(collector, "SHOW TABLES").json()["data"]}
    assert "event_name" in {row["name"] for row in ask(collector, "DESCRIBE interactions").json()["data"]}
    assert 200 == ask(collector, "EXPLAIN SELECT count() FROM interactions").status_code
    assert 200 == ask(collector, "SELECT 1 -- and a comment").status_code
    assert 200 == ask(collector, "SELECT 1;").status_code


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO interactions (site) VALUES ('evil')",
        "INSERT INTO incoming (site) VALUES ('evil')",
        "INSERT INTO FUNCTION file('{outside}/made', 'CSV', 'a String') SELECT 'x'",
        "INSERT INTO interactions FROM INFILE '{outside}/secret.csv' FORMAT CSV",
        "DROP TABLE interactions",
        "DROP DATABASE collector",
        "TRUNCATE TABLE interactions",
        "ALTER TABLE interactions DELETE WHERE 1",
        "DELETE FROM interactions WHERE 1",
        "RENAME TABLE interactions TO gone",
        "DETACH TABLE interactions",
        "OPTIMIZE TABLE interactions FINAL",
        "CREATE TABLE evil (a Int64) ENGINE = Memory",
        "CREATE TABLE evil (a String) ENGINE = File(CSV, '{outside}/secret.csv')",
        "CREATE TEMPORARY TABLE evil (a Int64)",
        "CREATE FUNCTION evil AS x -> x",
        "CREATE VIEW evil AS SELECT 1",
        "ATTACH TABLE evil (a Int64) ENGINE = MergeTree ORDER BY a",
        "ATTACH TABLE evil FROM '{outside}' (a Int64) ENGINE = MergeTree ORDER BY a",
        "ALTER TABLE interactions FREEZE",
        "BACKUP TABLE interactions TO File('{outside}/made')",
        "CREATE USER evil",
        "GRANT ALL ON *.* TO default",
        "SET readonly = 0",
        "SET max_execution_time = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 SETTINGS max_memory_usage = 0",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE interactions",
        "SELECT 1 FORMAT CSV",
        "SELECT 1 INTO OUTFILE '{outside}/made'",  # (*)
        "SELECT 1 INTO OUTFILE '{outside}/made' TRUNCATE FORMAT CSV",  # (*)
        "SELECT * FROM file('{outside}/secret.csv', 'CSV', 'a String, b Int64')",
        "SELECT file('{outside}/secret.csv')",  # (*)
        "SELECT * APPLY file FROM (SELECT '{outside}/secret.csv' AS a)",  # (*)
        "SELECT file('/etc/passwd')",  # (*)
        "SELECT file('/proc/{parent}/environ')",  # (*)
        "SELECT file('{data}/sites.toml')",  # (*)
        "SELECT file('{data}/secret')",  # (*)
        "DESCRIBE TABLE file('{outside}/secret.csv', 'CSV')",  # (*)
        "SELECT * FROM sqlite('{outside}/made', 't')",  # (*): the file was made
        "SELECT * FROM url('http://127.0.0.1:{port}/', 'CSV', 'a String')",
        "DESCRIBE TABLE url('http://127.0.0.1:{port}/', 'CSV')",  # (*)
        "DESCRIBE TABLE s3('http://127.0.0.1:{port}/bucket/key', 'CSV')",  # (*)
        "SELECT * FROM s3('http://127.0.0.1:{port}/bucket/key', 'CSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1:{port}', 'system.one')",
        "SELECT * FROM mysql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
        "SELECT * FROM postgresql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')",
        "SELECT * FROM executable('id', 'TSV', 'a String')",
        "SELECT * FROM Python(job)",
        "SELECT * FROM nothing_of_that_name",
        "SELEC 1",
    ],
)  # fmt: skip
def test_attack_is_refused_and_leaves_no_trace(collector: Collector, outside: Path, sql: str) -> None:
    assert collector.process is not None
    with Listening() as listener:
        sql = sql.format(outside=outside, data=collector.data_dir, parent=collector.process.pid, port=listener.port)
        answer = ask(collector, sql)
        assert 0 == listener.connections
    assert 422 == answer.status_code, answer.text
    assert answer.json()["reason"] in ("sql_failed", "sql_over_limit")
    for hidden in (SECRET, "root:", ADMIN_KEY, "Traceback", "Stack trace"):
        assert hidden not in answer.text
    assert ["secret.csv"] == [path.name for path in outside.iterdir()]
    assert collector.answers()


def test_after_all_attacks_everything_is_there_and_goes_on(collector: Collector) -> None:
    assert 3 == len(collector.rows(user_id="someone"))
    user = uuid7()
    collector.send(batch(user_id=user))
    collector.rows_when(1, user_id=user)
    assert "evil" not in ask(collector, "SHOW TABLES").text


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count() FROM numbers(1000000000000000) WHERE NOT ignore(sipHash64(number))",
        "SELECT sleepEachRow(1) FROM numbers(1000) SETTINGS function_sleep_max_microseconds_per_block = 1",
        "SELECT number FROM numbers(1001)",
        "SELECT groupArray(number) FROM numbers(1000000000)",
        "SELECT repeat('x', 1000000) FROM numbers(900)",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count() FROM r",
    ],
)  # fmt: skip
def test_endless_and_huge_questions_end_at_a_limit(collector: Collector, sql: str) -> None:
    answer = ask(collector, sql)
    assert 422 == answer.status_code, answer.text[:300]
    assert collector.answers()
    assert 3 <= count(collector)


def test_what_a_question_may_still_do_ends_with_its_process(collector: Collector) -> None:
    """The engine lets these through; they reach nothing but the process's own engine."""
    for sql in ("SYSTEM STOP MERGES", "KILL QUERY WHERE 1", "USE system"):
        ask(collector, sql)
    user = uuid7()
    collector.send(batch(user_id=user))
    assert 1 == len(collector.rows_when(1, user_id=user))


def test_a_caller_that_goes_ends_its_question(collector: Collector) -> None:
    assert collector.process is not None
    with pytest.raises(httpx.ReadTimeout):
        collector.http.post(
            "/v1/sql",
            json={"sql": "SELECT count() FROM numbers(1000000000000000) WHERE NOT ignore(sipHash64(number))"},
            headers={"authorization": f"Bearer {ADMIN_KEY}"},
            timeout=1,
        )
    eventually(lambda: askers(collector.process.pid if collector.process else 0), lambda found: not found)


def askers(parent: int) -> list[str]:
    """Command lines of the processes that answer SQL for a collector."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parts = (folder / "cmdline").read_text().split("\0")
                status = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if "collector.sandbox.asker" in parts and int(status[1]) == parent:
                found.append(" ".join(parts))
    return found


def test_key_for_some_sites_needs_a_server(collector: Collector) -> None:
    key = key_for(collector, "some", sites=["shop"])
    answer = eventually(lambda: ask(collector, "SELECT 1", key=key), lambda answer: answer.status_code != 401)
    assert (403, "sql_needs_server_mode") == (answer.status_code, answer.json()["reason"])


def test_key_that_may_not_read_may_not_ask(collector: Collector) -> None:
    key = key_for(collector, "publisher", sites=[], scopes=(Scope.PUBLISH,))
    answer = eventually(lambda: ask(collector, "SELECT 1", key=key), lambda answer: answer.status_code != 401)
    assert (403, "scope_missing") == (answer.status_code, answer.json()["reason"])
    assert 401 == ask(collector, "SELECT 1", key="wrong").status_code


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sql"),
        ({"sql": ""}, "sql"),
        ({"sql": "SELECT 1", "format": "xml"}, "format"),
        ({"sql": "SELECT 1", "parameters": {"a b": 1}}, "parameters.a b.[key]"),
        ({"sql": "SELECT 1", "limit": 5}, "limit"),
    ],
)
def test_wrong_fields_are_named(collector: Collector, body: dict[str, Any], field: str) -> None:
    answer = collector.http.post("/v1/sql", json=body, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert 422 == answer.status_code
    assert [field] == [entry["field"] for entry in answer.json()["errors"]]
