"""Migrations: dated `.sql` files, one statement each, and a table of what ran.

Statements are idempotent (`IF NOT EXISTS`), because a crash may fall between a statement and its
mark, and because two collectors may start at once on one database. So all may run again where
something was dropped by hand.
"""

from importlib import resources

from clickhouse_connect.driver.client import Client

from collector import telemetry
from collector.clickhouse.engine import Engine
from collector.clickhouse.schema import SchemaFault, check_with

log = telemetry.logger("migrate")

_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""


def _files() -> dict[str, str]:
    folder = resources.files("collector.clickhouse") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return {name.removesuffix(".sql"): (folder / name).read_text("utf-8") for name in names}


def applied(engine: Engine) -> list[str]:
    """Names of the migrations that ran, oldest first."""

    def work(client: Client) -> list[str]:
        client.command(_TABLE)
        return [row[0] for row in client.query("SELECT DISTINCT name FROM migrations ORDER BY name").result_rows]

    return engine.write(work)


def pending(engine: Engine) -> list[str]:
    """Names of the migrations that have not run yet."""
    done = set(applied(engine))
    return [name for name in _files() if name not in done]


def migrate(engine: Engine) -> list[str]:
    """Run what has not run yet, and everything again where the schema is not whole after that; return the names.

    Raises ClickHouseError.
    """
    names = pending(engine)
    for name in names:
        _apply(engine, name)
        log.info("migration applied", migration=name)
    try:
        engine.write(check_with)
    except SchemaFault as fault:
        log.warning("the schema was not whole; all migrations run again", problem=str(fault))
        names = list(_files())
        for name in names:
            _apply(engine, name)
    return names


def _apply(engine: Engine, name: str) -> None:
    statement = _files()[name]

    def work(client: Client) -> None:
        client.command(statement)
        client.command("INSERT INTO migrations (name) VALUES ({name:String})", parameters={"name": name})

    engine.write(work)


_KEPT = {"interactions": "received_at", "sampled": "received_at", "texts": "stored_at"}
"""Tables whose rows the engine deletes by age, and the column their age counts from."""


def set_retention(engine: Engine, days: int) -> None:
    """Let the engine delete rows `days` after they came (a publish may tell of long ago); does nothing when that is
    so already."""

    def work(client: Client) -> None:
        for table, since in _KEPT.items():
            wanted = f"TTL toDateTime({since}) + toIntervalDay({days})"
            current = client.command(
                "SELECT create_table_query FROM system.tables WHERE database = currentDatabase() "
                "AND name = {table:String}",
                parameters={"table": table},
            )
            if wanted not in str(current):
                client.command(f"ALTER TABLE {table} MODIFY {wanted}", settings={"materialize_ttl_after_modify": 0})
                log.info("retention set", days=days, table=table)

    engine.write(work)
