"""Whether inserts get where they should: `incoming` keeps nothing itself, the engine drops what its view does not
carry on, and a view's values for a column that the table lacks. All three without an error, so we look.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client

from collector.clickhouse.engine import Engine

FILLED = {"incoming_to_interactions": "interactions", "interactions_to_sampled": "sampled"}
"""Views, and the table each fills."""
_COLUMNS = f"""
SELECT table, groupArray(name) AS names,
    (SELECT arrayStringConcat(groupArray(toString(uuid))) FROM
        (SELECT uuid FROM system.tables WHERE database = currentDatabase() AND name IN {tuple(FILLED)} ORDER BY name)
    ) AS views
FROM system.columns
WHERE database = currentDatabase() AND table IN {(*FILLED, *FILLED.values())} GROUP BY table
"""


class SchemaFault(Exception):
    """What is inserted would be lost; the message says what to do."""


async def check(engine: Engine) -> str:
    """Returns the identity of the views: another one after an insert was not there for it. Raises SchemaFault,
    ClickHouseError, OSError."""
    return _judge(await engine.look(_COLUMNS))


def check_with(client: Client) -> str:
    """The same, where there is a client."""
    return _judge([orjson.loads(line) for line in client.raw_query(_COLUMNS, fmt="JSONEachRow").splitlines()])


def _judge(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = {row["table"]: row["names"] for row in rows}
    for view, table in FILLED.items():
        for name, kind in ((table, "table"), (view, "view")):
            if name not in columns:
                raise SchemaFault(
                    f"the {kind} `{name}` is missing; `collector migrate`, or the next start, makes it again"
                )
        missing = [name for name in columns[view] if name not in columns[table]]
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            raise SchemaFault(f"the table `{table}` lacks {names}, which the view `{view}` fills; add what was dropped")
    return str(rows[0]["views"])
