"""The table of the sample has what the table of interactions has of the chosen sessions and visitors, always."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from collector import recordbatch
from collector.clickhouse import Engine, check, migrate
from collector.erasure.deleting import delete
from collector.erasure.tombstones import Kind, Tombstone
from tests.support.collector import now_ms, uuid7
from tests.support.searchable import open_in

SESSIONS = 300
CHOSEN = "session_hash % 32 = 0 OR visitor_hash % 32 = 0"
ALL = "SELECT *, interaction_id, session_hash, visitor_hash, version FROM"


class Stored:
    """An engine with some sessions, a third of them of people who identified themselves on the way."""

    def __init__(self, engine: Engine, runner: asyncio.Runner) -> None:
        self.engine = engine
        self.run = runner.run
        self.lines = b"".join(_batches(number) for number in range(SESSIONS))
        self.run(engine.insert("incoming", recordbatch.FIELDS, self.lines, "segment"))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.run(self.engine.rows(sql))

    def same(self) -> int:
        """Both tables agree; returns how many rows are in the sample."""
        one, other = f"{ALL} sampled", f"{ALL} interactions WHERE {CHOSEN}"
        assert [] == self.rows(f"({one}) EXCEPT ({other})")
        assert [] == self.rows(f"({other}) EXCEPT ({one})")
        [counted] = self.rows(
            f"SELECT count() AS n, (SELECT count() FROM interactions WHERE {CHOSEN}) AS wanted FROM sampled"
        )
        assert counted["wanted"] == counted["n"]
        return int(counted["n"])


def _batches(number: int) -> bytes:
    shared = {"site": "shop", "session_id": f"s-{number}", "visitor_id": f"v-{number // 2}"}
    lines = _batch(shared, 3)
    return lines + _batch({**shared, "user_id": f"u-{number // 4}"}, 2) if number % 3 == 0 else lines


def _batch(shared: dict[str, str], count: int) -> bytes:
    at = now_ms()
    rows = [
        {"event_id": uuid7(), "at_ms": at + place, "event_name": "click", "url": f"https://shop.test/{place}"}
        for place in range(count)
    ]
    shared = {**shared, "request_id": uuid7(), "received_at": "2026-11-23 08:00:00.000"}
    return recordbatch.encode(shared, recordbatch.columns(rows), count)


@pytest.fixture
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    with asyncio.Runner() as runner:
        engine = open_in(tmp_path_factory.mktemp("sampled"))
        yield Stored(engine, runner)
        runner.run(engine.close())


def test_what_arrives_is_in_the_sample_too(stored: Stored) -> None:
    assert stored.same() > 20


def test_a_segment_that_is_inserted_again_is_there_once(stored: Stored) -> None:
    before = stored.same()
    stored.run(stored.engine.insert("incoming", recordbatch.FIELDS, stored.lines, "segment"))
    assert before == stored.same()


def test_what_is_deleted_is_gone_from_the_sample(stored: Stored) -> None:
    [one] = stored.rows("SELECT session_id FROM sampled WHERE session_hash % 32 = 0 LIMIT 1")
    before = stored.same()
    stored.run(delete(stored.engine, Tombstone(Kind.SESSION, (one["session_id"],), None, now_ms())))
    assert before > stored.same() > 0
    stored.run(delete(stored.engine, Tombstone(Kind.EVERYTHING, (), None, now_ms())))
    assert 0 == stored.same()


def test_what_was_stored_before_comes_into_the_sample(stored: Stored) -> None:
    before = stored.same()

    def lose() -> None:
        for statement in ("DROP TABLE interactions_to_sampled", "DROP TABLE sampled"):
            stored.engine.write(lambda client: client.command(statement))  # noqa: B023

    lose()
    migrate(stored.engine)
    stored.run(check(stored.engine))
    assert before == stored.same()


def test_insert_that_reached_only_one_of_the_tables_is_made_whole_by_its_repetition(stored: Stored) -> None:
    before = stored.same()
    stored.engine.write(lambda client: client.command("TRUNCATE TABLE sampled"))
    lines, token = b"".join(_batches(SESSIONS + number) for number in range(200)), "another"
    stored.engine.write(lambda client: client.command("DETACH TABLE interactions_to_sampled"))
    stored.run(stored.engine.insert("incoming", recordbatch.FIELDS, lines, token))
    stored.engine.write(lambda client: client.command("ATTACH TABLE interactions_to_sampled"))
    stored.run(stored.engine.insert("incoming", recordbatch.FIELDS, lines, token))
    stored.run(stored.engine.insert("incoming", recordbatch.FIELDS, stored.lines, "segment"))
    assert before < stored.same()


def test_database_with_the_view_of_before_gets_that_of_now(stored: Stored) -> None:
    for statement in (
        "DROP TABLE interactions_to_sampled",
        "CREATE MATERIALIZED VIEW incoming_to_sampled TO sampled AS SELECT site FROM incoming WHERE false",
        "ALTER TABLE migrations DELETE WHERE name LIKE '2026-11-28-4-%' SETTINGS mutations_sync = 1",
    ):
        stored.engine.write(lambda client: client.command(statement))  # noqa: B023
    migrate(stored.engine)
    stored.run(check(stored.engine))
    assert [] == stored.rows("SELECT 1 FROM system.tables WHERE name = 'incoming_to_sampled'")


def test_view_carries_all_columns(stored: Stored) -> None:
    tables = stored.rows(
        "SELECT table, groupArray((name, type)) AS columns, groupArrayIf(name, default_kind != 'MATERIALIZED') AS given "
        "FROM (SELECT * FROM system.columns WHERE database = currentDatabase() ORDER BY name) GROUP BY table"
    )
    columns = {row["table"]: row["columns"] for row in tables}
    given = {row["table"]: row["given"] for row in tables}
    assert columns["interactions"] == columns["sampled"]
    assert given["interactions"] == given["interactions_to_sampled"]
