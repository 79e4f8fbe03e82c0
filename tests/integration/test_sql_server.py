"""`POST /v1/sql` over the network: asked as the key's own user. The front has no row policies; see the README."""

from collections.abc import Iterator

import httpx
import pytest

from collector.clickhouse.sqlusers import sql_user
from tests.support.clickhouse_front import Front
from tests.support.collector import ADMIN_KEY, Collector, batch, eventually
from tests.support.keys import key_for

PASSWORD = "p@ss/word"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    known = {user.name: user.password for user in (sql_user(None, PASSWORD), sql_user(["shop"], PASSWORD))}
    with Front(tmp_path_factory.mktemp("front") / "db", password=PASSWORD, also=known) as front:
        yield front


@pytest.fixture(scope="module")
def collector(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with Collector(tmp_path_factory.mktemp("sql") / "data", clickhouse_url=front.url, query_seconds="3") as running:
        running.send(batch(user_id="it's \\ me"))
        running.rows_when(1)
        yield running


def ask(collector: Collector, sql: str, key: str = ADMIN_KEY, **body: object) -> httpx.Response:
    return collector.http.post("/v1/sql", json={"sql": sql, **body}, headers={"authorization": f"Bearer {key}"})


def test_asks_with_parameters_and_formats(collector: Collector) -> None:
    sql = "SELECT count() AS n FROM interactions FINAL WHERE user_id = {who:String}"
    assert [{"n": 1}] == ask(collector, sql, parameters={"who": "it's \\ me"}).json()["data"]
    assert '"n"\n1\n' == ask(collector, sql, parameters={"who": "it's \\ me"}, format="csv").text
    assert "100%" == ask(collector, "SELECT '100%' AS it").json()["data"][0]["it"]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO interactions (site) VALUES ('evil')",
        "DROP TABLE interactions",
        "CREATE TABLE evil (a Int64) ENGINE = Memory",
        "SET readonly = 0",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT 1; SELECT 2",
        "SELECT 1 FORMAT CSV",
        "SELECT 1 INTO OUTFILE '/tmp/evil'",
        "SELECT * FROM url('http://127.0.0.1:9/', 'CSV', 'a String')",
        "SELECT count() FROM numbers(1000000000000000) WHERE NOT ignore(sipHash64(number))",
        "SELEC 1",
    ],
)
def test_what_does_not_only_read_is_refused(collector: Collector, sql: str) -> None:
    answer = ask(collector, sql)
    assert 422 == answer.status_code, answer.text
    assert answer.json()["reason"] in ("sql_failed", "sql_over_limit")
    assert 1 == len(collector.rows())


def test_key_for_some_sites_asks_as_a_user_of_its_own(collector: Collector) -> None:
    key = key_for(collector, "reader", sites=["shop"])
    assert [{"n": 1}] == eventually(lambda: ask(collector, "SELECT 1 AS n", key).json().get("data"))


def test_missing_user_says_which_command_makes_it(collector: Collector) -> None:
    key = key_for(collector, "other", sites=["elsewhere"])
    answer = eventually(lambda: ask(collector, "SELECT 1", key), lambda answer: answer.status_code != 401)
    assert (503, "sql_unavailable") == (answer.status_code, answer.json()["reason"])
    assert "collector sql-users" in answer.json()["detail"]
