"""Whether inserts get where they should: `incoming` keeps nothing itself, the engine drops what its view does not
carry on, and a view's values for a column that the table lacks. All three without an error, so we look.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client

from collector.clickhouse.engine import Engine

VIEW, TABLE = "incoming_to_interactions", "interactions"
_COLUMNS = f"""
SELECT table, groupArray(name) AS names,
    (SELECT toString(any(uuid)) FROM system.tables WHERE database = currentDatabase() AND name = '{VIEW}') AS view
FROM system.columns WHERE database = currentDatabase() AND table IN ('{VIEW}', '{TABLE}') GROUP BY table
"""


class SchemaFault(Exception):
    """What is inserted would be lost; the message says what to do."""


async def check(engine: Engine) -> str:
    """Returns the identity of the view: another one after an insert was not there for it. Raises SchemaFault,
    ClickHouseError, OSError."""
    return _judge(await engine.rows(_COLUMNS))


def check_with(client: Client) -> str:
    """The same, where there is a client."""
    return _judge([orjson.loads(line) for line in client.raw_query(_COLUMNS, fmt="JSONEachRow").splitlines()])


def _judge(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = {row["table"]: row["names"] for row in rows}
    for name, kind in ((TABLE, "table"), (VIEW, "view")):
        if name not in columns:
            raise SchemaFault(f"the {kind} `{name}` is missing; `collector migrate`, or the next start, makes it again")
    missing = [name for name in columns[VIEW] if name not in columns[TABLE]]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        raise SchemaFault(f"the table `{TABLE}` lacks {names}, which the view `{VIEW}` fills; add what was dropped")
    return str(rows[0]["view"])
